import { servesRequests } from '../../requests/kinds.ts';
import type { Envelope } from '../envelope.schema.ts';
import { type EventKind, factOf, isOfSender, type Reading } from './kind.ts';
import { ExecutionDetail } from './step-functions.schema.ts';

/** Execution names are `<requestId>` or, for a later one of the same request, `<requestId>-e<epoch>`. */
export const requestOfExecution = (name: string): string => name.replace(/-e\d+$/, '');

/** Identified by execution, status and its date, as `DescribeExecution` has them. */
function readExecution(envelope: Envelope): Reading | undefined {
  const detail = ExecutionDetail.safeParse(envelope.detail).data;
  if (!detail) return undefined;
  const { executionArn, stateMachineArn } = detail;
  if (![executionArn, stateMachineArn].every((arn) => isOfSender(arn, envelope, 'states'))) return undefined;
  const machine = stateMachineArn.split(':').at(-1) ?? '';
  const requestId = servesRequests(machine) ? requestOfExecution(detail.name) : undefined;
  // Within one source: a later stop, a later redrive, a later epoch all have a later date. A redriven execution keeps
  // its start, so only the redrive's own date says that it runs again.
  const version = detail.stopDate ?? detail.redriveDate ?? detail.startDate;
  const fact = factOf(envelope, {
    type: 'ExecutionStatusChanged',
    // A redriven execution may end the same way again: only the time tells the two apart. The ARN has account and Region.
    meaning: ['execution', executionArn, detail.status, version],
    version,
    data: {
      machine,
      execution: executionArn,
      status: detail.status,
      redriveCount: detail.redriveCount ?? 0,
      ...(detail.error ? { error: detail.error } : {}),
      ...(detail.cause ? { cause: detail.cause } : {}),
    },
  });
  return { facts: [{ ...fact, ...(requestId === undefined ? {} : { requestId }) }] };
}

export const stepFunctionsKinds: readonly EventKind[] = [
  {
    source: 'aws.states',
    detailType: 'Step Functions Execution Status Change',
    speaker: 'management',
    fact: 'ExecutionStatusChanged',
    changes:
      'the request of that execution: a broken one gives its slot back and, before the point of no return, its holds',
    read: readExecution,
  },
];

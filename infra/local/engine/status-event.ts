import type { Execution } from './documents.ts';
import type { Kernel } from './kernel.ts';

/** AWS leaves out the input, then the output, of an event that would grow over this (bytes, both escaped). */
const EVENT_PAYLOAD_BYTES = 248 * 1024;

const INCLUDED = { included: true };
const LEFT_OUT = { included: false };

/** Emits `Step Functions Execution Status Change` for the status that an execution has now. */
export function emitStatus(kernel: Kernel, execution: Execution): void {
  const input = kernel.docs.inputs.get(execution.id) ?? '{}';
  const output = kernel.docs.outputs.get(execution.id) ?? null;
  const inputBytes = escapedBytes(input);
  const outputBytes = output === null ? 0 : escapedBytes(output);
  const withInput = inputBytes + outputBytes <= EVENT_PAYLOAD_BYTES;
  const withOutput = withInput || outputBytes <= EVENT_PAYLOAD_BYTES;
  kernel.emit({
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    account: kernel.accountId,
    region: kernel.region,
    resources: [execution.arn],
    detail: {
      executionArn: execution.arn,
      stateMachineArn: execution.machineArn,
      name: execution.name,
      status: execution.status,
      startDate: execution.startMs,
      stopDate: execution.stopMs,
      input: withInput ? input : null,
      inputDetails: withInput ? INCLUDED : LEFT_OUT,
      output: withOutput ? output : null,
      outputDetails: output === null ? null : withOutput ? INCLUDED : LEFT_OUT,
    },
  });
}

const escapedBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text));

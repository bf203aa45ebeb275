import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  InvalidToken,
  RedriveExecutionCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { type Courier, ExecutionDiffers } from './courier.port.ts';

export const OUTBOUND_BUS = 'jetway';

export function openCourier(
  sfn: SFNClient,
  events: EventBridgeClient,
  place: { region: string; accountId: string },
): Courier {
  const arn = (kind: 'stateMachine' | 'execution', name: string) =>
    `arn:aws:states:${place.region}:${place.accountId}:${kind}:${name}`;

  const start = async (machine: string, name: string, input: string, traceHeader?: string) => {
    try {
      await sfn.send(
        new StartExecutionCommand({
          stateMachineArn: arn('stateMachine', machine),
          name,
          input,
          traceHeader,
        }),
      );
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
      // Names are kept for 90 days after the end: the same input means that an earlier attempt arrived.
      const executionArn = arn('execution', `${machine}:${name}`);
      const existing = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (existing.input !== input) throw new ExecutionDiffers(`execution ${name} exists with another input`);
    }
  };

  return {
    startWorkflow: start,
    startReconcile: (snapshotId, input) => start('organization-reconcile', snapshotId, input),
    async answer(taskToken, output) {
      try {
        await sfn.send(new SendTaskSuccessCommand({ taskToken, output }));
        return 'delivered';
      } catch (error) {
        const closed =
          error instanceof TaskTimedOut || error instanceof InvalidToken || error instanceof TaskDoesNotExist;
        if (closed) return 'closed';
        throw error;
      }
    },
    async redrive(executionArn) {
      await sfn.send(new RedriveExecutionCommand({ executionArn }));
    },
    async publish(batch) {
      const { Entries = [] } = await events.send(
        new PutEventsCommand({
          Entries: batch.map((event) => ({
            EventBusName: OUTBOUND_BUS,
            Source: 'jetway',
            DetailType: event.detailType,
            Detail: event.detail,
            Time: event.time,
          })),
        }),
      );
      // PutEvents answers 200 with failed entries inside.
      return Entries.flatMap((entry, index) =>
        entry.ErrorCode ? [{ index, reason: `${entry.ErrorCode}: ${entry.ErrorMessage ?? ''}` }] : [],
      );
    },
  };
}

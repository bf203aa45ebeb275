import { TaskError } from '../../infra/local/engine/engine.ts';
import { sdkTaskDispatch } from '../../infra/local/sdk-task.ts';
import type { RecordedCall } from '../../workflows/walk.fixture.ts';
import type { Mixed } from './judge.ts';
import type { AskedTask, TaskAnswer, World } from './states-bridge.ts';

/**
 * AWS for machines that moto executes: moto itself in member accounts and in the organization, the embedded AWS for what
 * moto has not. Messages are moto's own affair: its queue takes them.
 */
export type LiveWorld = World & {
  /** What an execution has asked and was answered, in its order. */
  callsOf(executionArn: string): readonly RecordedCall[];
  /** How often an operation was answered, by who answered. */
  counts(): { moto: Map<string, number>; embedded: Map<string, number> };
};

/** Where moto's machines work. `calls` are those that moto has answered. */
type Answering = Pick<Mixed, 'aws' | 'tasks' | 'calls'>;

/** @param deliver puts an event of the embedded AWS where moto's rules would */
export function liveWorld(mixed: Answering, deliver: (envelope: string) => Promise<void>): LiveWorld {
  const { aws } = mixed;
  const dispatch = sdkTaskDispatch(mixed.tasks.dispatcher, mixed.tasks.authorizer);
  const calls = new Map<string, RecordedCall[]>();
  const counts = { moto: new Map<string, number>(), embedded: new Map<string, number>() };

  function answerTo(call: AskedTask): RecordedCall['answer'] {
    const before = mixed.calls.length;
    try {
      return { output: dispatch(call) };
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      return { error: error.errorName, cause: error.cause };
    } finally {
      const by = mixed.calls.length > before ? counts.moto : counts.embedded;
      by.set(call.resource, (by.get(call.resource) ?? 0) + 1);
    }
  }
  /** AWS time goes on, and what it brings is told. */
  async function pass(untilMs: number | undefined): Promise<void> {
    if (untilMs !== undefined) aws.clock.advanceTo(Math.max(untilMs, aws.clock.now()));
    await aws.engine.idle();
    for (const envelope of takenFrom(mixed)) await deliver(envelope);
  }
  return {
    callsOf: (arn) => calls.get(arn) ?? [],
    counts: () => counts,
    task(call): TaskAnswer {
      if (call.resource === 'sqs:sendMessage') return { stock: true };
      const answer = answerTo(call);
      const { resource, roleArn, arguments: given } = call;
      const recorded = { resource, ...(roleArn && { roleArn }), arguments: given, answer };
      calls.set(call.executionArn, [...(calls.get(call.executionArn) ?? []), structuredClone(recorded)]);
      return answer;
    },
    // The service outside has the real time.
    now: () => new Date().toISOString(),
    wait: (_, seconds) => pass(aws.clock.now() + seconds * 1000),
    async isOver() {
      await pass(aws.world.scheduler.nextAwsTimer());
      return false;
    },
  };
}

/** Control Tower's events in the queue of the embedded AWS. What its own machines say there is nobody's business here. */
function takenFrom({ aws }: Answering): string[] {
  const taken: string[] = [];
  for (;;) {
    const { Messages } = aws.call('sqs', 'ReceiveMessage', {
      QueueUrl: 'jetway-inbox',
      MaxNumberOfMessages: 10,
    });
    if (!Messages?.length) return taken;
    for (const { Body, ReceiptHandle } of Messages as { Body: string; ReceiptHandle: string }[]) {
      aws.call('sqs', 'DeleteMessage', { QueueUrl: 'jetway-inbox', ReceiptHandle });
      if (JSON.parse(Body).source === 'aws.controltower') taken.push(Body);
    }
  }
}

import { deepEqual, equal, ok } from 'node:assert/strict';
import { readMachines } from '../../infra/aws/machines.node.ts';
import { TaskError } from '../../infra/local/engine/engine.ts';
import type { AskAnswer, HistoryEvent, RecordedCall, Walked } from '../../workflows/walk.fixture.ts';
import { walk } from '../../workflows/walk.fixture.ts';
import { differingLines, linesOf } from './histories.ts';
import type { LiveWorld } from './live-world.ts';
import type { MotoStates } from './moto-states.ts';
import { answersOf, keyOf } from './replayed-world.ts';
import type { Report } from './report.ts';

type Executed = {
  topic: string;
  states: MotoStates;
  world: LiveWorld;
  machine: string;
  arn: string | undefined;
};

/** An execution that moto has made in a live world, and our engine with the answers that were given there. */
export async function judgeExecution(
  report: Report,
  { topic, states, world, machine, arn }: Executed,
): Promise<void> {
  ok(arn, `no execution of ${machine}`);
  await states.ended(arn);
  const { events } = await states.call('GetExecutionHistory', { executionArn: arn });
  const { status } = await states.call('DescribeExecution', { executionArn: arn });
  const again = await walkedAgain(machine, arn, events, world.callsOf(arn));
  report.check(topic, `${machine}: ${events.length} events, the same on both engines`, () => {
    equal(status, 'SUCCEEDED');
    equal(again.error, undefined);
    deepEqual(differingLines(linesOf(again.history()), linesOf(events)), []);
    equal(again.status, status);
  });
}

/** On our engine, with the answers that were given on moto. */
async function walkedAgain(
  machine: string,
  arn: string,
  events: readonly HistoryEvent[],
  calls: readonly RecordedCall[],
): Promise<Walked> {
  const answers = answersOf(calls);
  const [started] = events as unknown as { executionStartedEventDetails: { input: string } }[];
  const definition = readMachines().find(({ name }) => name === machine)?.definition;
  ok(definition && started);
  return walk({
    name: machine,
    definition,
    executionName: arn.split(':').at(-1) ?? '',
    input: JSON.parse(started.executionStartedEventDetails.input),
    world: (_action, _arguments, call) => {
      const answer = answers.get(keyOf(call))?.shift()?.answer;
      if (!answer) throw new Error(`not asked on moto: ${keyOf(call)}`);
      if ('output' in answer) return answer.output;
      throw new TaskError(answer.error, answer.cause);
    },
    asks: asksIn(events),
    foreign: true,
  });
}

/** What was asked by message, in its order, and how it was answered. */
function asksIn(events: readonly HistoryEvent[]): Record<string, AskAnswer[]> {
  const byId = new Map(events.map((event) => [event.id, event]));
  const asks: Record<string, AskAnswer[]> = {};
  for (const event of events) {
    const submitted = byId.get(event.previousEventId);
    if (submitted?.type !== 'TaskSubmitted') continue;
    const scheduled = byId.get(byId.get(submitted.previousEventId)?.previousEventId ?? 0);
    const { parameters = '' } = (scheduled?.taskScheduledEventDetails ?? {}) as { parameters?: string };
    const { ask, data } = JSON.parse(JSON.parse(parameters).MessageBody);
    const kind = typeof data.stage === 'string' ? `${ask}:${data.stage}` : ask;
    const { output } = (event.taskSucceededEventDetails ?? {}) as { output?: string };
    asks[kind] = [...(asks[kind] ?? []), output === undefined ? 'silence' : JSON.parse(output)];
  }
  return asks;
}

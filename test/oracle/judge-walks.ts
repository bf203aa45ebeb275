import { deepEqual, equal, ok } from 'node:assert/strict';
import { sha256 } from '../../services/kernel/canonical-json.ts';
import { statesOf } from '../../workflows/asl/walk.ts';
import { WORKFLOWS } from '../../workflows/index.ts';
import type { WalkRecording } from '../../workflows/walk.fixture.ts';
import { DIFFERENCES } from './differences.ts';
import { differingLines, linesOf } from './histories.ts';
import type { MotoStates } from './moto-states.ts';
import { replayedWorld } from './replayed-world.ts';
import type { Report } from './report.ts';
import type { Ended, StatesBridge } from './states-bridge.ts';
import type { Walks } from './walks.ts';

const TOPIC = 'executions';

/** Machines without a unit spec that walks them: judged in judge-mirroring.ts. */
const NOT_WALKED = new Set(['mirror-attach']);

/** Of a machine's states. Some are entered by walks alone that are too long, some are proven by those of another machine. */
const ENOUGH_STATES = 0.7;

type Place = { states: MotoStates; bridge: StatesBridge; walks: Walks; account: string; region: string };

/**
 * The deployed machines, executed by moto's interpreter in the world of walks that our engine has taken: the same input,
 * the same answers. Then the two histories are one, or the report says where they part.
 */
export async function judgeWalks(report: Report, place: Place): Promise<void> {
  const { states, bridge, walks } = place;
  await walks.recorded();
  const world = replayedWorld(states);
  bridge.serve(world);
  const seen = DIFFERENCES.map(() => 0);
  for (const { name } of WORKFLOWS.filter((one) => !NOT_WALKED.has(one.name))) {
    const machine = await machineOn(place, name);
    const recordings = walks.chosenOf(name).filter(({ definition }) => definition === machine.digest);
    const problems: string[] = [];
    const entered = new Set<string>();
    let events = 0;
    for (const recording of recordings) {
      const arn = await machine.ready(recording.executionName);
      world.expect(arn, recording);
      const ended = bridge.ended(arn);
      await machine.start(recording);
      const end = await ended;
      problems.push(...compared(recording, end, world.takeDiffering(), seen));
      for (const { stateEnteredEventDetails: details } of end.events)
        if (details) entered.add((details as { name: string }).name);
      events += end.events.length;
    }
    const all = machine.states.length;
    const what = `${name}: ${recordings.length} walks into ${entered.size} of ${all} states, ${events} events, the same on both engines`;
    report.check(TOPIC, what, () => {
      deepEqual(problems, []);
      ok(entered.size > ENOUGH_STATES * all, 'too little was walked');
    });
  }
  for (const [at, { what, why }] of DIFFERENCES.entries()) {
    report.check(TOPIC, `differs ${seen[at]} times: ${what}`, () =>
      ok(seen[at]! > 0, 'it does not any more'),
    );
    report.note(TOPIC, `${what}: ${why}`);
  }
}

function compared(recording: WalkRecording, end: Ended, asked: readonly string[], seen: number[]): string[] {
  const ours = linesOf(recording.events);
  const motos = linesOf(end.events);
  const taken = DIFFERENCES.map(({ takeOut }) => takeOut(ours, motos));
  for (const [at, count] of taken.entries()) seen[at]! += count;
  const problems = differingLines(ours, motos);
  if (end.status !== recording.status) problems.push(`${recording.status} on ours, ${end.status} on moto`);
  // What a round that was cut short on one of them has asked is another matter.
  if (taken.every((count) => count === 0)) problems.push(...asked);
  return problems.map((problem) => `${recording.executionName}: ${problem}`.slice(0, 600));
}

/** The text that CloudFormation has deployed. Walks share names, which moto keeps taken: each has the machine anew. */
async function machineOn({ states, account, region }: Place, name: string) {
  const stateMachineArn = `arn:aws:states:${region}:${account}:stateMachine:${name}`;
  const { definition, roleArn } = await states.call('DescribeStateMachine', { stateMachineArn });
  return {
    digest: sha256(definition),
    states: statesOf(JSON.parse(definition)).map(([state]) => state),
    async ready(executionName: string): Promise<string> {
      await states.call('DeleteStateMachine', { stateMachineArn });
      await states.call('CreateStateMachine', { name, definition, roleArn });
      return `arn:aws:states:${region}:${account}:execution:${name}:${executionName}`;
    },
    async start({ executionName, input }: WalkRecording): Promise<void> {
      const started = { stateMachineArn, name: executionName, input: JSON.stringify(input) };
      const { executionArn } = await states.call('StartExecution', started);
      equal(executionArn, `arn:aws:states:${region}:${account}:execution:${name}:${executionName}`);
    },
  };
}

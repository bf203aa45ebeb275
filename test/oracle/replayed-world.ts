import type { RecordedCall, WalkRecording } from '../../workflows/walk.fixture.ts';
import type { MotoStates } from './moto-states.ts';
import type { AskedTask, TaskAnswer, World } from './states-bridge.ts';

/** The world of a recorded walk, for one execution after the other. What it is asked is to be what was asked then. */
export type ReplayedWorld = World & {
  /** What the execution of this ARN will meet. */
  expect(executionArn: string, recording: WalkRecording): void;
  /** Calls that were not made then, or not made now. */
  takeDiffering(): string[];
};

const START_MS = Date.parse('2026-03-04T10:00:00Z');

type Open = {
  executionArn: string;
  replies: WalkRecording['replies'];
  answers: Map<string, RecordedCall[]>;
  nowMs: number;
  /** Ids of asks by their tokens. */
  tokens: Map<string, string>;
};

export function replayedWorld(states: MotoStates): ReplayedWorld {
  let open: Open | undefined;
  let differing: string[] = [];
  const current = (execution: string): Open => {
    if (open?.executionArn !== execution) throw new Error(`nobody expects ${execution}`);
    return open;
  };
  return {
    expect(executionArn, { calls, replies }) {
      open = { executionArn, replies, answers: answersOf(calls), nowMs: START_MS, tokens: new Map() };
      differing = [];
    },
    takeDiffering() {
      for (const [key, left] of open?.answers ?? [])
        if (left.length > 0) differing.push(`not asked on moto (${left.length}): ${key}`);
      open = undefined;
      return differing;
    },
    task(call): TaskAnswer {
      const here = current(call.executionArn);
      const key = keyOf(call);
      const recorded = here.answers.get(key)?.shift();
      if (!recorded) {
        differing.push(`asked on moto only: ${key}`);
        return { error: 'Oracle.NotRecorded', cause: key };
      }
      if ('output' in recorded.answer && call.token !== undefined) reply(here, call, call.token);
      return recorded.answer;
    },
    now: (execution) => new Date(open?.executionArn === execution ? open.nowMs : START_MS).toISOString(),
    wait(execution, seconds) {
      current(execution).nowMs += seconds * 1000;
    },
    isOver({ execution, token, seconds }) {
      const here = current(execution);
      const id = here.tokens.get(token);
      if (id === undefined || here.replies[id] !== undefined) return false;
      here.nowMs += seconds * 1000;
      return true;
    },
  };

  function reply(here: Open, call: AskedTask, taskToken: string): void {
    const { id } = bodyOf(call.arguments) as { id: string };
    here.tokens.set(taskToken, id);
    const said = here.replies[id];
    if (said === undefined) return;
    states
      .call('SendTaskSuccess', { taskToken, output: JSON.stringify(said) })
      .catch((error) => differing.push(`SendTaskSuccess: ${error}`));
  }
}

/** What was answered, by what was asked, in its order. */
export function answersOf(calls: readonly RecordedCall[]): Map<string, RecordedCall[]> {
  const answers = new Map<string, RecordedCall[]>();
  for (const call of calls) answers.set(keyOf(call), [...(answers.get(keyOf(call)) ?? []), call]);
  return answers;
}

/** What was asked, without what is another one each time: the token, and the moment. */
export function keyOf({
  resource,
  roleArn,
  arguments: given,
}: Pick<RecordedCall, 'resource' | 'roleArn' | 'arguments'>) {
  const body = resource === 'sqs:sendMessage' ? bodyOf(given) : given;
  return `${resource} ${roleArn ?? ''} ${canonical(body)}`;
}

function bodyOf(given: unknown): unknown {
  const { MessageBody } = given as { MessageBody: unknown };
  const body = typeof MessageBody === 'string' ? JSON.parse(MessageBody) : MessageBody;
  const { token, occurredAt, ...rest } = body as Record<string, unknown>;
  return rest;
}

const canonical = (value: unknown): string =>
  JSON.stringify(value ?? {}, (_, one) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );

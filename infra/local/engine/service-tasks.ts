import { AwsError, type Operation } from '../world.ts';
import type { Engine } from './engine.ts';
import { type Json, tooLarge } from './json.ts';

type SuccessInput = { taskToken: string; output: string };
type FailureInput = { taskToken: string; error?: string; cause?: string };

/** Answers to task tokens. InvalidToken: never given out. TaskTimedOut: answered, timed out or stopped before. */
export function taskOperations(engine: Engine): Record<string, Operation> {
  return {
    SendTaskSuccess: ({ taskToken, output }: SuccessInput) => {
      engine.answer(taskToken, { output: parseOutput(output) });
      return {};
    },
    SendTaskFailure: ({ taskToken, error, cause }: FailureInput) => {
      engine.answer(taskToken, { failure: { error: error ?? null, cause: cause ?? null } });
      return {};
    },
    SendTaskHeartbeat: ({ taskToken }: { taskToken: string }) => {
      engine.heartbeat(taskToken);
      return {};
    },
  };
}

function parseOutput(output: string): Json {
  if (tooLarge(output)) throw new AwsError('InvalidOutput', "Invalid Output: 'The output is too large'");
  try {
    return JSON.parse(output) as Json;
  } catch (error) {
    throw new AwsError('InvalidOutput', `Invalid Output: '${(error as Error).message}'`);
  }
}

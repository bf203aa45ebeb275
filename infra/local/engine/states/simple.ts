import type { ChoiceState, FailState, PassState, SucceedState, WaitState } from '../definition.ts';
import { isTimestamp } from '../definition-fields.ts';
import { evaluate, evaluateAs, evaluateBetween, queryFailure } from '../expressions.ts';
import { type Failure, StateFailure } from '../failure.ts';
import { putFrame } from '../frames.ts';
import { giveUp } from '../recovery.ts';
import type { Handler, Step } from '../step.ts';
import { leave, outcomeOf } from '../transitions.ts';

export const runPass: Handler<PassState> = async ({ running, frame, state, input, scope }) => {
  const outcome = await outcomeOf(state, scope, input);
  return () => leave(running, frame, state, outcome, state.Next);
};

export const runSucceed: Handler<SucceedState> = async ({ running, frame, state, input, scope }) => {
  const outcome = await outcomeOf(state, scope, input);
  return () => leave(running, frame, state, outcome);
};

/** The first rule that holds decides; its own Output and Assign apply, those of the state go with Default. */
export const runChoice: Handler<ChoiceState> = async ({ running, frame, state, input, scope }) => {
  for (const [index, rule] of state.Choices.entries()) {
    const at = `Choices[${index}]/`;
    if (!(await evaluateAs('boolean', rule.Condition, scope, `${at}Condition`))) continue;
    const outcome = await outcomeOf(rule, scope, input, at);
    return () => leave(running, frame, state, outcome, rule.Next);
  }
  if (state.Default === undefined) {
    throw new StateFailure({
      error: 'States.NoChoiceMatched',
      cause: `An error occurred while executing the state '${scope.state}' (entered at the event id #${scope.enteredEvent}). Failed to transition out of the state. The state does not point to a next state.`,
    });
  }
  const outcome = await outcomeOf(state, scope, input);
  return () => leave(running, frame, state, outcome, state.Default);
};

export const runFail: Handler<FailState> = async ({ running, frame, state, scope }) => {
  const text = (field: 'Error' | 'Cause') => {
    const template = state[field];
    return template === undefined ? null : evaluateAs('string', template, scope, field);
  };
  const failure: Failure = { error: await text('Error'), cause: await text('Cause') };
  return () => giveUp(running, frame, state, failure);
};

/** A wait that is over already needs no timer. */
export const runWait: Handler<WaitState> = async (step) => {
  const { running, frame, state, input, scope } = step;
  const waitMs = await waitOf(step);
  if (waitMs <= 0) {
    const outcome = await outcomeOf(state, scope, input);
    return () => leave(running, frame, state, outcome, state.Next);
  }
  return () => {
    const { kernel, execution } = running;
    const stamp = kernel.docs.progressOf(execution.id).events;
    const data = { execution: execution.id, frame: frame.id, stamp };
    const timer = kernel.scheduler.after(waitMs, 'states.wake', data);
    putFrame(running, { ...frame, activity: { kind: 'sleep', to: 'exit', timer, stamp } });
  };
};

async function waitOf({ running, state, scope }: Step<WaitState>): Promise<number> {
  if (state.Seconds !== undefined) {
    return (await evaluateBetween([0, 99_999_999], state.Seconds, scope, 'Seconds')) * 1000;
  }
  const timestamp = await evaluate(state.Timestamp ?? null, scope, 'Timestamp');
  if (typeof timestamp !== 'string' || !isTimestamp(timestamp)) {
    const shown = typeof timestamp === 'string' ? timestamp : JSON.stringify(timestamp);
    throw queryFailure(
      scope,
      `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${shown}`,
      'Timestamp',
    );
  }
  return Date.parse(timestamp) - running.kernel.scheduler.now();
}

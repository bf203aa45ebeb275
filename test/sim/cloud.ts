import { LOST_REPLY } from '../../infra/local/dispatch.ts';
import type { LocalAws } from '../../infra/local/index.ts';
import { AwsError } from '../../infra/local/world.ts';
import { digestOf, type Trace } from './trace.ts';

/** One call as the embedded AWS has it in its books; written by it, never by the code under test. */
export type SeenCall = {
  atMs: number;
  service: string;
  action: string;
  // biome-ignore lint/suspicious/noExplicitAny: inputs of many operations; each checker knows its own
  input: any;
  accountId: string;
  /** Code of the refusal; undefined when it was answered. */
  refused?: string;
};

export type History = {
  readonly calls: SeenCall[];
  /** Run after every call, answered or refused. */
  onCall: ((call: SeenCall) => void)[];
};

/** What the call changed has come about, whether or not its answer came. */
export const wasCarriedOut = ({ refused }: SeenCall): boolean =>
  refused === undefined || refused === LOST_REPLY;

export function watch(aws: LocalAws, trace: Trace, now: () => number): History {
  const history: History = { calls: [], onCall: [] };
  const { dispatcher } = aws;
  const { call } = dispatcher;
  dispatcher.call = (service, action, input, caller) => {
    const seen: SeenCall = { atMs: now(), service, action, input, accountId: caller.accountId };
    const poll = action === 'ReceiveMessage';
    if (!poll) history.calls.push(seen);
    try {
      return call.call(dispatcher, service, action, input, caller);
    } catch (error) {
      seen.refused = error instanceof AwsError ? error.code : String(error);
      throw error;
    } finally {
      trace.add(`  aws ${service}:${action} ${digestOf(input)} ${seen.refused ?? 'ok'}`);
      for (const told of history.onCall) told(seen);
    }
  };
  return history;
}

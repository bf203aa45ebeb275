import { Fact, RequestStatus } from './answers.schema.ts';
import { type Client, understood } from './client.ts';
import { EXIT, exitOfRequest } from './exit.ts';
import { endOf } from './explain.ts';
import { openProgress, type Progress } from './progress.ts';
import type { Screen } from './screen.ts';
import { subjectOf } from './subject.ts';
import { isSettled } from './vend-request.ts';

/** Where a request was when nobody looked at it any longer. */
export type Followed =
  | { end: 'settled'; request: RequestStatus }
  /** `after`: the last event that was seen; whoever goes on from there misses none and sees none twice. */
  | { end: 'time' | 'interrupted'; after: string };

export type Show = { request(request: RequestStatus): void; fact(fact: Fact): void };
type FollowOptions = {
  timeoutMs: number;
  after?: string;
  interrupted?: AbortSignal;
  /** As it was when it was asked to go on: until something changes, that is not its end. */
  resumed?: RequestStatus;
};

/** The same step has failed at the same time: what was resumed has not moved yet. */
const isStill = (request: RequestStatus, resumed: RequestStatus | undefined): boolean =>
  request.status === resumed?.status && JSON.stringify(request.steps) === JSON.stringify(resumed.steps);

/** Follows a request until it is settled, the time is up, or somebody interrupts. */
export async function follow(
  client: Client,
  id: string,
  show: Show,
  { timeoutMs, after = '', interrupted, resumed }: FollowOptions,
): Promise<Followed> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeoutMs);
  const onInterrupt = () => stop.abort();
  interrupted?.addEventListener('abort', onInterrupt, { once: true });
  const path = `/v1/account-requests/${encodeURIComponent(id)}/events`;
  let last = after;
  try {
    for await (const message of client.events(path, stop.signal, after)) {
      if (message.id) last = message.id;
      const data: unknown = JSON.parse(message.data);
      if (message.event === 'fact') show.fact(understood(Fact, data, path));
      if (message.event !== 'request') continue;
      const request = understood(RequestStatus, data, path);
      show.request(request);
      if (isSettled(request) && !isStill(request, resumed)) return { end: 'settled', request };
    }
    return { end: interrupted?.aborted ? 'interrupted' : 'time', after: last };
  } finally {
    clearTimeout(timer);
    interrupted?.removeEventListener('abort', onInterrupt);
    stop.abort();
  }
}

export type WatchOptions = Pick<FollowOptions, 'timeoutMs' | 'after' | 'resumed'> & { facts: boolean };

/**
 * Shows a request until its end, and answers with the exit code. Ctrl-C and the time limit leave it alone: the command that
 * goes on from there is printed.
 */
export async function watch(
  client: Client,
  id: string,
  screen: Screen,
  { facts, ...options }: WatchOptions,
): Promise<number> {
  const interrupted = new AbortController();
  const onSignal = () => interrupted.abort();
  process.once('SIGINT', onSignal);
  const progress = openProgress(screen);
  try {
    const show = facts && !screen.live ? factLines(screen) : stepLines(progress);
    const followed = await follow(client, id, show, { ...options, interrupted: interrupted.signal });
    progress.done();
    return followed.end === 'settled' ? report(followed.request, screen) : leave(followed, id, screen);
  } finally {
    progress.done();
    process.removeListener('SIGINT', onSignal);
  }
}

const stepLines = (progress: Progress): Show => ({
  request: (request) => progress.update(request),
  fact: () => {},
});

/** The ledger's own lines: those behind a place are the same, however often one comes back. */
function factLines(screen: Screen): Show {
  let status = '';
  return {
    request(request) {
      screen.data({ event: 'request', ...request });
      if (request.status === status) return;
      status = request.status;
      screen.say(`${subjectOf(request)}: ${status}`);
    },
    fact(fact) {
      screen.data({ event: 'fact', ...fact });
      screen.say(`  ${fact.seq}  ${fact.occurredAt}  ${fact.type}${fact.actor ? `  by ${fact.actor}` : ''}`);
    },
  };
}

/** The last words about a request that is settled. @returns the exit code */
export function report(request: RequestStatus, screen: Screen): number {
  screen.data({ event: 'result', ...request });
  const code = exitOfRequest(request);
  if (code !== EXIT.ok) {
    if (!screen.json) for (const line of endOf(request)) screen.note(line);
    return code;
  }
  screen.say(
    request.kind === 'account'
      ? `${subjectOf(request)} is account ${request.accountId}`
      : `${subjectOf(request)}: done`,
  );
  return code;
}

function leave({ end, after }: Followed & { end: 'time' | 'interrupted' }, id: string, screen: Screen) {
  const again = `jetway watch ${id}${after ? ` --after ${after}` : ''}`;
  const words = end === 'time' ? 'Time is up' : 'Not watching any more';
  screen.fail([`${words}; ${id} goes on. Watch it again: ${again}`], { event: end, id, after, again });
  return end === 'time' ? EXIT.timeOut : EXIT.interrupted;
}

import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallObserver, EndedCall, Tracing } from './tracing.port.ts';

/** Of one piece of work; what comes beyond is counted. */
const MOST = 200;
/** What many pieces share is told with the first alone: a batch of hundreds would tell each statement hundreds of times. */
const MOST_SHARING = 10;

type Kept = { calls: EndedCall[]; dropped: number };

/** Milliseconds since 1970, finer than a clock of milliseconds. */
const nowMs = (): number => performance.timeOrigin + performance.now();

/** Knows for which piece of work a call is made, by the asynchronous context that it is made in. */
export function followCalls() {
  const current = new AsyncLocalStorage<Kept>();
  const kept = new WeakMap<object, Kept>();
  const during: Tracing['during'] = (pieces, work) => {
    const own: Kept = { calls: [], dropped: 0 };
    for (const piece of pieces.length > MOST_SHARING ? pieces.slice(0, 1) : pieces) kept.set(piece, own);
    return current.run(own, work);
  };
  const calls: CallObserver = {
    begin() {
      const own = current.getStore();
      if (!own) return undefined;
      const startMs = nowMs();
      return (call) => {
        if (own.calls.length < MOST) own.calls.push({ ...call, startMs, endMs: nowMs() });
        else own.dropped += 1;
      };
    },
  };
  return {
    during,
    calls,
    /** What was asked while the piece was worked off. */
    of: (piece: object | undefined): Kept | undefined => piece && kept.get(piece),
  };
}

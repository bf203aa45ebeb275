import type { Lines } from './histories.ts';

/** What the engines do differently on purpose: which is right, and why. */
export type Difference = {
  what: string;
  why: string;
  /** Takes it out of both histories. @returns how often it was there */
  takeOut(ours: Lines, motos: Lines): number;
};

/** Every one of these has to occur; anything else that differs fails. */
export const DIFFERENCES: readonly Difference[] = [
  {
    what: 'the task of a round is aborted when another round of its Map fails',
    why: 'AWS writes TaskStateAborted and MapIterationAborted (HistoryEventType), as we do; moto stops it when the state that it is in is over, or fails its task with States.Runtime, and then writes that the round succeeded or failed',
    takeOut: takeOutAborted,
  },
];

const ABORTED = /^(\w+StateAborted|MapIterationAborted)\b/;
const ROUND_ENDED = /^MapIteration(Succeeded|Failed)\b/;
/** What moto writes of a task whose round it stops in its middle. */
const STOPPED = /^TaskFailed States\.Runtime$/;

/** Beside a round that failed, the others are compared as far as both engines went. */
function takeOutAborted(ours: Lines, motos: Lines): number {
  let found = 0;
  for (const [line, events] of ours) {
    const kept = events.filter((event) => !ABORTED.test(event));
    if (kept.length < events.length) found++;
    ours.set(line, kept);
  }
  for (const line of new Set([...ours.keys(), ...motos.keys()])) {
    const [here, there] = [ours.get(line) ?? [], motos.get(line) ?? []];
    const cutShort = [here, there].some((events) => !ROUND_ENDED.test(events.at(-1) ?? ''));
    const stopped = there.findIndex((event, at) => STOPPED.test(event) && here[at] !== event);
    if (!(cutShort || stopped >= 0) || !besideAFailure(line, ours, motos)) continue;
    // moto says of a round that it has stopped in the middle that it succeeded, or failed.
    const both = Math.min(withoutEnd(here), stopped >= 0 ? stopped : withoutEnd(there));
    ours.set(line, here.slice(0, both));
    motos.set(line, there.slice(0, both));
  }
  return found;
}

const withoutEnd = (events: readonly string[]): number =>
  ROUND_ENDED.test(events.at(-1) ?? '') ? events.length - 1 : events.length;

/** Whether another round of this line's Map, or of one around it, has failed on both. */
function besideAFailure(line: string, ours: Lines, motos: Lines): boolean {
  const maps = Array.from(line.matchAll(/\[\d+\]/g), ({ index }) => line.slice(0, index + 1));
  const failed = (lines: Lines, map: string) =>
    [...lines].some(
      ([name, events]) =>
        name.startsWith(map) && !name.startsWith(line) && /^MapIterationFailed\b/.test(events.at(-1) ?? ''),
    );
  return maps.some((map) => failed(ours, map) && failed(motos, map));
}

import type { HistoryEvent } from '../../workflows/walk.fixture.ts';

/** What happened in one line of an execution: the execution itself, or one round of a Map in it. In its order. */
export type Lines = Map<string, string[]>;

type Details = Record<string, unknown>;

/**
 * A history without what differs from run to run: ids, times, and how the rounds of a Map interleave. Every event is
 * its type with the state, the call or the round that it is about, and its error.
 */
export function linesOf(events: readonly HistoryEvent[]): Lines {
  const lineOf = linesByEvent(events);
  const lines: Lines = new Map();
  for (const event of events) {
    const line = lineOf.get(event.id) ?? '';
    lines.set(line, [...(lines.get(line) ?? []), essence(event)]);
  }
  return lines;
}

function essence(event: HistoryEvent): string {
  const details = detailsOf(event);
  const about = [details.name, details.index, details.resource, details.length, details.error];
  const said = about.filter((one) => one !== undefined && one !== null);
  return [event.type, ...said].join(' ');
}

function detailsOf(event: HistoryEvent): Details {
  const [, details] = Object.entries(event).find(([key]) => key.endsWith('EventDetails')) ?? [];
  return (details ?? {}) as Details;
}

/**
 * The chain of previous events leads into the rounds of a Map and out again: what comes after a Map is chained to the last
 * event of one of its rounds. A line is the path to a round: `/2:Read the stacks[0]` is the first round of the second Map
 * that the execution began.
 */
function linesByEvent(events: readonly HistoryEvent[]): Map<number, string> {
  const typeOf = new Map(events.map(({ id, type }) => [id, type]));
  const lines = new Map<number, string>([[0, '']]);
  /** How many Maps a line has begun. */
  const begun = new Map<string, number>();
  for (const event of events) {
    const { id, previousEventId, type } = event;
    const before = lines.get(previousEventId) ?? '';
    const { name, index } = detailsOf(event);
    const outer = typeOf.get(previousEventId) === 'MapStateStarted' ? before : outsideOf(before, name);
    if (type === 'MapStateStarted') begun.set(before, (begun.get(before) ?? 0) + 1);
    if (/^MapIteration(Started|Aborted)$/.test(type))
      lines.set(id, `${outer}/${begun.get(outer)}:${name}[${index}]`);
    else if (/^MapState(Succeeded|Failed|Aborted|Exited)$/.test(type)) lines.set(id, outer);
    else lines.set(id, before);
  }
  return lines;
}

/** The line in which the Map of this name runs, seen from one of its rounds; without a name, the one around. */
function outsideOf(line: string, map: unknown): string {
  const at = map === undefined ? line.lastIndexOf('/') : line.lastIndexOf(`:${map}[`);
  return at < 0 ? line : line.slice(0, line.lastIndexOf('/', at));
}

/** Where two histories part: the first difference of each line. */
export function differingLines(ours: Lines, motos: Lines): string[] {
  return [...new Set([...ours.keys(), ...motos.keys()])].flatMap((line) => {
    const [here, there] = [ours.get(line) ?? [], motos.get(line) ?? []];
    const length = Math.max(here.length, there.length);
    const at = Array.from({ length }, (_, i) => i).find((i) => here[i] !== there[i]);
    if (at === undefined) return [];
    const next = (events: readonly string[]) => events.slice(at, at + 3).join(', ') || 'nothing';
    return [
      `${line || 'the execution'} from its event ${at + 1}: ${next(here)} on ours, ${next(there)} on moto`,
    ];
  });
}

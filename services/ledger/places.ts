import { Problem } from '../kernel/errors.ts';
import { LANES } from './fact.ts';

/** How far somebody has read, lane by lane (`seq`); lanes that are not named are read from their beginning. */
export type Places = Readonly<Record<number, number>>;

/** Where a reader stands after these facts. */
export function placesAfter(places: Places, read: readonly { lane: number; seq: number }[]): Places {
  const now: Record<number, number> = { ...places };
  for (const { lane, seq } of read) now[lane] = Math.max(now[lane] ?? 0, seq);
  return now;
}

/** The cursor of the ledger, opaque to clients: `0-120.3-117` says place 120 in lane 0 and 117 in lane 3. */
export const writePlaces = (places: Places): string =>
  LANES.flatMap((lane) => (places[lane] === undefined ? [] : [`${lane}-${places[lane]}`])).join('.');

/**
 * A number alone, with or without the `p` of older cursors, is a place in every lane.
 * @throws Problem for what is no cursor of ours
 */
export function readPlaces(cursor: string | undefined, pointer = '/after'): Places {
  if (cursor === undefined) return {};
  const everywhere = /^p?(\d{1,15})$/.exec(cursor);
  if (everywhere) return Object.fromEntries(LANES.map((lane) => [lane, Number(everywhere[1])]));
  if (!/^\d-\d{1,15}(\.\d-\d{1,15})*$/.test(cursor))
    throw new Problem('invalid', 'cursor', 'The cursor is not one of ours.', {
      errors: [{ pointer, message: 'is not a cursor of the ledger' }],
    });
  return Object.fromEntries(cursor.split('.').map((place) => place.split('-').map(Number)));
}

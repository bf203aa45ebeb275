import { randomInt, randomUUID } from 'node:crypto';
import type { Random } from './world.ts';

/** Real randomness, for an embedded AWS that serves people. */
export function cryptoRandom(): Random {
  return {
    uuid: randomUUID,
    hex: (digits) => Array.from({ length: digits }, () => randomInt(16).toString(16)).join(''),
    below: (below) => randomInt(below),
  };
}

/**
 * The same sequence for the same seed (mulberry32): for the simulator. Not for secrets.
 *
 * @param seed any whole number; mix in how often the data directory has been opened, or ids come twice
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const hex = (digits: number) => Array.from({ length: digits }, () => below(16).toString(16)).join('');
  return {
    below,
    hex,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'.charAt(below(4))}${hex(3)}-${hex(12)}`,
  };
}

const LETTERS_AND_DIGITS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Lower-case letters and digits, as AWS's ids have them. */
export const token = (random: Random, length: number): string =>
  Array.from({ length }, () => LETTERS_AND_DIGITS.charAt(random.below(LETTERS_AND_DIGITS.length))).join('');

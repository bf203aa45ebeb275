import { createHash } from 'node:crypto';
import type { Expression } from 'jsonata';

const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** No array that fits a payload is longer; a mistyped step must not fill the memory. */
const LONGEST_RANGE = 131_072;

/**
 * What Step Functions adds to JSONata and can be computed from the arguments alone, and what it takes away ($eval).
 * $random, $uuid, $now and $millis need the world and are bound at each evaluation (see scope.ts).
 */
export function addFunctions(expression: Expression): void {
  expression.registerFunction('partition', partition, '<an:a>');
  expression.registerFunction('range', range, '<nnn:a>');
  expression.registerFunction('hash', hash, '<ss:s>');
  expression.registerFunction('parse', parse, '<s:x>');
  expression.assign('eval', undefined);
}

function partition(items: unknown[], size: number): unknown[][] {
  if (!Number.isInteger(size) || size < 1)
    throw new Error('The chunk size of $partition must be a positive integer');
  const chunks: unknown[][] = [];
  for (let from = 0; from < items.length; from += size) chunks.push(items.slice(from, from + size));
  return chunks;
}

function range(first: number, last: number, step: number): number[] {
  if (step === 0) throw new Error('The step of $range must not be 0');
  const length = Math.max(0, Math.floor((last - first) / step) + 1);
  if (length > LONGEST_RANGE) throw new Error(`$range would have ${length} items`);
  return Array.from({ length }, (_, index) => first + index * step);
}

function hash(text: string, algorithm: string): string {
  const name = Object.hasOwn(HASHES, algorithm) ? HASHES[algorithm] : undefined;
  if (!name) throw new Error(`$hash knows ${Object.keys(HASHES).join(', ')}, not ${algorithm}`);
  return createHash(name).update(text).digest('hex');
}

function parse(text: string): unknown {
  return JSON.parse(text) as unknown;
}

/** A number in [0, 1) that depends on the seed alone: what $random answers to a seed. */
export function seededFraction(seed: number): number {
  let mixed = (seed + 0x6d2b79f5) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

import { createHash } from 'node:crypto';

/** What happened, line by line; two runs of one seed have the same. */
export type Trace = { add(line: string): void; hash(): string; readonly lines: number };

export function openTrace(tell?: (line: string) => void): Trace {
  const hash = createHash('sha256');
  let lines = 0;
  return {
    add(line) {
      lines += 1;
      hash.update(line).update('\n');
      tell?.(line);
    },
    hash: () => hash.copy().digest('hex'),
    get lines() {
      return lines;
    },
  };
}

export const digestOf = (value: unknown, digits = 12): string =>
  createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest('hex')
    .slice(0, digits);

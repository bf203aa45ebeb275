import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { harness } from './harness.ts';

/** State machines and what AWS made of them; see `_meta` in the file for where they come from. */
type Case = {
  id: string;
  definition: unknown;
  input: unknown;
  expected: { status: string; output: unknown; error: string | null };
};

const { cases } = JSON.parse(readFileSync(new URL('fixtures/asl-cases.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

/** Recorded outputs are JSON text or the parsed value, with the word "date" in place of timestamps. */
function expectedOutput({ input, expected }: Case): unknown {
  const { output } = expected;
  if (typeof output === 'string') return JSON.parse(output);
  if (JSON.stringify(output).includes('"date"')) return input;
  return output;
}

describe('what AWS Step Functions gave', () => {
  it('covers all recorded machines', () => {
    expect(cases).toHaveLength(40);
  });

  it.each(cases.map((one) => [one.id, one] as const))('%s', async (_, one) => {
    const { create, begin, run, describe: describeExecution, timers } = harness();
    create('recorded', one.definition);
    const arn = begin('recorded', one.input);
    await run();
    const { status, output, error } = describeExecution(arn);
    expect({ status, error: error ?? null }).toEqual({
      status: one.expected.status,
      error: one.expected.error,
    });
    if (status === 'SUCCEEDED') expect(JSON.parse(String(output))).toEqual(expectedOutput(one));
    else expect(output).toBeUndefined();
    expect(timers()).toEqual([]);
  });
});

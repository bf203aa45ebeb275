import { afterAll, describe, expect, it } from 'vitest';
import { statesOf } from '../asl/walk.ts';
import { change } from './change.fixture.ts';
import { organizationalUnitChange } from './definition.ts';
import { acting } from './walks/acting.fixture.ts';
import { before } from './walks/before.fixture.ts';
import { failing } from './walks/failing.fixture.ts';

const visited = new Set<string>();

describe.each([
  ['before the point of no return', before],
  ['acting', acting],
  ['failing and mended', failing],
])('%s', (_, walks) => {
  it.each(walks.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const { walked, world } = await change(one);
    for (const state of walked.visited) visited.add(state);
    expect({
      facts: walked.facts.map((fact) => fact.type),
      ends: (walked.output as { outcome?: string } | undefined)?.outcome,
      error: walked.error,
    }).toEqual({ facts: one.facts, ends: one.ends, error: undefined });
    const orders = walked.messages.map((message) => message.order);
    expect(orders).toEqual([...new Set(orders)].sort((a, b) => a - b));
    // Nothing is written before it is confirmed and said.
    const firstWrite = walked.calls.findIndex((c) =>
      /:(enable|disable|updateEnabled)Control$/.test(c.action),
    );
    const confirmed = walked.calls.findIndex((c) => JSON.stringify(c.arguments).includes('ChangeStarted'));
    if (firstWrite >= 0) expect(confirmed).toBeLessThan(firstWrite);
    one.check?.(walked, world);
  });
});

afterAll(() => {
  const missing = statesOf(organizationalUnitChange)
    .map(([name]) => name)
    .filter((name) => !visited.has(name));
  expect(missing, 'states that no walk has visited').toEqual([]);
});

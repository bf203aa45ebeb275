import { afterAll, describe, expect, it } from 'vitest';
import { accountVending } from '../account-vending/definition.ts';
import { statesOf } from '../asl/walk.ts';
import { change } from './change.fixture.ts';
import { accountChange } from './definition.ts';
import { acting } from './walks/acting.fixture.ts';
import { before } from './walks/before.fixture.ts';
import { failing } from './walks/failing.fixture.ts';

const visited = new Set<string>();
/** The same builder stands in several places, each with a label of its own. */
const withoutLabel = (name: string): string => name.replace(/ \([^)]*\)$/, '');

const WRITES =
  /:(executeChangeSet|createStack|updateStack|deleteStack|(create|update|delete)StackInstances|createStackSet|(attach|detach|create)Policy)$/;

describe.each([
  ['before the point of no return', before],
  ['acting', acting],
  ['failing and mended', failing],
])('%s', (_, walks) => {
  it.each(walks.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const { walked, world } = await change(one);
    for (const state of walked.visited) visited.add(withoutLabel(state));
    expect({
      facts: walked.facts.map((fact) => fact.type),
      ends: (walked.output as { outcome?: string } | undefined)?.outcome,
      error: walked.error,
    }).toEqual({ facts: one.facts, ends: one.ends, error: undefined });
    const orders = walked.messages.map((message) => message.order);
    expect(orders).toEqual([...new Set(orders)].sort((a, b) => a - b));
    // Nothing is written before it is confirmed and said, and no change set stays of a preview.
    const firstWrite = walked.calls.findIndex((c) => WRITES.test(c.action));
    const started = walked.calls.findIndex((c) => JSON.stringify(c.arguments).includes('ChangeStarted'));
    if (started < 0) expect(firstWrite).toBe(-1);
    else if (firstWrite >= 0) expect(started).toBeLessThan(firstWrite);
    // Nobody is fenced: the account is in use.
    expect(JSON.stringify(walked.calls.filter((c) => c.action.endsWith('attachPolicy')))).not.toContain(
      'p-quarantine1',
    );
    one.check?.(walked, world);
  });
});

afterAll(() => {
  const proven = new Set(statesOf(accountVending).map(([name]) => withoutLabel(name)));
  const missing = new Set(
    statesOf(accountChange)
      .map(([name]) => withoutLabel(name))
      .filter((name) => !visited.has(name) && !proven.has(name)),
  );
  expect([...missing], 'states that no walk has visited, here or in a vend').toEqual([]);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact, NewFact } from '../ledger/fact.ts';
import { differences, type Reading } from './differences.ts';
import { type Known, keyOf, type Observation, ORGANIZATION } from './observation.ts';
import { accountJoined, factAbout, observationsOf } from './observed-facts.ts';

const ACCOUNT = '444455556666';
const scope = ORGANIZATION;
const account = (key: string, unit = 'ou-1', name = 'a', state = 'ACTIVE'): Observation[] => [
  { scope, kind: 'account-unit', key, value: { organizationalUnitId: unit } },
  { scope, kind: 'account-identity', key, value: { name, email: `${name}@example.com` } },
  { scope, kind: 'account-state', key, value: { state } },
];
const control = (status = 'SUCCEEDED'): Observation => ({
  scope,
  kind: 'control',
  key: 'ou-1/AWS-GR_X',
  value: { status },
});
const product = (status = 'AVAILABLE'): Observation => ({
  scope,
  kind: 'product',
  key: 'pp-1',
  value: { name: 'jetway-r1', status, accountId: ACCOUNT },
});

/** What is known, kept as the table does: the newest word about a thing wins. */
function ledger() {
  const rows = new Map<string, Known>();
  const told: NewFact[] = [];
  const meanings = new Set<string>();
  const read = (reading: Reading): NewFact[] => {
    const { facts, missed, found } = differences([...rows.values()], reading);
    const fresh = facts.filter(({ meaning }) => !meanings.has(meaning));
    for (const fact of fresh) {
      meanings.add(fact.meaning);
      told.push(fact);
      for (const one of observationsOf(fact as Fact)) {
        const was = rows.get(keyOf(one));
        if (!was || was.version < fact.version)
          rows.set(keyOf(one), { ...one, version: fact.version, factId: fact.id, missedAt: null });
      }
    }
    for (const one of missed) rows.set(keyOf(one), { ...rows.get(keyOf(one))!, missedAt: reading.version });
    for (const one of found) rows.set(keyOf(one), { ...rows.get(keyOf(one))!, missedAt: null });
    return fresh;
  };
  return { rows, told, read };
}
const types = (facts: readonly NewFact[]) => facts.map(({ type }) => type);

describe('a reading', () => {
  it('that finds what is known says nothing', () => {
    const { read } = ledger();
    const seen = [...account(ACCOUNT), control(), product()];
    expect(types(read({ seen, version: 1 }))).toEqual(['AccountJoined', 'ControlEnabled', 'ProductChanged']);
    expect(read({ seen, version: 2 })).toEqual([]);
  });

  it('says with the first word on an account when it joined', () => {
    const joinedAt = new Map([[ACCOUNT, '2025-01-01T00:00:00.000Z']]);
    const [fact] = ledger().read({ seen: account(ACCOUNT), version: 1, joinedAt });
    expect(fact).toMatchObject({
      accountId: ACCOUNT,
      occurredAt: '2025-01-01T00:00:00.000Z',
      data: { name: 'a', organizationalUnitId: 'ou-1', state: 'ACTIVE' },
    });
  });

  it.each([
    ['moved', account(ACCOUNT, 'ou-2'), 'AccountMoved', { from: 'ou-1', to: 'ou-2' }],
    [
      'renamed',
      account(ACCOUNT, 'ou-1', 'b'),
      'AccountRenamed',
      { name: 'b', email: 'b@example.com', before: { name: 'a', email: 'a@example.com' } },
    ],
    [
      'suspended',
      account(ACCOUNT, 'ou-1', 'a', 'SUSPENDED'),
      'AccountStateChanged',
      { state: 'SUSPENDED', before: 'ACTIVE' },
    ],
  ])('says that an account was %s', (_what, seen, type, data) => {
    const { read } = ledger();
    read({ seen: account(ACCOUNT), version: 1 });
    expect(read({ seen, version: 2 })).toMatchObject([{ type, accountId: ACCOUNT, version: 2, data }]);
  });

  it('says at once that a control is off or failed, and that a policy is gone', () => {
    const { read } = ledger();
    const policy: Observation = {
      scope: ACCOUNT,
      kind: 'attachment',
      key: `${ACCOUNT}/p-1`,
      value: { policyName: 'jetway-1' },
    };
    read({ seen: [control(), policy], version: 1 });
    expect(read({ seen: [control('FAILED'), policy], version: 2 })).toMatchObject([
      { type: 'ControlEnabled', data: { status: 'FAILED', before: 'SUCCEEDED' } },
    ]);
    expect(read({ seen: [], version: 3 })).toMatchObject([
      { type: 'ControlDisabled', data: { control: 'AWS-GR_X', targetId: 'ou-1' } },
      { type: 'PolicyDetached', accountId: ACCOUNT, data: { policyId: 'p-1', policyName: 'jetway-1' } },
    ]);
  });

  it.each([
    ['an account', account(ACCOUNT), 'AccountLeft'],
    ['a product', [product()], 'ProductChanged'],
  ])('calls %s gone when two in a row do not find it', (_what, seen, type) => {
    const { read } = ledger();
    read({ seen, version: 1 });
    expect(read({ seen: [], version: 2 })).toEqual([]);
    expect(read({ seen, version: 3 })).toEqual([]);
    expect(read({ seen: [], version: 4 })).toEqual([]);
    expect(types(read({ seen: [], version: 5 }))).toEqual([type]);
    expect(read({ seen: [], version: 6 })).toEqual([]);
  });

  it('finds an account that came back, each time', () => {
    const { read } = ledger();
    const lose = (version: number) => [
      ...read({ seen: [], version }),
      ...read({ seen: [], version: version + 1 }),
    ];
    read({ seen: account(ACCOUNT), version: 1 });
    for (const version of [10, 20, 30]) {
      expect(types(lose(version))).toEqual(['AccountLeft']);
      expect(types(read({ seen: account(ACCOUNT, 'ou-2'), version: version + 5 }))).toEqual([
        'AccountJoined',
      ]);
    }
  });

  it('changes nothing that is known to be newer', () => {
    const { read } = ledger();
    read({ seen: [...account(ACCOUNT), control()], version: 5 });
    expect(differences([], { seen: [], version: 1 }).facts).toEqual([]);
    expect(read({ seen: [...account(ACCOUNT, 'ou-9'), control('FAILED')], version: 4 })).toEqual([]);
    expect(read({ seen: [], version: 4 })).toEqual([]);
  });

  it('says the same thing of the same difference, whoever finds it', () => {
    const known = ledger();
    known.read({ seen: account(ACCOUNT), version: 1 });
    const rows = [...known.rows.values()];
    const one = differences(rows, { seen: account(ACCOUNT, 'ou-2'), version: 2 }).facts;
    const other = differences(rows, { seen: account(ACCOUNT, 'ou-2'), version: 3 }).facts;
    expect(one.map((f) => f.meaning)).toEqual(other.map((f) => f.meaning));
  });
});

/** An organization, as a small random thing: which accounts and controls it has. */
const organization = fc.record({
  accounts: fc.uniqueArray(
    fc.record({
      id: fc.constantFrom('111111111111', '222222222222', '333333333333'),
      unit: fc.constantFrom('ou-1', 'ou-2'),
      name: fc.constantFrom('a', 'b'),
      state: fc.constantFrom('ACTIVE', 'PENDING_CLOSURE', 'CLOSED'),
    }),
    { selector: ({ id }) => id },
  ),
  control: fc.option(fc.constantFrom('SUCCEEDED', 'FAILED'), { nil: undefined }),
  product: fc.option(fc.constantFrom('AVAILABLE', 'TAINTED'), { nil: undefined }),
});
const seenIn = (o: typeof organization extends fc.Arbitrary<infer T> ? T : never): Observation[] => [
  ...o.accounts.flatMap(({ id, unit, name, state }) => account(id, unit, name, state)),
  ...(o.control === undefined ? [] : [control(o.control)]),
  ...(o.product === undefined ? [] : [product(o.product)]),
];

describe('whatever happened before', () => {
  it('two readings make the ledger equal to the organization', () => {
    fc.assert(
      fc.property(fc.array(organization, { maxLength: 8 }), organization, (before, last) => {
        const { rows, read } = ledger();
        before.forEach((one, n) => void read({ seen: seenIn(one), version: n + 1 }));
        read({ seen: seenIn(last), version: 100 });
        read({ seen: seenIn(last), version: 101 });
        const gone = (key: string) => {
          const state = rows.get(keyOf({ kind: 'account-state', key }))?.value;
          return state !== undefined && JSON.stringify(state).includes('DEPARTED');
        };
        const live = [...rows.values()].filter(
          ({ kind, key, value }) => value !== null && !(kind.startsWith('account-') && gone(key)),
        );
        const plain = ({ scope: s, kind, key, value }: Observation) => JSON.stringify([s, kind, key, value]);
        expect(live.map(plain).sort()).toEqual(seenIn(last).map(plain).sort());
        expect(read({ seen: seenIn(last), version: 102 })).toEqual([]);
      }),
    );
  });

  it('the facts alone, in any order and twice, say what is known', () => {
    fc.assert(
      fc.property(fc.array(organization, { minLength: 1, maxLength: 8 }), fc.nat(), (course, seed) => {
        const { rows, told, read } = ledger();
        course.forEach((one, n) => void read({ seen: seenIn(one), version: n + 1 }));
        const mixed = [...told, ...told].sort((a, b) => (hash(a.id, seed) < hash(b.id, seed) ? -1 : 1));
        const folded = new Map<string, Observation & { version: number }>();
        for (const fact of mixed)
          for (const one of observationsOf(fact as Fact)) {
            const was = folded.get(keyOf(one));
            if (!was || was.version < fact.version) folded.set(keyOf(one), { ...one, version: fact.version });
          }
        expect([...folded.keys()].sort()).toEqual([...rows.keys()].sort());
        for (const [key, one] of folded) expect(one).toMatchObject({ value: rows.get(key)?.value });
      }),
    );
  });
});

const hash = (text: string, seed: number): number =>
  [...text].reduce((sum, char) => (sum * 31 + char.charCodeAt(0) + seed) % 1_000_003, seed);

describe('a fact about a thing', () => {
  const things: Observation[] = [
    ...account(ACCOUNT),
    control(),
    product(),
    { scope, kind: 'account-origin', key: ACCOUNT, value: { origin: 'ORPHAN' } },
    { scope, kind: 'attachment', key: 'ou-1/p-1', value: { policyName: 'x' } },
    { scope: ACCOUNT, kind: 'attachment', key: `${ACCOUNT}/p-1`, value: { policyName: 'x' } },
    { scope: ACCOUNT, kind: 'stack', key: `${ACCOUNT}/jetway-vpc`, value: { status: 'CREATE_COMPLETE' } },
    { scope: ACCOUNT, kind: 'instance', key: `${ACCOUNT}/jetway-s/eu-west-1`, value: { status: 'CURRENT' } },
  ];
  const factOf = (said: ReturnType<typeof factAbout>) =>
    ({ accountId: undefined, ...said }) as unknown as Fact;

  it.each(things.map((thing) => [thing.kind, thing] as const))(
    'says it again when it is read: %s',
    (_kind, thing) => {
      expect(observationsOf(factOf(factAbout(thing, null)))).toEqual([thing]);
    },
  );

  it.each(
    things.filter(({ kind }) => !kind.startsWith('account-')).map((thing) => [thing.kind, thing] as const),
  )('and that it is gone: %s', (_kind, thing) => {
    const gone = { ...thing, value: null } as Observation;
    expect(observationsOf(factOf(factAbout(gone, thing.value)))).toEqual([gone]);
  });

  it('says an account with all that is known of it', () => {
    const seen = { name: 'a', email: 'a@example.com', organizationalUnitId: 'ou-1', state: 'ACTIVE' };
    expect(observationsOf(factOf(accountJoined(ACCOUNT, seen, null)))).toEqual(account(ACCOUNT));
  });

  it('of any other kind says nothing', () => {
    expect(observationsOf({ type: 'AccountVended', accountId: ACCOUNT, data: {} })).toEqual([]);
  });
});

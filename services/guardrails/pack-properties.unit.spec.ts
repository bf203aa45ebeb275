import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import file from '../../workflows/guardrails/catalogue.json' with { type: 'json' };
import { arrange } from './arrange.ts';
import { parseCatalogue } from './catalogue.ts';
import { type ChosenControl, chooseControls, type RequestedGuardrail } from './choose.ts';
import { mergeStatements } from './merge.ts';
import { type Packed, type PolicyLimits, packPolicies } from './pack.ts';
import { type PolicyStatement, parsePolicy } from './policy-document.ts';
import { statementsFor } from './statements.ts';

const catalogue = parseCatalogue(file);
const defaults = {
  governedRegions: ['eu-west-1', 'us-east-1'],
  homeRegion: 'us-east-1',
  organizationId: 'o-exampleorg1',
};
const choose = (requested: RequestedGuardrail[]): ChosenControl[] => {
  const choice = chooseControls(catalogue, requested, defaults);
  if ('errors' in choice) throw new Error(JSON.stringify(choice.errors));
  return choice.controls;
};
const preventive = catalogue.controls.filter(({ implementation }) => implementation.type === 'SCP');
const every = choose(preventive.map(({ id }) => id));

/** Some controls take exemptions: their statements grow, and are no longer those of the catalogue. */
const exempting = preventive.filter(({ parameters }) =>
  parameters.some(({ name }) => name === 'ExemptedPrincipalArns'),
);
const withExemptions = choose(
  exempting.map(({ id }) => ({
    id,
    parameters: {
      ExemptedPrincipalArns: Array.from({ length: 9 }, (_, n) => `arn:aws:iam::*:role/Deploy${n}`),
    },
  })),
);
const one = (choices: readonly ChosenControl[]): ChosenControl[] => [
  ...new Map(choices.map((choice) => [choice.control.id, choice])).values(),
];
/** Controls in any order, some with exemptions, each once; and one more. */
const growing = fc
  .tuple(fc.shuffledSubarray(every, { minLength: 1 }), fc.subarray(withExemptions))
  .map(([plain, exempt]) => {
    const [more, ...rest] = plain;
    const before = one([...rest, ...exempt.filter(({ control }) => control.id !== more?.control.id)]);
    return { before, more: more as ChosenControl };
  });

/** What the account level leaves: five and ten slots, less FullAWSAccess and the quarantine policy. */
const LIMITS: PolicyLimits[] = [
  { maxPolicies: 3, maxCharacters: 5_120 },
  { maxPolicies: 8, maxCharacters: 10_240 },
];
const contents = ({ policies }: Packed) => new Set(policies.map(({ content }) => content));
const without = (set: ReadonlySet<string>, other: ReadonlySet<string>) =>
  [...set].filter((content) => !other.has(content));

describe('one control more', () => {
  it.each(LIMITS)('changes at most two policies of $maxCharacters characters', (limits) => {
    let compared = 0;
    fc.assert(
      fc.property(growing, ({ before, more }) => {
        const [old, grown] = [packPolicies(before, limits), packPolicies([...before, more], limits)];
        // Where the slots are too few for the stable arrangement, that it fits comes first.
        if ('refused' in old || 'refused' in grown) return;
        if (old.arrangement !== 'stable' || grown.arrangement !== 'stable') return;
        compared += 1;
        expect(without(contents(grown), contents(old)).length).toBeLessThanOrEqual(2);
        expect(without(contents(old), contents(grown)).length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 250, seed: 1 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  it('leaves the stable arrangement only for want of slots', () => {
    const some = fc.shuffledSubarray(every);
    fc.assert(
      fc.property(some, (choices) => {
        const modern = packPolicies(choices, { maxPolicies: 8, maxCharacters: 10_240 });
        expect(modern).toMatchObject({ arrangement: 'stable' });
        const characters = (list: Packed['policies']) => list.reduce((sum, p) => sum + p.characters, 0);
        if ('refused' in modern || characters(modern.policies) > 14_000) return;
        expect(packPolicies(choices, { maxPolicies: 3, maxCharacters: 5_120 })).toMatchObject({
          arrangement: 'stable',
        });
      }),
      { numRuns: 100 },
    );
  });

  it('is so for items of any size, wherever they come in', () => {
    const size = fc.integer({ min: 1, max: 60 });
    const runs = { two: 0, three: 0 };
    fc.assert(
      fc.property(fc.array(size, { minLength: 4, maxLength: 30 }), size, (sizes, more) => {
        const pack = (list: number[]) => {
          const sorted = list
            .map((value, id) => ({ size: value, value: id }))
            .sort((a, b) => a.size - b.size || a.value - b.value);
          return arrange(sorted, 150)?.map((bin) => bin.map(({ value }) => value).join());
        };
        // The new one is last by its number, first or in the middle by its size.
        const [old, grown] = [pack(sizes), pack([...sizes, more])];
        if (!old || !grown) return;
        if (grown.length === 3) runs[old.length === 3 ? 'three' : 'two'] += 1;
        expect(grown.filter((bin) => !old.includes(bin)).length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 4_000, seed: 1 },
    );
    expect(runs.three).toBeGreaterThan(100);
    expect(runs.two).toBeGreaterThan(50);
  });
});

/** Every single denial that statements stand for: one action, one resource, one set of conditions. */
function denials(statements: readonly PolicyStatement[]): string[] {
  const singles = statements.flatMap(({ effect, actions, resources, conditions }) => {
    const when = JSON.stringify(
      conditions.map(({ operator, key, values }) => [operator, key, [...values].sort()]).sort(),
    );
    // The patterns of a negated list hold together and stay together.
    const each = ({ negated, patterns }: PolicyStatement['actions']): string[] =>
      negated ? [`not ${[...patterns].sort().join()}`] : patterns;
    return each(actions).flatMap((action) =>
      each(resources).map((resource) => [effect, action, resource, when].join(' ')),
    );
  });
  return [...new Set(singles)].sort();
}
const parsed = (policies: Packed['policies']) =>
  policies.flatMap(({ content }) => parsePolicy(content).statements);
const asked = (choices: readonly ChosenControl[]) =>
  choices.flatMap((choice) =>
    statementsFor(choice).flatMap(
      (statement) =>
        parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: [statement] })).statements,
    ),
  );

describe('packing, then parsing', () => {
  it.each([...LIMITS, { maxPolicies: 5, maxCharacters: 5_120 }])(
    'gives what was asked for: $maxPolicies policies of $maxCharacters characters',
    (limits) => {
      const seen = new Set<string>();
      fc.assert(
        fc.property(growing, ({ before, more }) => {
          const choices = [...before, more];
          const packed = packPolicies(choices, limits);
          if ('refused' in packed) return;
          seen.add(packed.arrangement);
          expect(packed.policies.length).toBeLessThanOrEqual(limits.maxPolicies);
          expect(denials(parsed(packed.policies))).toEqual(denials(asked(choices)));
          for (const { characters, content, controls } of packed.policies) {
            const { statements } = parsePolicy(content);
            expect(content.length).toBe(characters);
            expect(characters).toBeLessThanOrEqual(limits.maxCharacters);
            // parsePolicy refuses a Sid that is there twice.
            for (const { sid } of statements) expect(sid).toMatch(/^[A-Za-z0-9]+$/);
            const owners = statements.flatMap(({ sid }) => packed.owners[sid] ?? []);
            expect([...new Set(owners)].sort()).toEqual(controls);
          }
        }),
        { numRuns: 150, seed: 1 },
      );
      expect(seen).toContain('stable');
      if (limits.maxPolicies === 3) expect([...seen].sort()).toEqual(['dense', 'merged', 'stable']);
    },
  );

  it('joins only what differs in its actions or its resources', () => {
    const base = { Effect: 'Deny' as const, Resource: '*' };
    const own = (Sid: string, more: object) => ({
      statement: { ...base, Sid, ...more },
      controls: [`control ${Sid}`],
    });
    const Condition = { Bool: { 'aws:SecureTransport': 'false' } };
    const merged = mergeStatements([
      own('A', { Action: ['s3:b', 's3:a'] }),
      own('B', { Action: 's3:c' }),
      own('C', { Action: 's3:c', Condition }),
      own('D', { NotAction: 's3:d' }),
      own('E', { NotAction: 's3:e' }),
      own('F', { Action: 's3:c', Condition, Resource: 'arn:aws:s3:::f' }),
    ]);
    expect(merged).toEqual([
      {
        statement: { ...base, Sid: 'A', Action: ['s3:a', 's3:b', 's3:c'] },
        controls: ['control A', 'control B'],
      },
      {
        statement: { ...base, Sid: 'C', Action: 's3:c', Condition, Resource: ['*', 'arn:aws:s3:::f'] },
        controls: ['control C', 'control F'],
      },
      own('D', { NotAction: 's3:d' }),
      own('E', { NotAction: 's3:e' }),
    ]);
  });
});

describe('every preventive control there is', () => {
  it.each<[string, PolicyLimits, number[], Packed['arrangement']]>([
    [
      '5 × 5,120, nothing attached',
      { maxPolicies: 5, maxCharacters: 5_120 },
      [3_402, 5_114, 5_119, 5_105],
      'dense',
    ],
    ['10 × 10,240, nothing attached', { maxPolicies: 10, maxCharacters: 10_240 }, [10_083, 8_581], 'stable'],
    [
      '10 × 10,240, FullAWSAccess and the fence',
      { maxPolicies: 8, maxCharacters: 10_240 },
      [10_083, 8_581],
      'stable',
    ],
  ])('%s', (_name, limits, characters, arrangement) => {
    const packed = packPolicies(every, limits);
    if ('refused' in packed) throw new Error(packed.refused.reason);
    expect(packed.policies.map((policy) => policy.characters)).toEqual(characters);
    expect(packed.arrangement).toBe(arrangement);
  });

  it('does not fit into 5 × 5,120 with FullAWSAccess and the fence', () => {
    expect(packPolicies(every, { maxPolicies: 3, maxCharacters: 5_120 })).toEqual({
      refused: {
        reason: '4 policies are needed and there is room for 3',
        controls: expect.arrayContaining(['CT.APPSYNC.PV.1']),
        policiesNeeded: 4,
        maxPolicies: 3,
        maxCharacters: 5_120,
      },
    });
    const written = every.flatMap((choice) => statementsFor(choice).map((s) => JSON.stringify(s).length));
    expect(
      written.reduce((sum, length) => sum + length, 0),
      'each control written for itself',
    ).toBe(19_889);
  });
});

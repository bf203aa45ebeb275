import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import file from '../../workflows/guardrails/catalogue.json' with { type: 'json' };
import { packBins } from './bins.ts';
import { type Catalogue, parseCatalogue } from './catalogue.ts';
import { type ChosenControl, chooseControls, type RequestedGuardrail } from './choose.ts';
import { type Packed, type PolicyLimits, packPolicies } from './pack.ts';
import { parsePolicy } from './policy-document.ts';

const catalogue: Catalogue = parseCatalogue(file);
const defaults = { governedRegions: ['us-east-1'], homeRegion: 'us-east-1', organizationId: 'o-exampleorg1' };
const choose = (requested: RequestedGuardrail[]): ChosenControl[] => {
  const choice = chooseControls(catalogue, requested, defaults);
  if ('errors' in choice) throw new Error(JSON.stringify(choice.errors));
  return choice.controls;
};
const idsOf = (test: (control: Catalogue['controls'][number]) => boolean): string[] =>
  catalogue.controls
    .filter((control) => control.implementation.type === 'SCP' && test(control))
    .map(({ id }) => id);
const every = choose(idsOf(() => true));
const modern: PolicyLimits = { maxPolicies: 10, maxCharacters: 10_240 };
const classic: PolicyLimits = { maxPolicies: 5, maxCharacters: 5_120 };

function packed(choices: ChosenControl[], limits: PolicyLimits): Packed {
  const result = packPolicies(choices, limits);
  if ('refused' in result) throw new Error(result.refused.reason);
  return result;
}

describe('packPolicies', () => {
  it.each([
    ['the limits of 2026', modern, 2],
    ['the limits before', classic, 4],
  ])('packs every preventive control under %s into as few policies as can be', (_name, limits, policies) => {
    const result = packed(every, limits);
    expect(result.policies).toHaveLength(policies);
    const characters = result.policies.reduce((sum, policy) => sum + policy.characters, 0);
    expect(Math.ceil(characters / limits.maxCharacters)).toBe(policies);
    for (const policy of result.policies) {
      expect(policy.characters).toBe(policy.content.length);
      expect(policy.characters).toBeLessThanOrEqual(limits.maxCharacters);
      expect(policy.policyName).toMatch(/^jetway-[0-9a-f]{12}$/);
      expect(JSON.stringify(JSON.parse(policy.content))).toBe(policy.content);
      expect(parsePolicy(policy.content).variables).toBe(true);
    }
    expect(new Set(result.policies.flatMap(({ controls }) => controls)).size).toBe(57);
  });

  it('brings the 15 controls that Control Tower puts on every OU into one policy even of the old size', () => {
    const mandatory = choose(idsOf(({ defaultScope }) => defaultScope === 'all-ous'));
    const { policies, owners } = packed(mandatory, classic);
    expect(mandatory).toHaveLength(15);
    expect(Object.keys(owners)).toHaveLength(11);
    expect(policies).toHaveLength(1);
  });

  it('writes a statement of several controls once, and says whose it is', () => {
    const ids = idsOf(({ id }) => id.startsWith('AWS-GR_CLOUDTRAIL_'));
    const { policies, owners } = packed(choose(ids), modern);
    expect(ids).toHaveLength(4);
    expect(parsePolicy(policies[0]?.content ?? '').statements).toHaveLength(1);
    expect(owners).toEqual({ GRCLOUDTRAILENABLED: [...ids].sort() });
  });

  it('has a Sid once, over all policies', () => {
    const { policies, owners } = packed(every, classic);
    const sids = policies.flatMap(({ content }) => parsePolicy(content).statements.map(({ sid }) => sid));
    expect(new Set(sids).size).toBe(sids.length);
    expect(Object.keys(owners).sort()).toEqual([...sids].sort());
  });

  it('writes parameters into the statement', () => {
    const choices = choose([
      {
        id: 'CT.MULTISERVICE.PV.1',
        parameters: {
          AllowedRegions: ['us-east-1', 'eu-west-1'],
          ExemptedActions: ['sns:Publish'],
          ExemptedPrincipalArns: ['arn:aws:iam::*:role/Deploy'],
        },
      },
      { id: 'AWS-GR_RESTRICT_ROOT_USER', parameters: { ExemptAssumeRoot: true } },
    ]);
    const [region, root] = packed(choices, modern).policies.flatMap(
      ({ content }) => JSON.parse(content).Statement as Record<string, unknown>[],
    );
    expect(root).toEqual({
      Sid: 'GRRESTRICTROOTUSER',
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: {
        ArnLike: { 'aws:PrincipalArn': 'arn:*:iam::*:root' },
        Null: { 'aws:AssumedRoot': 'true' },
      },
    });
    expect(region).toMatchObject({
      NotAction: expect.arrayContaining(['iam:*', 'sns:Publish']),
      Condition: {
        StringNotEquals: { 'aws:RequestedRegion': ['eu-west-1', 'us-east-1'] },
        ArnNotLike: { 'aws:PrincipalARN': expect.arrayContaining(['arn:aws:iam::*:role/Deploy']) },
      },
    });
  });

  it('refuses and names what does not fit', () => {
    const refused = packPolicies(every, { maxPolicies: 1, maxCharacters: 10_240 });
    expect(refused).toMatchObject({
      refused: { reason: '2 policies are needed and there is room for 1', policiesNeeded: 2 },
    });
    const left = 'refused' in refused ? refused.refused.controls : [];
    const kept = every.filter(({ control }) => !left.includes(control.id));
    expect(left.length).toBeGreaterThan(0);
    expect(packed(kept, { maxPolicies: 1, maxCharacters: 10_240 }).policies).toHaveLength(1);
  });

  it('refuses a statement that no policy can hold', () => {
    expect(
      packPolicies(choose(['AWS-GR_REGION_DENY', 'CT.EC2.PV.4']), { maxPolicies: 5, maxCharacters: 1000 }),
    ).toEqual({
      refused: {
        reason: 'a statement is longer than a policy may be (1000 characters)',
        controls: ['AWS-GR_REGION_DENY'],
        maxPolicies: 5,
        maxCharacters: 1000,
      },
    });
  });

  it('makes no policy of no control, and takes no other kind', () => {
    expect(packed([], { maxPolicies: 0, maxCharacters: 5_120 })).toEqual({
      policies: [],
      owners: {},
      arrangement: 'stable',
    });
    expect(() => packPolicies(choose(['AWS-GR_RESTRICTED_SSH']), modern)).toThrow(TypeError);
  });

  it('gives the same bytes whatever the order', () => {
    const some = fc.shuffledSubarray(every, { minLength: 1 });
    fc.assert(
      fc.property(some, fc.constantFrom(modern, classic), (choices, limits) => {
        const again = [...choices].sort(() => 0).reverse();
        expect(packPolicies(choices, limits)).toEqual(packPolicies(again, limits));
      }),
      { numRuns: 100 },
    );
  });
});

describe('packBins', () => {
  /** Tries every way to hand items out. */
  const optimum = (sizes: number[], capacity: number): number => {
    let best = sizes.length;
    const place = (at: number, free: number[]): void => {
      if (free.length >= best) return;
      if (at === sizes.length) {
        best = free.length;
        return;
      }
      const size = sizes[at] ?? 0;
      free.forEach((room, i) => {
        if (room >= size) place(at + 1, free.with(i, room - size));
      });
      place(at + 1, [...free, capacity - size]);
    };
    place(0, []);
    return best;
  };

  it('finds the fewest bins, and loses nothing', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(sizes, (list) => {
        const bins = packBins(
          list.map((size, value) => ({ size, value })),
          20,
        );
        expect(bins).toHaveLength(optimum(list, 20));
        expect(
          bins.every((bin) => bin.length > 0 && bin.reduce((sum, { size }) => sum + size, 0) <= 20),
        ).toBe(true);
        expect(bins.flatMap((bin) => bin.map(({ value }) => value)).sort((a, b) => a - b)).toEqual(
          list.map((_, i) => i),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('beats first fit decreasing where that wastes a bin', () => {
    const sizes = [6, 5, 5, 4, 4, 3, 3];
    const bins = packBins(
      sizes.map((size) => ({ size, value: size })),
      15,
    );
    expect(bins).toHaveLength(2);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StackTemplate } from '../guardrails/stack-template.ts';
import { frozen } from '../kernel/canonical-json.ts';
import { exampleSnapshot } from '../reconciliation/snapshot.fixture.ts';
import { requestWith } from '../requests/request.fixture.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import { DEFAULT_SETTINGS } from '../settings/defaults.ts';
import { Settings } from '../settings/settings.schema.ts';
import { contextWith } from './context.fixture.ts';
import { type Frozen, openTemplates } from './freeze-plan.ts';
import { planAccount } from './plan.ts';
import { outlineOf } from './plan-outline.ts';
import { planTemplate } from './plan-template.ts';
import { openRecall } from './recall.ts';

/** One team has people of its own to ask. */
const { policies } = Settings.parse({
  ...DEFAULT_SETTINGS,
  policies: [
    {
      name: 'paid',
      when: { teams: ['payments'] },
      stages: [{ name: 'first', quorum: 2, approvers: [{ requestTeam: true }] }],
    },
  ],
});
const context = contextWith({ policies });
const landingZone = {};
const recall = openRecall();

function fromScratch(request: AccountRequest, known = context): Frozen {
  const planned = planAccount(request, known);
  return 'errors' in planned ? planned : { ...frozen(planned.plan), outline: outlineOf(planned.plan) };
}

/** Without what the database makes the text of, which is compared with it. */
function withoutCast(made: Frozen): Frozen {
  if ('errors' in made || !made.cast) return made;
  const { cast, ...plan } = made;
  const { mould, values } = cast;
  expect(mould.replace(/%(?:%|(\d+)\$s)/g, (_, n) => (n ? (values[n - 1] ?? '') : '%'))).toBe(plan.planText);
  for (const value of values) expect(value).not.toMatch(/\p{Cc}/u);
  return plan;
}

/** Texts that JSON, regular expressions and replacements have a use for. */
const odd = fc.constantFrom(
  '',
  '"',
  '\\',
  '$&',
  '\u2028',
  'ü',
  '\uE000name\uE001',
  ':-987654321',
  '{}',
  '%1$s',
  '\u0001\n',
);
const own = fc.record({
  n: fc.nat(1_000),
  odd,
  team: fc.constantFrom('payments', 'search', 'team-1'),
  tags: fc.dictionary(fc.constantFrom('a', 'cost-center', 'z'), fc.constantFrom('', '4711', 'b:c')),
  used: fc.nat(9),
  eta: fc.nat(5_000),
  taken: fc.subarray(['10.0.0.0/24', '10.0.1.0/24', '10.0.16.0/20', '10.0.0.0/9']),
  obstacle: fc.constantFrom(...Array(12).fill('none'), 'expired', 'platform', 'taken', 'full'),
  ageMinutes: fc.constantFrom(1, 20, 30),
});
const shared = fc.constantFrom<Parameters<typeof requestWith>[0]>(
  {},
  { guardrails: [], access: [] },
  { blueprint: { name: 'standard', parameters: { vpc: false } } },
  { blueprint: { name: 'standard', parameters: { vpc: { size: 'small', availabilityZones: 3 } } } },
  { trafficMirroring: { profile: 'dns-only' } },
  { guardrails: ['AWS-GR_NOTHING'] },
);

describe('a plan that is kept', () => {
  it('is what planning from the start makes of it, byte for byte, whatever was planned before', () => {
    let [scratch, filled] = [0, 0];
    const freeze = openTemplates(100, (...asked) => {
      scratch++;
      return planAccount(...asked);
    });
    fc.assert(
      fc.property(shared, fc.array(own, { minLength: 3, maxLength: 10 }), (common, all) => {
        for (const { n, odd, tags, team, used, eta, taken, obstacle, ageMinutes } of all) {
          const { settings } = context;
          const request: AccountRequest = {
            ...requestWith({ ...common, team, tags }),
            // Odder than a request may be.
            account: {
              name: `account ${n} ${odd}`,
              email: obstacle === 'platform' ? settings.platformEmail : `aws+${n}${odd}@example.com`,
              organizationalUnitId: 'ou-ab12-workloads',
            },
            owner: { email: `${odd}${n}@example.com`, firstName: 'Ana', lastName: odd },
            expiresAt: obstacle === 'expired' ? '2020-01-01T00:00:00Z' : '2027-01-01T00:00:00Z',
          };
          const known = contextWith({
            policies,
            requestId: `req-${n}${odd}`,
            now: new Date(Date.parse(exampleSnapshot.takenAt) + ageMinutes * 60_000).toISOString(),
            accountsUsed: obstacle === 'full' ? 1_000 : used,
            takenBlocks: taken,
            emailTakenBy: obstacle === 'taken' ? 'another account' : undefined,
            settings: { ...settings, eta: { p50Seconds: eta, p90Seconds: 2 * eta } },
          });
          const before = scratch;
          const made = freeze(request, { ...known, recall }, landingZone);
          expect(withoutCast(made)).toEqual(fromScratch(request, known));
          if (scratch === before) filled++;
        }
      }),
      { numRuns: 30 },
    );
    expect(filled).toBeGreaterThan(30);
  });

  it('is planned from the start twice, and a third time for the template', () => {
    let scratch = 0;
    const freeze = openTemplates(100, (...asked) => {
      scratch++;
      return planAccount(...asked);
    });
    for (let n = 0; n < 10; n++) {
      const request = requestWith({ account: { name: `account-${n}`, email: `aws+${n}@example.com` } });
      expect(withoutCast(freeze(request, context, landingZone))).toEqual(fromScratch(request));
    }
    expect(scratch).toBe(3);
    // Another snapshot or other settings: nothing of it holds any more.
    freeze(requestWith(), context, {});
    expect(scratch).toBe(4);
  });

  it('comes from no template that gives other bytes than planning does', () => {
    let plans = 0;
    // What is planned depends on more than there are gaps for.
    const odd: typeof planAccount = (request, known, network) => {
      plans++;
      const { templateBaseUrl } = known.settings;
      const settings = {
        ...known.settings,
        templateBaseUrl: `${templateBaseUrl}/${request.owner.email.length}`,
      };
      return planAccount(request, { ...known, settings }, network);
    };
    const freeze = openTemplates(100, odd);
    for (let n = 0; n < 5; n++) {
      const made = freeze(requestWith(), context, landingZone);
      expect('planText' in made && made.planText).toContain('https://artifacts.example.com/15"');
    }
    expect(plans).toBe(6);
  });

  it('has a template for every blueprint that is shipped', () => {
    for (const name of context.blueprints.keys()) {
      const request = requestWith({ blueprint: { name, parameters: {} } });
      expect([name, planTemplate(request, context, planAccount)?.gaps.length]).toEqual([
        name,
        expect.any(Number),
      ]);
    }
  });

  it('has none where a stack decides by what is filled in', () => {
    const decides = (condition: unknown) => {
      const stackTemplates = new Map(
        [...context.stackTemplates].map(([digest, template]): [string, StackTemplate] =>
          template.Parameters && 'OwnerEmail' in template.Parameters
            ? [digest, { ...template, Conditions: { Decides: condition } }]
            : [digest, template],
        ),
      );
      const budget = { name: 'standard', parameters: { budget: { monthlyLimitUsd: 100 } } };
      return planTemplate(requestWith({ blueprint: budget }), contextWith({ stackTemplates }), planAccount);
    };
    expect(decides({ 'Fn::Equals': [{ Ref: 'OwnerEmail' }, ''] })).toBeDefined();
    expect(decides({ 'Fn::Equals': [{ Ref: 'OwnerEmail' }, 'ana@example.com'] })).toBeUndefined();
    expect(decides({ 'Fn::Equals': [{ 'Fn::Sub': '${OwnerEmail}' }, ''] })).toBeUndefined();
  });
});

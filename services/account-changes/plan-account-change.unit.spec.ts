import { describe, expect, it } from 'vitest';
import { contextWith } from '../planning/context.fixture.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import { requestWith } from '../requests/request.fixture.ts';
import { made, planned, today, vpc } from './account-change.fixture.ts';
import { AccountChangePlan } from './account-change.schema.ts';
import { planAccountChange } from './plan-account-change.ts';

const known = contextWith();
const SSH = 'AWS-GR_RESTRICTED_SSH';
type Plan = Omit<AccountPlan, 'digest'>;
type Component = AccountPlan['components'][number];

const change = (before: Plan, after: AccountPlan, knowing: Partial<typeof known> = {}) =>
  planAccountChange({
    requestId: 'req-change',
    accountId: '444455556666',
    from: { requestId: made.requestId, planDigest: made.digest },
    before,
    wanted: requestWith(),
    after,
    known: { ...known, ...knowing },
  });
function sound(before: Plan, after: AccountPlan, knowing: Partial<typeof known> = {}) {
  const result = change(before, after, knowing);
  if ('errors' in result) throw new Error(JSON.stringify(result.errors));
  return result.plan;
}
const refusals = (before: Plan, after: AccountPlan, knowing: Partial<typeof known> = {}) => {
  const result = change(before, after, knowing);
  return 'errors' in result ? result.errors : [];
};
/** The same plan with components of this name replaced. */
const withComponent = <P extends Plan>(plan: P, name: string, changes: Partial<Component>): P => ({
  ...plan,
  components: plan.components.map((one) => (one.name === name ? { ...one, ...changes } : one)),
});
const OLD = `sha256:${'9'.repeat(64)}`;

describe('the plan of a change', () => {
  it('is frozen, whole, and the same for the same plans', () => {
    const plan = sound(made, today({ guardrails: [SSH] }));
    expect(AccountChangePlan.parse(plan)).toEqual(plan);
    expect(sound(made, today({ guardrails: [SSH] }))).toEqual(plan);
    expect(plan.target).toMatchObject({ requestId: made.requestId, product: made.product });
    expect(plan.target).not.toHaveProperty('digest');
  });

  it('changes the stacks that differ, and instances in their set', () => {
    const { work } = sound(made, today({ guardrails: [SSH] }));
    expect(work).toMatchObject({
      changed: [
        {
          name: 'guardrails-detective',
          stackName: 'jetway-guardrails-detective',
          announced: { replaces: [], removes: ['RuleAWSGRENCRYPTEDVOLUMES'] },
        },
      ],
      created: [],
      removed: [],
      instancesChanged: [{ name: 'guardrails-detective', region: 'eu-west-1' }],
      instancesRemoved: [],
    });
  });

  it('makes and removes the rules’ stacks as a whole', () => {
    const none = today({ guardrails: [] });
    const gone = sound(made, none);
    expect(gone.work).toMatchObject({
      changed: [],
      removed: [{ name: 'guardrails-detective', stackName: 'jetway-guardrails-detective' }],
      instancesRemoved: [{ name: 'guardrails-detective', regions: ['eu-west-1'] }],
    });
    expect(gone.warnings.join()).not.toContain('made anew');
    expect(sound(none, today()).work).toMatchObject({
      created: ['guardrails-detective'],
      instancesRemoved: [],
    });
  });

  it('takes off the policies that go, after those that come are on', () => {
    const before = today({ guardrails: ['AWS-GR_RESTRICT_ROOT_USER'] });
    const { work, target } = sound(before, today({ guardrails: [] }));
    const names = target.guardrails.preventive.map((one) => one.policyName);
    expect(work.detached.length).toBeGreaterThan(0);
    for (const { policyName } of work.detached) expect(names).not.toContain(policyName);
  });

  it('makes instances anew for another template, and says that there is a gap', () => {
    const before: Plan = {
      ...made,
      components: made.components.map((one) =>
        one.name === 'event-forwarding'
          ? {
              ...one,
              version: '1.0.0',
              templateDigest: OLD,
              ...(one.stackSetName ? { stackSetName: 'jetway-event-forwarding-999999999999' } : {}),
            }
          : one,
      ),
    };
    const { work, warnings } = sound(before, today());
    expect(work).toMatchObject({
      changed: [{ name: 'event-forwarding' }],
      instancesChanged: [],
      instancesRemoved: [
        {
          name: 'event-forwarding',
          stackSetName: 'jetway-event-forwarding-999999999999',
          regions: ['eu-west-1'],
        },
      ],
    });
    expect(warnings).toContain(
      'event-forwarding in eu-west-1 is deleted and made anew: it is not there for some minutes.',
    );
  });

  it('touches no stack of what is only verified', () => {
    const before = withComponent(made, 'config', { version: '0.9.0' });
    expect(sound(before, today()).work).toMatchObject({ changed: [], created: [], removed: [] });
  });
});

describe('what CloudFormation may do', () => {
  const announcedOf = (before: Plan, after: AccountPlan, knowing: Partial<typeof known> = {}) =>
    sound(before, after, knowing).work.changed.find(({ name }) => name === 'vpc')?.announced;

  it('is anything where the addresses change', () => {
    expect(announcedOf(made, today(vpc({ size: 'small' })))?.replaces).toEqual(['*']);
  });

  it('is to remove what parameters switch off, by name', () => {
    const before = today(vpc({ natGateway: true }));
    const announced = announcedOf(before, today());
    expect(announced?.removes).toEqual(
      expect.arrayContaining(['Nat', 'NatAddress', 'PrivateDefaultRoute', 'PublicSubnet1']),
    );
    expect(announced?.removes).not.toContain('Vpc');
    expect(announcedOf(made, today(vpc({ natGateway: true })))?.removes).toEqual([]);
  });

  it('is anything where subnets go and the template is another one', () => {
    const before = withComponent(today(vpc({ natGateway: true })), 'vpc', { templateDigest: OLD });
    expect(announcedOf(before, today())?.removes).toEqual(['*']);
  });

  it('is what the component says of upgrades from below a version, and nothing else', () => {
    const standard = known.blueprints.get('standard')!;
    const upgrades = [
      { below: '1.1.0', replaces: ['Vpc'], removes: ['Old'] },
      { below: '1.0.5', replaces: [], removes: ['Older'] },
    ];
    const components = standard.components.map((one) =>
      one.component.name === 'vpc' ? { ...one, component: { ...one.component, upgrades } } : one,
    );
    const blueprints = new Map([['standard', { ...standard, components }]]);
    const from = (version: string) =>
      announcedOf(withComponent(made, 'vpc', { version, templateDigest: OLD }), today(), { blueprints });
    expect(from('1.0.9')).toEqual({ replaces: ['Vpc'], removes: ['Old'] });
    expect(from('1.0.4')).toEqual({ replaces: ['Vpc'], removes: ['Old', 'Older'] });
    expect(from('1.1.0')).toEqual({ replaces: [], removes: [] });
    expect(from('0.10.0')?.removes).toEqual(['Old', 'Older']);
  });
});

describe('a change is refused', () => {
  it.each(['deploy', 'verify'] as const)('when a component that was %s becomes the other', (mode) => {
    const other: typeof mode = mode === 'deploy' ? 'verify' : 'deploy';
    const [before, after] = ([mode, other] as const).map((one) =>
      withComponent(made, 'config', { mode: one }),
    );
    expect(refusals(before as Plan, after as AccountPlan)).toEqual([
      { pointer: '/blueprint/name', message: expect.stringMatching(/^config is .* without a gap$/) },
    ]);
  });

  it('when the role that makes the stacks would go', () => {
    const after = { ...made, components: made.components.filter((one) => one.name !== 'execution-role') };
    expect(refusals(made, after)).toMatchObject([{ message: expect.stringContaining('execution-role') }]);
  });

  it('when other people would get in, or with other rights', () => {
    const [access] = made.access;
    if (!access) throw new Error('the plan has no access');
    const pointer = '/blueprint/parameters/identity-center';
    expect(refusals({ ...made, access: [] }, today())).toEqual([
      {
        pointer,
        message: expect.stringContaining(`${access.principal} with ${access.permissionSet} is new`),
      },
    ]);
    const less = made.permissionSets.map((one) => ({ ...one, sessionDuration: 'PT1H' }));
    expect(refusals({ ...made, permissionSets: less }, today()).map((e) => e.pointer)).toEqual([pointer]);
    // A permission set that had to be made for the vend is there by now.
    const unmade = made.permissionSets.map(({ permissionSetArn: _, ...one }) => one);
    expect(refusals({ ...made, permissionSets: unmade }, today())).toEqual([]);
  });

  it('when old and new policies have no room side by side', () => {
    const policy = (policyName: string) => ({ policyName, characters: 2, controls: [], content: '{}' });
    const many: Plan = {
      ...made,
      guardrails: { ...made.guardrails, preventive: Array.from({ length: 9 }, (_, i) => policy(`old-${i}`)) },
    };
    expect(refusals(many, today()).at(0)).toEqual({
      pointer: '/guardrails',
      message: expect.stringMatching(/takes \d+ slots for a while, but 8 are free .*10 policies/),
    });
  });

  it('when the old policies would deny the workflow what the new plan needs', () => {
    const content = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Sid: 'NoVpc', Effect: 'Deny', Action: 'ec2:CreateVpc', Resource: '*' }],
    });
    const before: Plan = {
      ...today({ blueprint: { name: 'standard', parameters: { vpc: false } } }),
      guardrails: {
        ...made.guardrails,
        preventive: [{ policyName: 'jetway-000000000000', characters: 90, controls: ['X'], content }],
      },
    };
    expect(refusals(before, today())).toEqual([
      { pointer: '/guardrails', message: expect.stringContaining('would deny ec2:CreateVpc') },
    ]);
    expect(refusals({ ...before, guardrails: made.guardrails }, today())).toEqual([]);
  });

  it('when its plan is too long for an execution', () => {
    const long = planned();
    const warnings = Array.from({ length: 2_000 }, (_, i) => `${i} ${'x'.repeat(100)}`);
    expect(refusals(made, { ...long, warnings })).toMatchObject([
      { message: expect.stringContaining('the limit is') },
    ]);
  });
});

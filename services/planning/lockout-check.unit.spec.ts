import { describe, expect, it } from 'vitest';
import { RESOURCE_CALLS } from '../guardrails/resource-calls.ts';
import { exampleSnapshot, snapshotWith } from '../reconciliation/snapshot.fixture.ts';
import type { OrganizationSnapshot } from '../reconciliation/snapshot.schema.ts';
import { requestWith } from '../requests/request.fixture.ts';
import { contextWith } from './context.fixture.ts';
import { planAccount } from './plan.ts';

const context = contextWith();
const preventive = context.catalogue.controls.filter((c) => c.implementation.type === 'SCP');
const WORKLOADS = 'ou-ab12-workloads';

type Change = Parameters<typeof requestWith>[0];
const errorsOf = (change: Change, changed: Parameters<typeof contextWith>[0] = {}) => {
  const planned = planAccount(requestWith(change), contextWith(changed));
  return 'errors' in planned ? planned.errors : [];
};
const vpc = (tiers: string[]) => ({ blueprint: { name: 'standard', parameters: { vpc: { tiers } } } });

/** The example with a policy attached to a unit. */
const attached = (unitId: string, content: string | undefined): OrganizationSnapshot =>
  snapshotWith({
    units: exampleSnapshot.units.map((u) =>
      u.id === unitId ? { ...u, policies: [...u.policies, { id: 'p-corporate1', name: 'corporate' }] } : u,
    ),
    policies: [
      ...exampleSnapshot.policies,
      { id: 'p-corporate1', name: 'corporate', ...(content === undefined ? {} : { content }) },
    ],
  });
const denying = (statement: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', Resource: '*', ...statement }] });

describe('guardrails that would deny the workflow a call of its own', () => {
  const LOCKING = 'AWS-GR_DISALLOW_VPC_INTERNET_ACCESS';
  const alone = (id: string) => errorsOf({ guardrails: [id], ...vpc(['public', 'private']) });

  it('are refused with the control, the statement and the calls', () => {
    expect(alone(LOCKING)).toEqual([
      {
        pointer: '/guardrails',
        message: expect.stringMatching(
          /^AWS-GR_DISALLOW_VPC_INTERNET_ACCESS: statement GRDISALLOWVPCINTERNETACCESS of policy jetway-[0-9a-f]{12} on the account would deny ec2:CreateInternetGateway, ec2:AttachInternetGateway to the workflow itself \(as jetway-execution\)/,
        ),
      },
    ]);
  });

  // Each a plan of its own: together they would be one slow test.
  it.each(preventive.map(({ id }) => id).filter((id) => id !== LOCKING))('are not: %s', (id) => {
    expect(alone(id)).toEqual([]);
  });

  it('are not those that deny only what this plan does not do', () => {
    const guardrails = ['AWS-GR_DISALLOW_VPC_INTERNET_ACCESS'];
    expect(errorsOf({ guardrails, ...vpc(['private', 'isolated']) })).toEqual([]);
  });

  it('are found together: one message for each statement', () => {
    const unit = denying({ Sid: 'NoRules', Action: ['config:PutConfigRule', 'config:DescribeConfigRules'] });
    const errors = errorsOf(
      {
        guardrails: ['AWS-GR_DISALLOW_VPC_INTERNET_ACCESS', 'AWS-GR_RESTRICTED_SSH'],
        ...vpc(['public']),
      },
      { snapshot: attached(WORKLOADS, unit) },
    );
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual([
      '/account/organizationalUnitId',
      '/guardrails',
    ]);
  });
});

describe('a policy on the chain of units', () => {
  it.each([
    [WORKLOADS, 'Workloads (ou-ab12-workloads)'],
    ['r-ab12', 'the root (r-ab12)'],
  ])('that denies a call is named with its statement and its target: %s', (target, where) => {
    const content = denying({ Sid: 'NoStacks', Action: 'cloudformation:CreateStack' });
    expect(errorsOf({}, { snapshot: attached(target, content) })).toEqual([
      {
        pointer: '/account/organizationalUnitId',
        message: `statement NoStacks of policy corporate on ${where} would deny cloudformation:CreateStack to the workflow itself (as AWSControlTowerExecution, jetway-execution), so it could not finish`,
      },
    ]);
  });

  it('that denies what CloudFormation makes is found too, also for the first hop', () => {
    const content = denying({
      Sid: 'NoRoles',
      Action: 'iam:CreateRole',
      Resource: 'arn:aws:iam::*:role/jetway-*',
    });
    expect(errorsOf({}, { snapshot: attached(WORKLOADS, content) })[0]?.message).toContain(
      'would deny iam:CreateRole to the workflow itself (as AWSControlTowerExecution, jetway-execution, stacksets-exec-',
    );
  });

  it('that denies what a function of a stack does is found too', () => {
    const content = denying({ Sid: 'NoDefaults', Action: 'ec2:ModifyInstanceMetadataDefaults' });
    expect(errorsOf({}, { snapshot: attached(WORKLOADS, content) })[0]?.message).toMatch(
      /would deny ec2:ModifyInstanceMetadataDefaults to the workflow itself \(as jetway-security-baseline-us-east-1/,
    );
  });

  it('that spares the builders, or another unit’s, is none of our business', () => {
    const spared = denying({
      Action: '*',
      Condition: {
        ArnNotLike: {
          'aws:PrincipalArn': [
            'arn:aws:iam::*:role/AWSControlTowerExecution',
            'arn:aws:iam::*:role/jetway-*',
            'arn:aws:iam::*:role/stacksets-exec-*',
          ],
        },
      },
    });
    expect(errorsOf({}, { snapshot: attached(WORKLOADS, spared) })).toEqual([]);
    const elsewhere = attached('ou-ab12-sandboxes', denying({ Action: '*' }));
    expect(errorsOf({}, { snapshot: elsewhere })).toEqual([]);
  });

  it('whose content is not known, or cannot be decided, is refused as what it is', () => {
    expect(errorsOf({}, { snapshot: attached(WORKLOADS, undefined) })[0]).toEqual({
      pointer: '/account/organizationalUnitId',
      message: expect.stringMatching(
        /^policy corporate on Workloads \(ou-ab12-workloads\) may deny .* and \d+ more to the workflow itself .*: policy corporate cannot be read: its content is not known$/,
      ),
    });
    const clock = denying({
      Action: '*',
      Condition: { DateGreaterThan: { 'aws:CurrentTime': '2030-01-01T00:00:00Z' } },
    });
    expect(errorsOf({}, { snapshot: attached(WORKLOADS, clock) })[0]?.message).toContain(
      'aws:CurrentTime is not given',
    );
  });

  it('that allows too little denies, without a statement to name', () => {
    const units = exampleSnapshot.units.map((u) =>
      u.id === WORKLOADS ? { ...u, policies: [{ id: 'p-onlys3only', name: 'only-s3' }] } : u,
    );
    const content =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}';
    const policies = [...exampleSnapshot.policies, { id: 'p-onlys3only', name: 'only-s3', content }];
    expect(errorsOf({}, { snapshot: snapshotWith({ units, policies }) })[0]?.message).toMatch(
      /^no policy attached to ou-ab12-workloads allows the action: .* and \d+ more are denied to the workflow itself/,
    );
  });
});

describe('what is checked', () => {
  it('has the calls of both hops', () => {
    const roles = context.callsAfterGuardrails.map((call) => call.principalArn.split('/')[1]);
    expect(new Set(roles)).toEqual(
      new Set(['AWSControlTowerExecution', 'jetway-execution', 'jetway-mirror']),
    );
  });

  it('has every type of resource in a published template', () => {
    const types = [...context.stackTemplates.values()].flatMap(({ Resources }) =>
      Object.values(Resources).map(({ Type }) => Type),
    );
    const unknown = [...new Set(types)].filter(
      (type) => !type.startsWith('Custom::') && RESOURCE_CALLS[type] === undefined,
    );
    expect(unknown, 'add it to services/guardrails/resource-calls.ts').toEqual([]);
  });

  it('says which types of resources it does not know', () => {
    const [[digest, template] = ['', { Resources: {} }]] = [...context.stackTemplates].filter(([, one]) =>
      Object.values(one.Resources).some(({ Type }) => Type === 'AWS::Budgets::Budget'),
    );
    const strange = { ...template, Resources: { X: { Type: 'Acme::Thing::One' } } };
    const stackTemplates = new Map([...context.stackTemplates, [digest, strange]]);
    const planned = planAccount(requestWith({}), contextWith({ stackTemplates }));
    expect('plan' in planned && planned.plan.warnings).toContain(
      'Whether the guardrails let CloudFormation make Acme::Thing::One was not checked.',
    );
  });
});

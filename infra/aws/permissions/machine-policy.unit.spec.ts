import { describe, expect, it } from 'vitest';
import { FORBIDDEN_ACTIONS } from '../../../workflows/asl/actions.ts';
import { DEFINITIONS } from '../../../workflows/definitions.ts';
import { DEPENDENT_ACTIONS, LEFT_OUT, MACHINE_ACTIONS } from './dependent-actions.ts';
import { calledActions, machinePolicy, takenRoles } from './machine-policy.ts';
import type { Place, Statement } from './statement.ts';

const place: Place = {
  partition: 'aws',
  region: 'us-east-1',
  managementAccountId: '111122223333',
  organizationId: 'o-exampleorg1',
  productId: 'prod-4lvf3xq7m2kza',
  inboxArn: 'arn:aws:sqs:us-east-1:111122223333:jetway-inbox',
  inboxKeyArn: 'arn:aws:kms:us-east-1:111122223333:key/1',
  artifactBucket: 'jetway-artifacts-111122223333-us-east-1',
};
const policyOf = (name: string): Statement[] => {
  const found = DEFINITIONS.find((one) => one.name === name);
  if (!found) throw new Error(`no machine ${name}`);
  return machinePolicy(found.definition, place);
};
const granted = (statements: readonly Statement[]) => [
  ...new Set(statements.flatMap(({ Action }) => Action)),
];

describe.each(DEFINITIONS.map((one) => [one.name, one.definition] as const))(
  'the role of %s',
  (name, definition) => {
    const statements = policyOf(name);
    const called = calledActions(definition);
    const needed = DEPENDENT_ACTIONS.filter(({ calls }) => calls.some((call) => called.includes(call)));

    it('may do what its states call and what that needs, and nothing else', () => {
      const assumes = takenRoles(definition).length > 0 ? ['sts:AssumeRole'] : [];
      const expected = [
        ...called,
        ...needed.flatMap(({ actions }) => actions),
        ...MACHINE_ACTIONS.actions,
        ...assumes,
      ];
      expect(granted(statements).sort()).toEqual([...new Set(expected)].sort());
    });

    it('names every action in full', () => {
      for (const action of granted(statements)) expect(action).toMatch(/^[a-z0-9-]+:[A-Za-z]+$/);
    });

    it('takes roles of this organization only', () => {
      for (const { Condition } of statements.filter(({ Action }) => Action.includes('sts:AssumeRole')))
        expect(Condition).toEqual({ StringEquals: { 'aws:ResourceOrgID': place.organizationId } });
    });

    it('fits into one role', () => {
      // All inline policies of a role together; IAM does not count white space.
      expect(JSON.stringify(statements).length).toBeLessThan(10_240);
    });
  },
);

describe('what nobody may do', () => {
  it('ends, removes or lets go of no account when it vends', () => {
    const names = granted(policyOf('account-vending')).map((action) => action.split(':')[1]);
    for (const forbidden of [...FORBIDDEN_ACTIONS, 'TerminateProvisionedProduct', 'DeregisterManagedAccount'])
      expect(names).not.toContain(forbidden);
    expect(
      granted(policyOf('account-vending')).filter((action) =>
        /:Delete(?!StackInstances|LogDelivery)/.test(action),
      ),
    ).toEqual([]);
  });

  it('gives no role what was left out on purpose', () => {
    const all = new Set(DEFINITIONS.flatMap(({ name }) => granted(policyOf(name))));
    for (const { action } of LEFT_OUT) expect(all).not.toContain(action);
  });

  it('lets only the machines that attach our policies to accounts do so', () => {
    for (const { Resource, Condition } of policyOf('account-vending').filter(({ Action }) =>
      Action.includes('organizations:AttachPolicy'),
    )) {
      expect(Resource.join(' ')).not.toMatch(/:(root|ou)\//);
      expect(Condition).toEqual({ StringEquals: { 'organizations:PolicyType': 'SERVICE_CONTROL_POLICY' } });
    }
  });

  it('has stack sets made from our own templates only', () => {
    const [made] = policyOf('account-vending').filter(({ Action }) =>
      Action.includes('cloudformation:CreateStackSet'),
    );
    expect(made?.Condition).toEqual({
      StringLike: {
        'cloudformation:TemplateUrl':
          'https://jetway-artifacts-111122223333-us-east-1.s3.us-east-1.amazonaws.com/*',
      },
    });
  });
});

describe('the table of dependent actions', () => {
  const everyCall = new Set(DEFINITIONS.flatMap(({ definition }) => calledActions(definition)));

  it('has no row whose call nobody makes', () => {
    for (const { calls, actions } of DEPENDENT_ACTIONS)
      expect(
        calls.filter((call) => everyCall.has(call)),
        actions.join(' '),
      ).not.toEqual([]);
  });

  it('says of each row why, and where it was read', () => {
    for (const { why, source } of [...DEPENDENT_ACTIONS, MACHINE_ACTIONS]) {
      expect(why.length).toBeGreaterThan(20);
      expect(source.length).toBeGreaterThan(20);
    }
  });
});

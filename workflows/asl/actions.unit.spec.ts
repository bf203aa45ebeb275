import { describe, expect, it } from 'vitest';
import { accountVending } from '../account-vending/definition.ts';
import { actionsUsed } from './actions.ts';
import { expr } from './expression.ts';
import { machine } from './machine.ts';
import { sdk } from './sdk.ts';

describe('actionsUsed', () => {
  it('names every call once, with whose rights it is made', () => {
    const used = actionsUsed(accountVending).map(
      ({ service, action, credentials }) => `${service}:${action} ${credentials}`,
    );
    expect(used).toEqual([...new Set(used)]);
    expect(used).toContain('sqs:SendMessage none');
    expect(used).toContain('servicecatalog:ProvisionProduct none');
    expect(used).toContain('cloudformation:CreateStack AWSControlTowerExecution');
    expect(used).toContain('config:DescribeConfigRules jetway-execution');
  });

  it('uses the first role of the account for stacks alone', () => {
    const first = actionsUsed(accountVending).filter(
      (used) => used.credentials === 'AWSControlTowerExecution',
    );
    expect(new Set(first.map((used) => used.service))).toEqual(new Set(['cloudformation']));
  });

  it('refuses a role that nobody has thought about', () => {
    const state = sdk('sts:getCallerIdentity' as 'config:x', { as: expr("'arn:aws:iam::1:role/Admin'") });
    const definition = machine({ comment: '', startAt: 'A', stages: [{ A: state }] });
    expect(() => actionsUsed(definition)).toThrow('role/Admin');
  });
});

import { describe, expect, it } from 'vitest';
import { exampleContext } from './plan.fixture.ts';
import { plannedReadBack, ReadBack } from './read-back.ts';

const at = (region: string, outputs: Record<string, string>, given: Record<string, string | string[]> = {}) =>
  plannedReadBack(ReadBack.parse({ outputs }), given, { region, context: exampleContext })?.outputs;

describe('outputs that are read back', () => {
  it('are filled from pseudo parameters, the plan and the parameters; the account is not known yet', () => {
    const outputs = {
      Arn: 'arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${parameters.name}',
      Owner: '${context.ownerEmail}',
      Names: '${parameters.names}',
    };
    expect(at('us-east-1', outputs, { name: 'alerts', names: ['a', 'b'] })).toEqual({
      Arn: 'arn:aws:sns:us-east-1:{accountId}:alerts',
      Owner: 'ana@example.com',
      Names: 'a,b',
    });
  });

  it('are left out when the plan lacks a value, and in other Regions than home', () => {
    expect(at('us-east-1', { Cidr: '${network.vpcCidr}', Name: '${parameters.name}' })).toBeUndefined();
    expect(at('us-east-1', { Cidr: '${network.vpcCidr}', Name: 'x' })).toEqual({ Name: 'x' });
    expect(at('eu-west-1', { Name: 'x' })).toBeUndefined();
  });
});

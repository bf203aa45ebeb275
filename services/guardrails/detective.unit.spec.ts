import { describe, expect, it } from 'vitest';
import file from '../../workflows/guardrails/catalogue.json' with { type: 'json' };
import { parseCatalogue } from './catalogue.ts';
import { chooseControls, type RequestedGuardrail } from './choose.ts';
import { detectiveControls, enableParameter, parameterOf, planDetective, ruleNameOf } from './detective.ts';

const catalogue = parseCatalogue(file);
const defaults = { governedRegions: ['us-east-1'], homeRegion: 'us-east-1', organizationId: 'o-exampleorg1' };
const plan = (requested: RequestedGuardrail[]) => {
  const choice = chooseControls(catalogue, requested, defaults);
  if ('errors' in choice) throw new Error(JSON.stringify(choice.errors));
  return planDetective(catalogue.controls, choice.controls, {
    regions: ['us-east-1', 'eu-west-1'],
    homeRegion: 'us-east-1',
    auditAccountId: '333344445555',
  });
};

describe('planDetective', () => {
  it('plans a rule for each control, in the order of ids', () => {
    const ports = { blockedPort1: 22, blockedPort2: '' };
    const { rules } = plan([
      'AWS-GR_RESTRICTED_SSH',
      'AWS-GR_REGION_DENY',
      { id: 'AWS-GR_RESTRICTED_COMMON_PORTS', parameters: ports },
    ]);
    expect(rules).toEqual([
      {
        ruleName: 'jetway-aws-gr-restricted-common-ports',
        control: 'AWS-GR_RESTRICTED_COMMON_PORTS',
        sourceIdentifier: 'RESTRICTED_INCOMING_TRAFFIC',
        parameters: { blockedPort1: '22', blockedPort3: '3389', blockedPort4: '3306', blockedPort5: '4333' },
        regions: ['us-east-1', 'eu-west-1'],
      },
      {
        ruleName: 'jetway-aws-gr-restricted-ssh',
        control: 'AWS-GR_RESTRICTED_SSH',
        sourceIdentifier: 'INCOMING_SSH_DISABLED',
        parameters: {},
        regions: ['us-east-1', 'eu-west-1'],
      },
    ]);
  });

  it('switches on what is asked for, and nothing else', () => {
    const { stackParameters } = plan(['AWS-GR_RESTRICTED_SSH']);
    const enabled = Object.entries(stackParameters).filter(([, value]) => value === 'true');
    expect(enabled).toEqual([['EnableAWSGRRESTRICTEDSSH', 'true']]);
    expect(Object.keys(stackParameters).filter((name) => name.startsWith('Enable'))).toHaveLength(33);
  });

  it('gives one parameter to several inputs', () => {
    const id = 'AWS-GR_S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC';
    const { rules, stackParameters } = plan([{ id, parameters: { MaximumExecutionFrequency: 'Six_Hours' } }]);
    expect(Object.values(rules[0]?.parameters ?? {})).toEqual(['True', 'True', 'True', 'True']);
    expect(stackParameters[parameterOf(id, 'MaximumExecutionFrequency')]).toBe('Six_Hours');
    expect(stackParameters[parameterOf(id, 'PublicAccessBlockSetting')]).toBe('True');
  });

  it('plans our own rule in the home Region, where Config records roles', () => {
    const parameters = { trustedAccounts: '999900001111' };
    const { rules, stackParameters } = plan([{ id: 'JETWAY-GR_ROLE_TRUST', parameters }]);
    expect(rules).toEqual([
      {
        ruleName: 'jetway-jetway-gr-role-trust',
        control: 'JETWAY-GR_ROLE_TRUST',
        sourceIdentifier: 'jetway-role-trust',
        parameters: {
          trustedAccounts: '999900001111',
          trustedProviders: 'arn:aws:iam::*:saml-provider/AWSSSO_*_DO_NOT_DELETE',
        },
        regions: ['us-east-1'],
      },
    ]);
    expect(stackParameters).toMatchObject({ HomeRegion: 'us-east-1', AuditAccountId: '333344445555' });
    const odd = chooseControls(
      catalogue,
      [{ id: 'JETWAY-GR_ROLE_TRUST', parameters: { trustedAccounts: '12' } }],
      defaults,
    );
    expect(odd).toMatchObject({
      errors: [{ message: expect.stringContaining('"12" does not match') }],
    });
  });

  it('has names that Config and CloudFormation take, each once', () => {
    const controls = detectiveControls(catalogue.controls);
    expect(controls).toHaveLength(33);
    for (const { id } of controls) {
      expect(ruleNameOf(id)).toMatch(/^jetway-[a-z0-9-]{1,121}$/);
      expect(enableParameter(id)).toMatch(/^[A-Za-z0-9]{1,255}$/);
    }
    expect(new Set(controls.map(({ id }) => ruleNameOf(id))).size).toBe(33);
    expect(new Set(controls.map(({ id }) => enableParameter(id))).size).toBe(33);
  });
});

import { describe, expect, it } from 'vitest';
import file from '../../workflows/guardrails/catalogue.json' with { type: 'json' };
import { parseCatalogue } from './catalogue.ts';
import { chooseControls, type RequestedGuardrail } from './choose.ts';
import { evaluatePolicies, type PolicyRequest } from './evaluate.ts';
import { guardrailLevel } from './simulate.ts';

const catalogue = parseCatalogue(file);
const defaults = { governedRegions: ['us-east-1'], homeRegion: 'us-east-1', organizationId: 'o-exampleorg1' };
const account = '444455556666';
const ana = `arn:aws:sts::${account}:assumed-role/Developer/ana`;

const ask = (requested: RequestedGuardrail[], request: Partial<PolicyRequest>) => {
  const choice = chooseControls(catalogue, requested, defaults);
  if ('errors' in choice) throw new Error(JSON.stringify(choice.errors));
  const question = {
    action: 's3:PutObject',
    resource: '*',
    principalArn: ana,
    accountId: account,
    region: 'us-east-1',
  };
  return evaluatePolicies([guardrailLevel(choice.controls, account)], { ...question, ...request });
};
const root = `arn:aws:iam::${account}:root`;

type Case = [string, RequestedGuardrail, Partial<PolicyRequest>, string];
const cases: Case[] = [
  [
    'a Region that is not governed',
    'AWS-GR_REGION_DENY',
    { action: 'ec2:RunInstances', region: 'eu-west-1' },
    'denied',
  ],
  ['a governed Region', 'AWS-GR_REGION_DENY', { action: 'ec2:RunInstances' }, 'allowed'],
  ['a global service', 'AWS-GR_REGION_DENY', { action: 'iam:CreateRole', region: 'eu-west-1' }, 'allowed'],
  [
    'a Region that is not told',
    'AWS-GR_REGION_DENY',
    { action: 'ec2:RunInstances', region: undefined },
    'unknown',
  ],
  ['the root user', 'AWS-GR_RESTRICT_ROOT_USER', { principalArn: root }, 'denied'],
  ['anyone else', 'AWS-GR_RESTRICT_ROOT_USER', {}, 'allowed'],
  [
    'a root session, spared',
    { id: 'AWS-GR_RESTRICT_ROOT_USER', parameters: { ExemptAssumeRoot: true } },
    { principalArn: `arn:aws:sts::${account}:assumed-root/x` },
    'allowed',
  ],
  ['a delete without MFA', 'AWS-GR_RESTRICT_S3_DELETE_WITHOUT_MFA', { action: 's3:DeleteObject' }, 'denied'],
  [
    'a delete with MFA',
    'AWS-GR_RESTRICT_S3_DELETE_WITHOUT_MFA',
    { action: 's3:DeleteObject', context: { 'aws:MultiFactorAuthPresent': 'true' } },
    'allowed',
  ],
  [
    'an open function permission',
    'CT.LAMBDA.PV.2',
    {
      action: 'lambda:AddPermission',
      resource: `arn:aws:lambda:us-east-1:${account}:function:f`,
      context: { 'lambda:Principal': '*' },
    },
    'denied',
  ],
  [
    'a function permission for the own account',
    'CT.LAMBDA.PV.2',
    {
      action: 'lambda:AddPermission',
      resource: `arn:aws:lambda:us-east-1:${account}:function:f`,
      context: { 'lambda:Principal': account },
    },
    'allowed',
  ],
  [
    'an unencrypted volume',
    'CT.EC2.PV.2',
    {
      action: 'ec2:AttachVolume',
      resource: `arn:aws:ec2:us-east-1:${account}:volume/vol-1`,
      context: { 'ec2:Encrypted': 'false' },
    },
    'denied',
  ],
  [
    'a landing-zone tag',
    'AWS-GR_CONFIG_AGGREGATION_CHANGE_PROHIBITED',
    { action: 'config:TagResource', context: { 'aws:TagKeys': ['x', 'aws-control-tower'] } },
    'denied',
  ],
  [
    'a plain request, to a resource policy',
    'CT.S3.PV.5',
    { context: { 'aws:SecureTransport': 'false' } },
    'denied',
  ],
  [
    'a bucket spared from a resource policy',
    { id: 'CT.S3.PV.6', parameters: { ExemptedResourceArns: ['arn:aws:s3:::open/*'] } },
    { resource: 'arn:aws:s3:::open/x' },
    'allowed',
  ],
  [
    'a bucket not spared',
    { id: 'CT.S3.PV.6', parameters: { ExemptedResourceArns: ['arn:aws:s3:::open/*'] } },
    { resource: 'arn:aws:s3:::shut/x' },
    'denied',
  ],
  [
    'a detective control',
    'AWS-GR_RESTRICTED_SSH',
    { action: 'ec2:AuthorizeSecurityGroupIngress' },
    'allowed',
  ],
];

describe('guardrailLevel', () => {
  it.each(cases)('%s', (_name, guardrail, request, decision) => {
    const answer = ask([guardrail], request);
    expect(answer.decision).toBe(decision);
    const id = typeof guardrail === 'string' ? guardrail : guardrail.id;
    if (decision === 'denied') expect(answer.by.map(({ policyName }) => policyName)).toEqual([id]);
  });
});

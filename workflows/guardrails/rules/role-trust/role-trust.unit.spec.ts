import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConfigurationItem, evaluate } from './evaluate.ts';

const OWN = '444455556666';
const FOREIGN = '999900001111';
const ORG = 'o-exampleorg1';
const rules = {
  organizationId: ORG,
  organizationAccounts: ['111122223333', '333344445555'],
  trustedAccounts: ['123412341234'],
  trustedProviders: [
    'arn:aws:iam::*:saml-provider/AWSSSO_*_DO_NOT_DELETE',
    `arn:aws:iam::${OWN}:oidc-provider/token.actions.githubusercontent.com`,
  ],
};

/** As Config records a role: the policy is URL-encoded inside of the configuration. */
const role = (
  policy: unknown,
  more: Partial<ConfigurationItem> & { path?: string } = {},
): ConfigurationItem => {
  const { path = '/', ...rest } = more;
  const text = typeof policy === 'string' ? policy : JSON.stringify(policy);
  return {
    awsAccountId: OWN,
    resourceType: 'AWS::IAM::Role',
    resourceId: 'AROAEXAMPLEID0000001',
    configurationItemCaptureTime: '2026-03-04T10:15:04.741Z',
    configurationItemStatus: 'OK',
    configuration: {
      path,
      roleName: 'deploy',
      roleId: 'AROAEXAMPLEID0000001',
      arn: `arn:aws:iam::${OWN}:role${path}deploy`,
      createDate: '2026-03-04T10:14:58.000Z',
      assumeRolePolicyDocument: encodeURIComponent(text),
      instanceProfileList: [],
      rolePolicyList: [],
      attachedManagedPolicies: [],
      permissionsBoundary: null,
      tags: [],
    },
    ...rest,
  };
};
const allow = (Principal: unknown, Condition?: unknown, more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...(Condition ? { Condition } : {}), ...more },
  ],
});
const root = (account: string) => `arn:aws:iam::${account}:root`;
const ours = { StringEquals: { 'aws:PrincipalOrgID': ORG } };
const externalId = { StringEquals: { 'sts:ExternalId': 'secret-of-vendor' } };
const verdict = (policy: unknown, more = {}) => evaluate(role(policy, more), rules);

describe('a role is COMPLIANT', () => {
  it.each<[string, unknown]>([
    ['trusted by a service', allow({ Service: 'ec2.amazonaws.com' })],
    ['trusted by its own account', allow({ AWS: root(OWN) })],
    ['trusted by a role of its own account', allow({ AWS: `arn:aws:iam::${OWN}:role/path/x` })],
    ['trusted by a session of its own account', allow({ AWS: `arn:aws:sts::${OWN}:assumed-role/x/y` })],
    ['trusted by its own account as a number', allow({ AWS: OWN })],
    ['trusted by the management account', allow({ AWS: root('111122223333') })],
    ['trusted by anybody of the organization', allow('*', ours)],
    ['trusted by anybody, AWS spelling', allow({ AWS: '*' }, ours)],
    ['trusted by a stranger only through the organization', allow({ AWS: root(FOREIGN) }, ours)],
    ['with another spelling of the key', allow('*', { StringEquals: { 'AWS:principalorgid': [ORG] } })],
    [
      'through paths of the organization',
      allow('*', { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': `${ORG}/r-ab12/*` } }),
    ],
    [
      'through a named role of its account',
      allow('*', { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${OWN}:role/ci-*` } }),
    ],
    ['through the account of the principal', allow('*', { StringEquals: { 'aws:PrincipalAccount': OWN } })],
    ['by services of the organization', allow('*', { StringEquals: { 'aws:SourceOrgID': ORG } })],
    ['trusted by a vendor with an external id', allow({ AWS: root('123412341234') }, externalId)],
    [
      'trusted by Identity Center',
      allow({ Federated: `arn:aws:iam::${OWN}:saml-provider/AWSSSO_0a1b_DO_NOT_DELETE` }, undefined, {
        Action: 'sts:AssumeRoleWithSAML',
      }),
    ],
    [
      'trusted by a provider that is trusted',
      allow({ Federated: `arn:aws:iam::${OWN}:oidc-provider/token.actions.githubusercontent.com` }),
    ],
    [
      'where a stranger may only tag sessions',
      allow({ AWS: root(FOREIGN) }, undefined, { Action: 'sts:TagSession' }),
    ],
    [
      'where a stranger is denied',
      { Statement: { Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole' } },
    ],
  ])('%s', (_what, policy) => {
    expect(verdict(policy)).toEqual({ complianceType: 'COMPLIANT' });
  });
});

describe('a role is NON_COMPLIANT', () => {
  it.each<[string, unknown, string]>([
    [
      'trusted by a stranger',
      allow({ AWS: root(FOREIGN) }),
      `arn:aws:iam::${FOREIGN}:root is outside the organization`,
    ],
    ['trusted by a stranger as a number', allow({ AWS: FOREIGN }), `${FOREIGN} is outside`],
    ['trusted by one stranger among friends', allow({ AWS: [root(OWN), root(FOREIGN)] }), FOREIGN],
    ['trusted by everybody', allow('*'), 'anybody may assume it'],
    ['trusted by everybody, in AWS spelling', allow({ AWS: '*' }), 'anybody may assume it'],
    ['with no principal', { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole' }] }, 'anybody'],
    [
      'with everybody but some',
      { Statement: [{ Effect: 'Allow', NotPrincipal: { AWS: root(OWN) }, Action: 'sts:AssumeRole' }] },
      'anybody',
    ],
    [
      'of another organization',
      allow('*', { StringEquals: { 'aws:PrincipalOrgID': 'o-strangers1' } }),
      'anybody',
    ],
    [
      'of ours or another',
      allow('*', { StringEquals: { 'aws:PrincipalOrgID': [ORG, 'o-strangers1'] } }),
      'anybody',
    ],
    [
      'of all organizations but ours',
      allow('*', { StringNotEquals: { 'aws:PrincipalOrgID': ORG } }),
      'anybody',
    ],
    [
      'where the key may be absent',
      allow('*', { StringEqualsIfExists: { 'aws:PrincipalOrgID': ORG } }),
      'anybody',
    ],
    [
      'where no value is enough',
      allow('*', { 'ForAllValues:StringEquals': { 'aws:PrincipalOrgID': ORG } }),
      'anybody',
    ],
    [
      'of organizations with a like name',
      allow('*', { StringLike: { 'aws:PrincipalOrgID': 'o-*' } }),
      'anybody',
    ],
    [
      'of paths of another organization',
      allow('*', { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': `${ORG}*/x` } }),
      'anybody',
    ],
    [
      'through a role of any account',
      allow('*', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/admin' } }),
      'anybody',
    ],
    ['with an external id alone', allow({ AWS: root(FOREIGN) }, externalId), FOREIGN],
    [
      'trusted by a vendor without external id',
      allow({ AWS: root('123412341234') }),
      'only with an external id',
    ],
    [
      'trusted by a vendor with any external id',
      allow({ AWS: root('123412341234') }, { StringLike: { 'sts:ExternalId': '*' } }),
      'only with an external id',
    ],
    [
      'trusted by an identity provider',
      allow({ Federated: 'accounts.google.com' }),
      'accounts.google.com is not trusted',
    ],
    [
      'trusted by another provider of its account',
      allow({ Federated: `arn:aws:iam::${OWN}:saml-provider/own` }),
      'is not trusted',
    ],
    [
      'trusted by a principal that was deleted',
      allow({ AWS: 'AIDAEXAMPLEID0000001' }),
      'belongs to no account',
    ],
    ['trusted by a kind that nobody knows', allow({ CanonicalUser: '0a1b' }), 'of the kind CanonicalUser'],
    ['for all of STS', allow({ AWS: root(FOREIGN) }, undefined, { Action: 'sts:*' }), FOREIGN],
    [
      'for an action in other letters',
      allow({ AWS: root(FOREIGN) }, undefined, { Action: ['STS:assumerole*'] }),
      FOREIGN,
    ],
    [
      'for everything but something',
      allow({ AWS: root(FOREIGN) }, undefined, { Action: undefined, NotAction: 's3:*' }),
      FOREIGN,
    ],
    [
      'in its second statement',
      { Statement: [...allow({ AWS: root(OWN) }).Statement, ...allow({ AWS: root(FOREIGN) }).Statement] },
      FOREIGN,
    ],
  ])('%s', (_what, policy, words) => {
    const { complianceType, annotation } = verdict(policy);
    expect(complianceType).toBe('NON_COMPLIANT');
    expect(annotation).toContain(words);
  });

  it.each<[string, unknown]>([
    ['not JSON', '{'],
    ['empty', ''],
    ['a list', []],
    ['without statements', { Version: '2012-10-17' }],
    ['with an empty list of statements', { Statement: [] }],
    ['with a statement that is a text', { Statement: ['Allow'] }],
    ['with an effect that nobody knows', { Statement: [{ Effect: 'allow', Principal: { AWS: OWN } }] }],
    [
      'with a principal that is a number',
      { Statement: [{ Effect: 'Allow', Principal: 7, Action: 'sts:AssumeRole' }] },
    ],
    ['with a condition that is a text', allow({ AWS: OWN }, 'x')],
  ])('when its policy is %s', (_what, policy) => {
    expect(verdict(policy)).toMatchObject({
      complianceType: 'NON_COMPLIANT',
      annotation: expect.stringContaining('cannot be read'),
    });
  });

  it('when its policy is missing, or badly encoded', () => {
    expect(evaluate({ ...role(''), configuration: null }, rules).complianceType).toBe('NON_COMPLIANT');
    const configuration = { path: '/', assumeRolePolicyDocument: '%E0%A4%A' };
    expect(evaluate({ ...role(''), configuration }, rules).complianceType).toBe('NON_COMPLIANT');
  });

  it('with words that fit into an annotation of Config', () => {
    const { annotation } = verdict(allow({ AWS: `arn:aws:iam::${FOREIGN}:role/${'x'.repeat(500)}` }));
    expect(annotation?.length).toBe(256);
  });
});

describe('the rule says nothing', () => {
  it.each<[string, object]>([
    ['of a deleted role', { configurationItemStatus: 'ResourceDeleted' }],
    ['of a role that is not recorded', { configurationItemStatus: 'ResourceNotRecorded' }],
    ['of a role of a service', { path: '/aws-service-role/config.amazonaws.com/' }],
    ['of another type', { resourceType: 'AWS::IAM::User' }],
  ])('%s', (_what, more) => {
    expect(verdict(allow('*'), more)).toEqual({ complianceType: 'NOT_APPLICABLE' });
  });
});

describe('whatever the policy looks like', () => {
  const foreign = fc
    .stringMatching(/^\d{12}$/)
    .filter((id) => ![OWN, ...rules.organizationAccounts, ...rules.trustedAccounts].includes(id))
    .chain((id) =>
      fc.constantFrom(id, root(id), `arn:aws:iam::${id}:role/r`, `arn:aws:sts::${id}:assumed-role/r/s`, '*'),
    );
  // Conditions that do not bind the principal to the organization.
  const loose = fc.constantFrom(
    undefined,
    externalId,
    { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
    { StringEqualsIfExists: { 'aws:PrincipalOrgID': ORG } },
    { StringNotEquals: { 'aws:PrincipalOrgID': ORG } },
    { StringEquals: { 'aws:PrincipalOrgID': 'o-strangers1' } },
    { StringEquals: { 'aws:PrincipalTag/team': 'x' } },
  );
  const harmless = fc.constantFrom(
    allow({ AWS: root(OWN) }).Statement[0],
    allow({ Service: 'ec2.amazonaws.com' }).Statement[0],
    { Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole' },
  );

  it('a stranger without a binding condition is never COMPLIANT', () => {
    fc.assert(
      fc.property(
        fc.array(foreign, { minLength: 1, maxLength: 3 }),
        loose,
        fc.constantFrom('sts:AssumeRole', ['sts:AssumeRole', 'sts:TagSession'], 'sts:*', '*'),
        fc.array(harmless, { maxLength: 3 }),
        fc.nat(3),
        (principals, Condition, Action, others, at) => {
          const bad = allow({ AWS: principals }, Condition, { Action }).Statement;
          const Statement = [...others.slice(0, at), ...bad, ...others.slice(at)];
          expect(verdict({ Version: '2012-10-17', Statement }).complianceType).toBe('NON_COMPLIANT');
        },
      ),
    );
  });

  it('nothing that is not a policy is COMPLIANT, and nothing throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(verdict(text).complianceType).toBe('NON_COMPLIANT');
      }),
    );
  });
});

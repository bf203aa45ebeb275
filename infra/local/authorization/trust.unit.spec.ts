import { describe, expect, it } from 'vitest';
import { trusts, trustsService } from './trust.ts';

const VEND = 'arn:aws:iam::111122223333:role/jetway-vend';
const request = { principalArn: VEND, externalId: 'machine', organizationId: 'o-exampleorg1' };
const policy = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements });
const allow = (rest: object) => ({ Effect: 'Allow', Action: 'sts:AssumeRole', ...rest });
const by = (aws: string | string[], rest: object = {}) => allow({ Principal: { AWS: aws }, ...rest });
const when = (operator: string, key: string, value: string | string[]) => ({
  Condition: { [operator]: { [key]: value } },
});

describe('a trust policy', () => {
  it.each<[name: string, document: unknown, trusted: boolean]>([
    ['names the role', policy(by(VEND)), true],
    ['names the account', policy(by('111122223333')), true],
    ['names the account root', policy(by('arn:aws:iam::111122223333:root')), true],
    ['names one of several', policy(by(['arn:aws:iam::999900001111:root', VEND])), true],
    ['names everybody', policy(allow({ Principal: '*' })), true],
    ['is one statement, no list', { Statement: by(VEND) }, true],
    ['is text', JSON.stringify(policy(by(VEND))), true],
    ['names another role', policy(by('arn:aws:iam::111122223333:role/other')), false],
    ['names another account', policy(by('arn:aws:iam::222233334444:root')), false],
    ['names a service', policy(allow({ Principal: { Service: 'states.amazonaws.com' } })), false],
    ['allows another action', policy({ ...by(VEND), Action: 'sts:TagSession' }), false],
    ['demands the external id', policy(by(VEND, when('StringEquals', 'sts:ExternalId', 'machine'))), true],
    ['demands another external id', policy(by(VEND, when('StringEquals', 'sts:ExternalId', 'x'))), false],
    ['demands one of two', policy(by(VEND, when('StringEquals', 'sts:ExternalId', ['x', 'machine']))), true],
    [
      'demands a principal pattern',
      policy(by('*', when('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/jetway-*'))),
      true,
    ],
    [
      'demands the organization',
      policy(by('*', when('StringEquals', 'aws:PrincipalOrgID', 'o-exampleorg1'))),
      true,
    ],
    ['has a key that is not known', policy(by(VEND, when('StringEquals', 'aws:Foo', 'x'))), false],
    [
      'has an operator that is not known',
      policy(by(VEND, when('StringNotEquals', 'sts:ExternalId', 'x'))),
      false,
    ],
    ['denies as well', policy(by(VEND), { ...by(VEND), Effect: 'Deny' }), false],
    ['says nothing', {}, false],
  ])('that %s: %s', (_name, document, trusted) => {
    expect(trusts(document, request)).toBe(trusted);
  });

  it('needs the external id when it demands one and none is sent', () => {
    const demanding = policy(by(VEND, when('StringEquals', 'sts:ExternalId', 'machine')));
    expect(trusts(demanding, { principalArn: VEND })).toBe(false);
  });

  it('may name a service', () => {
    const document = policy(
      allow({ Principal: { Service: ['a.amazonaws.com', 'cloudformation.amazonaws.com'] } }),
    );
    expect(trustsService(document, 'cloudformation.amazonaws.com')).toBe(true);
    expect(trustsService(document, 'lambda.amazonaws.com')).toBe(false);
  });
});

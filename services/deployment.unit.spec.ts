import { describe, expect, it } from 'vitest';
import { BadConfig, readConfig } from './config.ts';
import { deploymentProblems } from './deployment.ts';

const WHOLE = {
  JETWAY_AWS: 'real',
  DATABASE_URL: 'postgresql://jetway_owner@db.example.internal:5432/jetway?sslmode=verify-full',
  JETWAY_DATABASE_SECRET: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!cluster-1-AbCdEf',
  AWS_REGION: 'eu-west-1',
  JETWAY_MANAGEMENT_ACCOUNT_ID: '123456789012',
  JETWAY_AUDIT_ACCOUNT_ID: '234567890123',
  JETWAY_LOG_ARCHIVE_ACCOUNT_ID: '345678901234',
  JETWAY_ROOT_SECRET: 'r'.repeat(64),
  JETWAY_APPROVALS_KEY: 'arn:aws:kms:eu-west-1:123456789012:key/0a1b',
  JETWAY_PUBLIC_URL: 'https://jetway.example.com',
  JETWAY_OIDC_ISSUER: 'https://idp.example.com',
  JETWAY_OIDC_AUDIENCE: 'jetway',
  JETWAY_OIDC_CLIENT_ID: 'dashboard',
  JETWAY_PLATFORM_EMAIL: 'platform@example.com',
  JETWAY_CIDR_POOL: '10.0.0.0/8',
  JETWAY_CHECKPOINTS: 's3://jetway-checkpoints/',
};
const without = (name: string) => Object.fromEntries(Object.entries(WHOLE).filter(([key]) => key !== name));

describe('a deployment on real AWS', () => {
  it('is read where it is whole, with real time and for other machines', () => {
    expect(readConfig(WHOLE)).toMatchObject({
      realAws: true,
      role: 'all',
      awsEndpointUrl: null,
      timeScale: 1,
      host: '0.0.0.0',
      databaseSecretArn: WHOLE.JETWAY_DATABASE_SECRET,
      managementAccountId: '123456789012',
    });
  });

  it.each(Object.keys(WHOLE).filter((name) => !['JETWAY_AWS', 'JETWAY_DATABASE_SECRET'].includes(name)))(
    'does not start without %s',
    (name) => {
      expect(() => readConfig(without(name))).toThrow(BadConfig);
      expect(() => readConfig(without(name))).toThrow(name);
    },
  );

  it('hears of everything that is missing at once', () => {
    const problems = deploymentProblems({ present: { JETWAY_AWS: 'real' }, role: 'all' });
    expect(problems.length).toBe(14);
    expect(() => readConfig({ JETWAY_AWS: 'real' })).toThrow(/DATABASE_URL[\s\S]*JETWAY_OIDC_ISSUER/);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['a database without TLS', { DATABASE_URL: 'postgresql://u@db.example.internal/jetway' }, /verify-full/],
    [
      'two passwords',
      { DATABASE_URL: 'postgresql://u:secret@db.example.internal/jetway?sslmode=verify-full' },
      /JETWAY_DATABASE_SECRET/,
    ],
    ['another AWS', { AWS_ENDPOINT_URL: 'https://aws.example.com' }, /AWS_ENDPOINT_URL/],
    ['hurried time', { TIME_SCALE: '60' }, /TIME_SCALE/],
    ['an example account', { JETWAY_AUDIT_ACCOUNT_ID: '333344445555' }, /example landing zone/],
    ['a short root secret', { JETWAY_ROOT_SECRET: 'short' }, /JETWAY_ROOT_SECRET/],
    ['http for people', { JETWAY_PUBLIC_URL: 'http://jetway.example.com' }, /https/],
  ])('does not start with %s', (_what, changed, words) => {
    expect(() => readConfig({ ...WHOLE, ...changed })).toThrow(words);
  });

  it('needs the database alone to migrate', () => {
    const { DATABASE_URL, AWS_REGION } = WHOLE;
    const env = { JETWAY_AWS: 'real', JETWAY_ROLE: 'migrate', DATABASE_URL, AWS_REGION };
    expect(readConfig(env)).toMatchObject({ role: 'migrate' });
  });
});

describe('the parts of a process', () => {
  it('are not divided over an embedded database', () => {
    for (const JETWAY_ROLE of ['api', 'worker', 'migrate'])
      expect(() => readConfig({ JETWAY_ROLE })).toThrow(/DATABASE_URL/);
  });
});

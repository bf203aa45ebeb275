import { describe, expect, it } from 'vitest';
import { BadConfig, readConfig } from './config.ts';

const OIDC = {
  JETWAY_OIDC_ISSUER: 'https://idp.example.com',
  JETWAY_OIDC_AUDIENCE: 'jetway',
  JETWAY_OIDC_CLIENT_ID: 'dashboard',
  JETWAY_PUBLIC_URL: 'https://jetway.example.com',
};
const SLACK = { JETWAY_SLACK_BOT_TOKEN: 'x'.repeat(24), JETWAY_SLACK_SIGNING_SECRET: 'y'.repeat(24) };

describe('the environment', () => {
  it('may be empty', () =>
    expect(readConfig({})).toMatchObject({ oidc: null, slack: null, standingDays: 30 }));

  it('is read where it is whole', () => {
    const config = readConfig({
      ...OIDC,
      ...SLACK,
      JETWAY_STANDING_DAYS: '7',
      JETWAY_WEBHOOK_HOSTS: ' A.example.com, ',
    });
    expect(config).toMatchObject({
      oidc: { issuer: OIDC.JETWAY_OIDC_ISSUER, algorithms: ['RS256', 'ES256'] },
      publicUrl: OIDC.JETWAY_PUBLIC_URL,
      standingDays: 7,
      webhookHosts: ['a.example.com'],
    });
  });

  it('says how the mirror hub is', () => {
    const hub = {
      JETWAY_MIRROR_TARGET: 'tmt-0123456789abcdef0',
      JETWAY_MIRROR_TARGET_TYPE: 'network-interface',
      JETWAY_MIRROR_ZONES: 'use1-az1=tmt-0aaaaaaa1, use1-az2=tmt-0aaaaaaa2',
      JETWAY_MIRROR_APPLIANCE_TYPE: 'c5.24xlarge',
    };
    expect(readConfig(hub).mirrorHub).toEqual({
      ...{ targetId: 'tmt-0123456789abcdef0', cidr: null, type: 'network-interface' },
      ...{
        zones: { 'use1-az1': 'tmt-0aaaaaaa1', 'use1-az2': 'tmt-0aaaaaaa2' },
        applianceType: 'c5.24xlarge',
      },
    });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'a zone by the name that is another in each account',
      { JETWAY_MIRROR_ZONES: 'us-east-1a=tmt-0aaaaaaa1' },
      /JETWAY_MIRROR_ZONES.*: is not the id of a zone/,
    ],
    [
      'a zone without a target',
      { JETWAY_MIRROR_ZONES: 'use1-az1' },
      /JETWAY_MIRROR_ZONES.*: is not the id of a mirror target/,
    ],
    [
      'an appliance behind a load balancer',
      { JETWAY_MIRROR_APPLIANCE_TYPE: 'c5.24xlarge' },
      /JETWAY_MIRROR_APPLIANCE_TYPE goes with JETWAY_MIRROR_TARGET_TYPE=network-interface/,
    ],
    [
      'half a provider',
      { JETWAY_OIDC_ISSUER: OIDC.JETWAY_OIDC_ISSUER },
      /JETWAY_OIDC_AUDIENCE, JETWAY_OIDC_CLIENT_ID, JETWAY_PUBLIC_URL/,
    ],
    [
      'a provider without https',
      { ...OIDC, JETWAY_OIDC_ISSUER: 'http://idp.example.com' },
      /JETWAY_OIDC_ISSUER/,
    ],
    [
      'an address without https',
      { ...OIDC, JETWAY_PUBLIC_URL: 'http://jetway.example.com' },
      /JETWAY_PUBLIC_URL/,
    ],
    ['a secret that verifiers share', { ...OIDC, JETWAY_OIDC_ALGORITHMS: 'HS256' }, /JETWAY_OIDC_ALGORITHMS/],
    ['no algorithm', { ...OIDC, JETWAY_OIDC_ALGORITHMS: 'none' }, /JETWAY_OIDC_ALGORITHMS/],
    ['scopes without openid', { ...OIDC, JETWAY_OIDC_SCOPES: 'profile' }, /openid/],
    [
      'the local sign-in for other machines',
      { JETWAY_PUBLIC_URL: 'https://jetway.example.com' },
      /identity\s+provider|JETWAY_OIDC_ISSUER/,
    ],
    ['an AWS double elsewhere', { AWS_ENDPOINT_URL: 'http://10.0.0.7:4566' }, /AWS_ENDPOINT_URL/],
    ['half of Slack', { JETWAY_SLACK_BOT_TOKEN: SLACK.JETWAY_SLACK_BOT_TOKEN }, /go together/],
    [
      'a Slack elsewhere',
      { ...SLACK, JETWAY_SLACK_API_URL: 'https://slack.example.com' },
      /JETWAY_SLACK_API_URL/,
    ],
    ['a key that is none', { JETWAY_APPROVALS_KEY: 'alias/approvals' }, /ARN of a KMS key/],
    ['receivers that are addresses', { JETWAY_WEBHOOK_HOSTS: 'https://a.example.com' }, /host names/],
    ['a standing for ever', { JETWAY_STANDING_DAYS: '91' }, /JETWAY_STANDING_DAYS/],
    ['no standing at all', { JETWAY_STANDING_DAYS: '0' }, /JETWAY_STANDING_DAYS/],
    ['days that are no number', { JETWAY_STANDING_DAYS: 'a month' }, /JETWAY_STANDING_DAYS/],
    ['the real AWS alone', { JETWAY_AWS: 'real' }, /DATABASE_URL: has to be set on real AWS/],
  ])('with %s is refused in words', (_what, env, words) => {
    expect(() => readConfig(env)).toThrow(BadConfig);
    expect(() => readConfig(env)).toThrow(words);
  });

  it('tells every bad key at once', () => {
    expect(() => readConfig({ PORT: 'x', JETWAY_STANDING_DAYS: 'x' })).toThrow(
      /PORT[\s\S]*JETWAY_STANDING_DAYS/,
    );
  });
});

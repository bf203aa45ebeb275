import { describe, expect, it } from 'vitest';
import { apiShapes } from '../../../../infra/api-shapes/shapes.ts';
import { validateInput } from '../../../../infra/api-shapes/validate.ts';
import { serveRule } from './serve-rule.ts';

const ACCOUNT = '444455556666';
const ROLE_ID = 'AROAEXAMPLEID0000001';
const trust = (principal: string) =>
  encodeURIComponent(
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: principal }, Action: 'sts:AssumeRole' }],
    }),
  );
const STRANGER = trust('arn:aws:iam::999900001111:root');
const summary = {
  awsAccountId: ACCOUNT,
  configurationItemCaptureTime: '2026-03-04T10:15:04.741Z',
  configurationItemStatus: 'OK',
  configurationItemVersion: '1.3',
  configurationStateId: 1772619304741,
  resourceType: 'AWS::IAM::Role',
  resourceId: ROLE_ID,
  resourceName: 'deploy',
  ARN: `arn:aws:iam::${ACCOUNT}:role/deploy`,
  awsRegion: 'global',
  availabilityZone: 'Not Applicable',
  configurationStateMd5Hash: '',
  resourceCreationTime: '2026-03-04T10:14:58.000Z',
};
const change = (policy: string, more: object = {}) => ({
  configurationItemDiff: { changedProperties: {}, changeType: 'CREATE' },
  configurationItem: {
    ...summary,
    relatedEvents: [],
    relationships: [],
    supplementaryConfiguration: {},
    tags: {},
    configuration: { path: '/', roleName: 'deploy', assumeRolePolicyDocument: policy },
    ...more,
  },
  notificationCreationTime: '2026-03-04T10:15:05.751Z',
  messageType: 'ConfigurationItemChangeNotification',
  recordVersion: '1.3',
});
const oversized = (more: object = {}) => ({
  configurationItemSummary: { ...summary, changeType: 'UPDATE', ...more },
  s3DeliverySummary: { s3BucketLocation: 'bucket/key.json.gz', errorCode: null, errorMessage: null },
  notificationCreationTime: '2026-03-04T10:15:05.261Z',
  messageType: 'OversizedConfigurationItemChangeNotification',
  recordVersion: '1.0',
});
const scheduled = {
  awsAccountId: ACCOUNT,
  notificationCreationTime: '2026-03-04T10:15:05.261Z',
  messageType: 'ScheduledNotification',
  recordVersion: '1.0',
};
const event = (invokingEvent: unknown, more: object = {}) => ({
  version: '1.0',
  invokingEvent: typeof invokingEvent === 'string' ? invokingEvent : JSON.stringify(invokingEvent),
  ruleParameters: '{"trustedAccounts":"123412341234","trustedProviders":""}',
  resultToken: 'token-1',
  eventLeftScope: false,
  executionRoleArn: `arn:aws:iam::${ACCOUNT}:role/whatever`,
  configRuleArn: `arn:aws:config:us-east-1:${ACCOUNT}:config-rule/config-rule-abc123`,
  configRuleName: 'jetway-gr-role-trust',
  configRuleId: 'config-rule-abc123',
  accountId: ACCOUNT,
  ...more,
});

/** Config in the account: what it knows of roles, and what was put. */
async function run(given: unknown, history: Record<string, string> = {}, refuse: unknown[] = []) {
  const calls: { operation: string; input: Record<string, unknown> }[] = [];
  const entered: string[] = [];
  const answers: Record<string, (input: Record<string, unknown>) => Record<string, unknown>> = {
    PutEvaluations: () => ({ FailedEvaluations: refuse }),
    GetResourceConfigHistory: ({ resourceId }) => ({
      configurationItems: Object.hasOwn(history, String(resourceId))
        ? [
            {
              ...summary,
              accountId: ACCOUNT,
              resourceId,
              configurationItemCaptureTime: new Date(summary.configurationItemCaptureTime),
              configuration: JSON.stringify({
                path: '/',
                assumeRolePolicyDocument: history[String(resourceId)],
              }),
            },
          ]
        : [],
    }),
    // Two pages.
    ListDiscoveredResources: ({ nextToken }) => {
      const ids = Object.keys(history).map((resourceId) => ({ resourceType: 'AWS::IAM::Role', resourceId }));
      const half = Math.ceil(ids.length / 2);
      return nextToken === undefined
        ? { resourceIdentifiers: ids.slice(0, half), nextToken: 'more' }
        : { resourceIdentifiers: ids.slice(half) };
    },
  };
  await serveRule(given, {
    landing: { organizationId: 'o-exampleorg1', organizationAccounts: ['111122223333'] },
    enter: async (accountId) => {
      entered.push(accountId);
      return async (operation, input) => {
        calls.push({ operation, input });
        expect(validateInput(apiShapes('config')!, operation, JSON.parse(JSON.stringify(input)))).toEqual([]);
        return answers[operation]!(input);
      };
    },
  });
  expect(entered).toEqual([ACCOUNT]);
  const puts = calls.filter(({ operation }) => operation === 'PutEvaluations');
  return { calls, puts: puts.map(({ input }) => input as { Evaluations: Record<string, unknown>[] }) };
}
const compliance = (put: { Evaluations: Record<string, unknown>[] } | undefined) =>
  put?.Evaluations.map(({ ComplianceType }) => ComplianceType);

describe('the function of the rule', () => {
  it('puts its verdict on a changed role into the account, with the token', async () => {
    const { puts } = await run(event(change(STRANGER)));
    expect(puts).toEqual([
      {
        ResultToken: 'token-1',
        Evaluations: [
          {
            ComplianceResourceType: 'AWS::IAM::Role',
            ComplianceResourceId: ROLE_ID,
            ComplianceType: 'NON_COMPLIANT',
            Annotation: 'Trust policy: arn:aws:iam::999900001111:root is outside the organization.',
            OrderingTimestamp: new Date('2026-03-04T10:15:04.741Z'),
          },
        ],
      },
    ]);
  });

  it('takes the parameters of the rule', async () => {
    const policy = encodeURIComponent(
      JSON.stringify({
        Statement: {
          Effect: 'Allow',
          Principal: { AWS: '123412341234' },
          Action: 'sts:AssumeRole',
          Condition: { StringEquals: { 'sts:ExternalId': 'vendor-1' } },
        },
      }),
    );
    expect(compliance((await run(event(change(policy)))).puts[0])).toEqual(['COMPLIANT']);
    const without = event(change(policy), { ruleParameters: '{}' });
    expect(compliance((await run(without)).puts[0])).toEqual(['NON_COMPLIANT']);
  });

  it('looks up a role that was too large for the notification', async () => {
    const { calls, puts } = await run(event(oversized()), { [ROLE_ID]: STRANGER });
    expect(calls[0]).toMatchObject({
      operation: 'GetResourceConfigHistory',
      input: { resourceId: ROLE_ID, limit: 1 },
    });
    expect(compliance(puts[0])).toEqual(['NON_COMPLIANT']);
    expect(compliance((await run(event(oversized()), { [ROLE_ID]: trust(ACCOUNT) })).puts[0])).toEqual([
      'COMPLIANT',
    ]);
  });

  it('does not call a role right that cannot be looked up', async () => {
    expect(compliance((await run(event(oversized()))).puts[0])).toEqual(['NON_COMPLIANT']);
  });

  it('says nothing of a role that is gone, or out of scope', async () => {
    const gone = { configurationItemStatus: 'ResourceDeleted', configuration: null };
    expect(compliance((await run(event(change('', gone)))).puts[0])).toEqual(['NOT_APPLICABLE']);
    const { calls, puts } = await run(event(oversized({ configurationItemStatus: 'ResourceDeleted' })));
    expect([calls.length, compliance(puts[0])]).toEqual([1, ['NOT_APPLICABLE']]);
    const left = event(change(STRANGER), { eventLeftScope: true });
    expect(compliance((await run(left)).puts[0])).toEqual(['NOT_APPLICABLE']);
  });

  it('goes through all roles when it is time, a hundred verdicts at once', async () => {
    const history = Object.fromEntries(
      Array.from({ length: 205 }, (_, i) => [`AROA${i}`, i % 2 === 0 ? STRANGER : trust(ACCOUNT)]),
    );
    const { puts } = await run(event(scheduled), history);
    expect(puts.map(({ Evaluations }) => Evaluations.length)).toEqual([100, 100, 5]);
    expect(puts.flatMap((put) => compliance(put)).filter((one) => one === 'NON_COMPLIANT')).toHaveLength(103);
    expect((await run(event(scheduled))).puts).toEqual([{ Evaluations: [], ResultToken: 'token-1' }]);
  });

  it('only tries out with the token of a test', async () => {
    const { puts } = await run(event(change(STRANGER), { resultToken: 'TESTMODE' }));
    expect(puts[0]).toMatchObject({ TestMode: true });
  });

  it('fails when Config does not take a verdict', async () => {
    await expect(run(event(change(STRANGER)), {}, [{}])).rejects.toThrow('1 evaluations were not taken');
  });

  it.each<[string, unknown, string]>([
    ['a text', 'x', 'event has to be an object'],
    ['without account', event(change(STRANGER), { accountId: '12' }), 'accountId'],
    ['without token', event(change(STRANGER), { resultToken: '' }), 'resultToken'],
    ['with a broken notification', event('{'), 'invokingEvent is not JSON'],
    ['of another kind', event({ messageType: 'ConfigurationSnapshotDeliveryCompleted' }), 'is not known'],
    ['without an item', event({ messageType: 'ConfigurationItemChangeNotification' }), 'configurationItem'],
    [
      'with an item of another account',
      event(change(STRANGER, { awsAccountId: '999900001111' })),
      'resource of 999900001111',
    ],
    ['with an item without id', event(change(STRANGER, { resourceId: null })), 'resourceId'],
    [
      'with an unknown parameter',
      event(change(STRANGER), { ruleParameters: '{"organizationId":"o-x"}' }),
      'no parameter',
    ],
    [
      'with an odd account',
      event(change(STRANGER), { ruleParameters: '{"trustedAccounts":"12"}' }),
      '12 is no account',
    ],
  ])('refuses an event %s', async (_what, given, words) => {
    await expect(run(given)).rejects.toThrow(words);
  });
});

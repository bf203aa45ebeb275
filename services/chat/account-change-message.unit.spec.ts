import { describe, expect, it } from 'vitest';
import { made, today, vpc } from '../account-changes/account-change.fixture.ts';
import { planAccountChange } from '../account-changes/plan-account-change.ts';
import { contextWith } from '../planning/context.fixture.ts';
import { requestWith } from '../requests/request.fixture.ts';
import { accountChangeMessage } from './account-change-message.ts';
import { messageText } from './approval-message.ts';

const result = planAccountChange({
  requestId: 'req-1',
  accountId: '444455556666',
  from: { requestId: made.requestId, planDigest: made.digest },
  before: made,
  wanted: requestWith(),
  after: today({ ...vpc({ availabilityZones: 1 }), guardrails: ['AWS-GR_RESTRICTED_SSH'] }),
  known: contextWith(),
});
if ('errors' in result) throw new Error(JSON.stringify(result.errors));
const { plan } = result;
const textOf = (reason?: string, changes: string[] = [], requestedBy = 'ana@example.com') =>
  messageText({
    requestId: 'req-1',
    planDigest: plan.digest,
    ...accountChangeMessage({
      requestedBy,
      body: { accountId: plan.accountId, guardrails: [], ...(reason === undefined ? {} : { reason }) },
      plan,
      previewed: [{ stackName: 'jetway-vpc', changes }],
    }),
    progress: null,
    settled: null,
  });

describe('the message that asks for the approval of a change of an account', () => {
  it('says which account, why, what comes and goes, and what CloudFormation may do', () => {
    const text = textOf('One zone is enough');
    for (const line of [
      'ana@example.com asks to change the account payments-prod (444455556666).',
      'Team: payments',
      'Why: One zone is enough',
      'Guardrails gained: AWS-GR_RESTRICTED_SSH',
      'Guardrails lost: AWS-GR_ENCRYPTED_VOLUMES',
      'Note: The account loses AWS-GR_ENCRYPTED_VOLUMES.',
      'Request req-1',
    ])
      expect(text.split('\n')).toContain(line);
    expect(text).toMatch(/^Note: CloudFormation may .*remove .*PrivateSubnet2.* in jetway-vpc\.$/m);
    expect(text).toMatch(/^Change: vpc in us-east-1: changed/m);
    expect(textOf()).toContain('Why: not said');
  });

  it('has CloudFormation’s own words where it was asked, and not too many of them', () => {
    expect(textOf()).not.toContain('CloudFormation would');
    expect(textOf('x', ['Remove A', 'Modify B'])).toContain(
      'CloudFormation would, in jetway-vpc: Remove A\nCloudFormation would, in jetway-vpc: Modify B',
    );
    expect(
      textOf(
        'x',
        Array.from({ length: 30 }, (_, i) => `Add R${i}`),
      ),
    ).toMatch(/: and 10 more, see the timeline$/m);
  });
});

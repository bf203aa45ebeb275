import { describe, expect, it } from 'vitest';
import { eventSample } from './event-samples.fixture.ts';
import { suspicionOf } from './suspicion.ts';

const management = '111122223333';
const trusted = { managementAccountId: management, auditAccountId: '333344445555' };
const of = (name: string, changes: object = {}) => suspicionOf({ ...eventSample(name), ...changes }, trusted);
const STACKS = 'cloudformation.DriftDetectionStatusChange.DRIFTED';
const CONTROL_TOWER = 'controltower.DriftDetected';

describe('what an event says about drift', () => {
  it('is the account of a drifted stack, by its own word', () => {
    expect(of(STACKS)).toEqual({
      accountId: '444455556666',
      at: '2026-03-04T10:15:30.000Z',
      detectionId: '9cfc8652-3919-4242-a2ed-dbbd5464ecc2',
    });
    expect(of(STACKS, { account: '777788889999' })?.accountId).toBe('777788889999');
    const { detail } = eventSample(STACKS);
    const inSync = { ...detail, 'status-details': { 'stack-drift-status': 'IN_SYNC' } };
    expect(of(STACKS, { detail: inSync })).toBeUndefined();
    expect(of(STACKS, { source: 'custom.cloudformation' })).toBeUndefined();
  });

  it('is what Control Tower names, from the management account alone', () => {
    expect(of(CONTROL_TOWER)).toMatchObject({ accountId: '444455556666' });
    expect(of(CONTROL_TOWER, { account: '444455556666' })).toBeUndefined();
    const ineffective = {
      driftType: 'CONTROL_INEFFECTIVE',
      targetIdentifier: 'arn:aws:organizations::111122223333:ou/o-a1b2c3d4e5/ou-ab12-w0rkl0ad',
    };
    expect(of(CONTROL_TOWER, { detail: ineffective })).toMatchObject({ unitId: 'ou-ab12-w0rkl0ad' });
    const updated = { driftType: 'SCP_UPDATED', organizationalUnitId: 'ou-ab12-w0rkl0ad', policyId: 'p-1' };
    expect(of(CONTROL_TOWER, { detail: updated })).toMatchObject({
      unitId: 'ou-ab12-w0rkl0ad',
      policyId: 'p-1',
    });
    expect(of(CONTROL_TOWER, { detail: { driftType: 'TRUSTED_ACCESS_DISABLED' } })).toBeUndefined();
  });

  it('is the same by SNS, through the topic of the audit account', () => {
    const bySns = 'controltower.drift.sns.SCP_UPDATED';
    expect(of(bySns)).toMatchObject({ unitId: 'ou-ab12-w0rkl0ad', policyId: 'p-examp1e01' });
    const topic = (account: string, name: string) => ({
      account,
      resources: [`arn:aws:sns:us-east-1:${account}:${name}`],
    });
    expect(
      of(bySns, topic('444455556666', 'aws-controltower-AggregateSecurityNotifications')),
    ).toBeUndefined();
    expect(of(bySns, topic('333344445555', 'alarms'))).toBeUndefined();
    expect(of(bySns, { account: '444455556666' })).toBeUndefined();
    expect(of(bySns, { source: 'custom.sns' })).toBeUndefined();
  });

  const call = (eventName: string, requestParameters: object, userName = 'ops', more: object = {}) => {
    const event = eventSample('organizations.api.MoveAccount');
    const userIdentity = { sessionContext: { sessionIssuer: { userName } } };
    const detail = { ...event.detail, eventName, requestParameters, userIdentity, ...more };
    return suspicionOf({ ...event, account: management, detail }, trusted);
  };

  it('is the target of a policy that somebody took off, or everywhere it hangs when it was changed', () => {
    const detached = call('DetachPolicy', { targetId: '444455556666', policyId: 'p-1' });
    expect(detached).toMatchObject({ accountId: '444455556666', unitId: '444455556666' });
    expect(detached?.policyId).toBeUndefined();
    expect(call('UpdatePolicy', { policyId: 'p-1' })).toMatchObject({ policyId: 'p-1' });
    expect(call('MoveAccount', { accountId: '444455556666' })).toMatchObject({ accountId: '444455556666' });
  });

  it('is nothing when it was refused, was ours, or is about something else', () => {
    const target = { targetId: '444455556666' };
    expect(call('DetachPolicy', target, 'ops', { errorCode: 'AccessDenied' })).toBeUndefined();
    expect(call('DetachPolicy', target, 'jetway-vend')).toBeUndefined();
    expect(call('AttachPolicy', target)).toBeUndefined();
    expect(of('config.RulesComplianceChange.NON_COMPLIANT')).toBeUndefined();
  });
});

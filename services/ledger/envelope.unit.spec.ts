import { describe, expect, it } from 'vitest';
import { readEnvelope, requestOfExecution } from './envelope.ts';
import { eventSample, eventSamples } from './event-samples.fixture.ts';

const trusted = { managementAccountId: '111122223333', auditAccountId: '333344445555' };
const read = (name: string) => readEnvelope(eventSample(name), trusted);
const factOf = (name: string) => {
  const [fact, ...more] = read(name).facts;
  if (!fact || more.length > 0) throw new Error('one fact was expected');
  return fact;
};
const RULE = 'config.RulesComplianceChange';

describe('every sample event', () => {
  it.each([...eventSamples.keys()])('%s becomes one fact with its own id and a UTC time', (name) => {
    const fact = factOf(name);
    expect(fact.id).toBe(`aws:${eventSample(name).account}:${eventSample(name).id}`);
    expect(fact.type).not.toBe('AwsEventObserved');
    expect(fact.occurredAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(fact.meaning).not.toBe('');
    expect(Number.isSafeInteger(fact.version)).toBe(true);
  });

  it.each([...eventSamples.keys()])('%s is only observed when its account is another', (name) => {
    const reading = readEnvelope({ ...eventSample(name), account: '999900001111' }, trusted);
    expect(reading.facts.map((f) => f.type)).toEqual(['AwsEventObserved']);
    expect(reading.wake).toBeUndefined();
  });

  it.each([...eventSamples.keys()])('%s is only observed when its source is forged', (name) => {
    const reading = readEnvelope({ ...eventSample(name), source: 'custom.controltower' }, trusted);
    expect(reading.facts.map((f) => f.type)).toEqual(['AwsEventObserved']);
    expect(reading.wake).toBeUndefined();
  });

  it.each([...eventSamples.keys()])('%s is only observed when its detail is not as documented', (name) => {
    const reading = readEnvelope({ ...eventSample(name), detail: { eventName: 42 } }, trusted);
    expect(reading.facts.map((f) => f.type)).toEqual(['AwsEventObserved']);
  });
});

describe('what the samples become', () => {
  it.each<[string, string, string | undefined, object]>([
    [
      'controltower.DisableControl.SUCCEEDED',
      'ControlTowerControlEvent',
      '444455556666',
      { operation: 'DisableControl', state: 'SUCCEEDED', control: 'AWS-GR_AUDIT_BUCKET_LOGGING_ENABLED' },
    ],
    [
      'controltower.EnableGuardrail.FAILED',
      'ControlTowerControlEvent',
      undefined,
      { operation: 'EnableControl', state: 'FAILED', target: 'ou-ab12-w0rkl0ad', message: 'sample text' },
    ],
    [
      'controltower.EnableBaseline.FAILED',
      'ControlTowerBaselineEvent',
      '444455556666',
      { operation: 'EnableBaseline', state: 'FAILED', baseline: '17BSJV3IGJ2QSGA2', baselineVersion: '4.0' },
    ],
    [
      'controltower.PrecheckOrganizationalUnit.FAILED',
      'ControlTowerUnitEvent',
      undefined,
      {
        failedPrechecks: ['SCP_CONFLICT'],
        failedAccounts: [
          { accountId: '444455556666', failedPrechecks: ['FAILED_TO_ASSUME_ROLE'] },
          { accountId: '111122223333', failedPrechecks: ['MISSING_PERMISSIONS_AF_PRODUCT'] },
        ],
      },
    ],
    [
      'controltower.UpdateLandingZone.SUCCEEDED',
      'ControlTowerLandingZoneEvent',
      undefined,
      { eventName: 'UpdateLandingZone', organizationalUnits: 2, accounts: 2 },
    ],
    [
      'controltower.DriftDetected',
      'ControlTowerDriftReported',
      '444455556666',
      { driftType: 'ACCOUNT_MOVED_BETWEEN_OUS', from: 'ou-ab12-w0rkl0ad', to: 'ou-ab12-sandb0x1' },
    ],
    [
      'controltower.drift.sns.CONTROL_INEFFECTIVE',
      'ControlTowerDriftReported',
      undefined,
      { organizationalUnitId: 'ou-ab12-w0rkl0ad', control: 'CT.S3.PV.5' },
    ],
    [
      'controltower.api.EnableControl',
      'ControlTowerCallRecorded',
      undefined,
      {
        call: 'EnableControl',
        target: 'ou-ab12-w0rkl0ad',
        operationId: '88daf401-6b40-43ef-a54b-0c4e010c4759',
      },
    ],
    [
      'organizations.CloseAccountResult.SUCCEEDED',
      'AccountCloseResult',
      '444455556666',
      { accountId: '444455556666', state: 'SUCCEEDED' },
    ],
    [
      'organizations.AccountDepartedOrganization',
      'AccountDepartedOrganization',
      '444455556666',
      { method: 'Removed' },
    ],
    [
      'organizations.EffectivePolicyValidation.INVALID',
      'EffectivePolicyValidated',
      '444455556666',
      { policyType: 'BACKUP_POLICY', state: 'INVALID', errors: [{ errorCode: 'ELEMENTS_TOO_MANY' }] },
    ],
    [
      'organizations.api.AttachPolicy.error',
      'OrganizationCallRecorded',
      undefined,
      { call: 'AttachPolicy', error: 'PolicyTypeNotEnabledException', errorMessage: 'sample text' },
    ],
    [
      'organizations.api.MoveAccount',
      'OrganizationCallRecorded',
      '444455556666',
      { call: 'MoveAccount', from: 'ou-ab12-w0rkl0ad', to: 'ou-ab12-sandb0x1' },
    ],
    [
      'organizations.api.CreateOrganizationalUnit',
      'OrganizationCallRecorded',
      undefined,
      { organizationalUnitId: 'ou-ab12-w0rkl0ad', name: 'Workloads', to: 'r-ab12' },
    ],
    [
      'config.ConfigurationItemChange.created',
      'ConfigurationItemRecorded',
      '444455556666',
      { resourceType: 'AWS::EC2::NetworkInterface', change: 'CREATE', status: 'ResourceDiscovered' },
    ],
    [
      'config.OversizedConfigurationItemChange',
      'ConfigurationItemRecorded',
      '444455556666',
      { change: 'UPDATE', location: expect.stringMatching(/^example-bucket/) },
    ],
    [
      'config.sns.ComplianceChangeNotification',
      'ComplianceChanged',
      '444455556666',
      { rule: 'cloudtrail-enabled', status: 'COMPLIANT', before: null },
    ],
    [
      'servicecatalog.api.ProvisionProduct',
      'ProductCallRecorded',
      undefined,
      { call: 'ProvisionProduct', recordId: 'rec-abcd1234efgh5', provisionedProductName: 'orders-dev' },
    ],
    [
      'servicecatalog.api.ProvisionProduct.error',
      'ProductCallRecorded',
      undefined,
      { error: 'DuplicateResourceException', provisionedProductName: 'orders-dev' },
    ],
    [
      'cloudformation.StackStatusChange.UPDATE_ROLLBACK_FAILED',
      'StackStatusChanged',
      '444455556666',
      {
        stackName: 'StackSet-network-baseline-0a1b2c3d',
        status: 'UPDATE_ROLLBACK_FAILED',
        reason: 'sample text',
      },
    ],
    [
      'cloudformation.ResourceStatusChange.CREATE_COMPLETE',
      'StackResourceStatusChanged',
      '444455556666',
      { logicalId: 'AuditRole', resourceType: 'AWS::IAM::Role' },
    ],
    [
      'cloudformation.DriftDetectionStatusChange.DRIFTED',
      'StackDriftChecked',
      '444455556666',
      { status: 'DRIFTED', driftedResources: 2 },
    ],
    [
      'cloudformation.StackInstanceStatusChange.OUTDATED.FAILED',
      'StackInstanceStatusChanged',
      '444455556666',
      { stackSetName: 'network-baseline', status: 'OUTDATED', detailed: 'FAILED', region: 'us-east-1' },
    ],
    [
      'cloudformation.StackSetOperationStatusChange.FAILED',
      'StackSetOperationStatusChanged',
      undefined,
      { stackSetName: 'network-baseline', status: 'FAILED' },
    ],
    [
      'cloudformation.StackSetStatusChange.DELETED',
      'StackSetStatusChanged',
      undefined,
      { status: 'DELETED' },
    ],
    [
      'ec2.InstanceStateChange.shutting-down',
      'InstanceStateChanged',
      '444455556666',
      { instanceId: 'i-0a1b2c3d4e5f60718', state: 'shutting-down' },
    ],
    [
      'ec2.api.CreateNetworkInterface.service-linked',
      'NetworkInterfaceCallRecorded',
      '444455556666',
      { networkInterfaceId: 'eni-0a1b2c3d4e5f60718', requesterManaged: true },
    ],
    [
      'ec2.api.CreateTrafficMirrorSession',
      'MirrorCallRecorded',
      '444455556666',
      { sessionId: 'tms-0a1b2c3d4e5f60718', sessionNumber: 1, virtualNetworkId: 7412345 },
    ],
    [
      'identitycenter.api.DeleteAccountAssignment',
      'AccessCallRecorded',
      '444455556666',
      { call: 'DeleteAccountAssignment', principalType: 'GROUP', status: 'IN_PROGRESS' },
    ],
    [
      'securityhub.FindingsImported.PASSED',
      'SecurityFindingChanged',
      '444455556666',
      { status: 'PASSED', control: 'S3.2', rule: 'securityhub-s3-bucket-public-read-prohibited-0123abcd' },
    ],
    [
      'securityhub.FindingsCustomAction',
      'SecurityFindingActionAsked',
      '444455556666',
      { action: 'open-exception', status: 'FAILED', control: 'S3.2' },
    ],
  ])('%s is %s', (name, type, accountId, data) => {
    const fact = factOf(name);
    expect({ type: fact.type, accountId: fact.accountId }).toEqual({ type, accountId });
    expect(fact.data).toMatchObject(data);
  });

  it('hold nobody’s address: parameters of products stay out', () => {
    const all = [...eventSamples.keys()].flatMap((name) => read(name).facts);
    expect(JSON.stringify(all)).not.toContain('@example.com');
  });

  it('say the account and Region in what they mean, and the same by another envelope', () => {
    const once = ['ControlTowerAccountEvent', 'SecurityFindingActionAsked'];
    for (const [name, event] of eventSamples) {
      const [fact] = readEnvelope(event, trusted).facts;
      const [again] = readEnvelope({ ...structuredClone(event), id: 'another' }, trusted).facts;
      // A creation's request has an id that no other account or Region has.
      if (fact?.type !== 'AccountCreateResult') {
        expect(fact?.meaning, name).toMatch(/\d{12}/);
        expect(fact?.meaning, name).toContain('us-east-1');
      }
      if (once.includes(fact?.type ?? '')) expect(again?.meaning, name).not.toBe(fact?.meaning);
      else expect(again?.meaning, name).toBe(fact?.meaning);
    }
  });

  it('are one fact where Control Tower says the same in an older and a newer event', () => {
    const newer = eventSample('controltower.EnableControl.SUCCEEDED');
    const status = (
      newer.detail as never as { serviceEventDetails: { enableControlStatus: Record<string, string> } }
    ).serviceEventDetails.enableControlStatus;
    status.controlIdentifier =
      'arn:aws:controltower:us-east-1::control/AWS-GR_RDS_INSTANCE_PUBLIC_ACCESS_CHECK';
    status.targetIdentifier = 'arn:aws:organizations::111122223333:ou/o-a1b2c3d4e5/ou-ab12-w0rkl0ad';
    const [fact] = readEnvelope(newer, trusted).facts;
    expect(fact?.meaning).toBe(factOf('controltower.EnableGuardrail.SUCCEEDED').meaning);
  });

  it('are as many facts as there are controls and units', () => {
    const event = eventSample('controltower.EnableGuardrail.SUCCEEDED');
    const status = (
      event.detail as never as { serviceEventDetails: { enableGuardrailStatus: Record<string, unknown> } }
    ).serviceEventDetails.enableGuardrailStatus;
    status.organizationalUnits = [{ organizationalUnitId: 'ou-1' }, { organizationalUnitId: 'ou-2' }];
    status.guardrails = [{ guardrailId: 'AWS-GR_A' }, { guardrailId: 'AWS-GR_B' }];
    const { facts } = readEnvelope(event, trusted);
    expect(facts.map((fact) => `${fact.data.target} ${fact.data.control}`)).toEqual([
      'ou-1 AWS-GR_A',
      'ou-1 AWS-GR_B',
      'ou-2 AWS-GR_A',
      'ou-2 AWS-GR_B',
    ]);
    expect(new Set(facts.flatMap((fact) => [fact.id, fact.meaning])).size).toBe(8);
  });

  it('are ordered by the service, where it has an order, and never by arrival', () => {
    const versionOf = (name: string) => factOf(name).version;
    expect(versionOf('config.ConfigurationItemChange.created')).toBe(1_772_619_304_741);
    // No state id: the time of the capture.
    expect(versionOf('config.OversizedConfigurationItemChange')).toBe(Date.parse('2026-03-04T10:15:04.261Z'));
    expect(versionOf('organizations.CloseAccountResult.SUCCEEDED')).toBe(Date.parse('2026-03-04T09:58:40Z'));
    expect(versionOf('controltower.EnableControl.FAILED')).toBe(Date.parse('2026-03-04T10:15:29Z'));
    expect(versionOf('securityhub.FindingsImported')).toBe(Date.parse('2026-03-04T10:15:00Z'));
    // One second, one life.
    const life = ['pending', 'running', 'stopping', 'stopped', 'shutting-down', 'terminated'];
    const versions = life.map((state) => versionOf(`ec2.InstanceStateChange.${state}`));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(new Set(versions).size).toBe(life.length);
    expect(versionOf('cloudformation.StackInstanceStatusChange.OUTDATED.PENDING')).toBeLessThan(
      versionOf('cloudformation.StackInstanceStatusChange.CURRENT.SUCCEEDED'),
    );
  });
});

describe('an account event of Control Tower', () => {
  it.each(['controltower.CreateManagedAccount.SUCCEEDED', 'controltower.UpdateManagedAccount.SUCCEEDED'])(
    '%s wakes the vend with its name and unit',
    (name) => {
      const reading = read(name);
      expect(reading.facts[0]).toMatchObject({
        type: 'ControlTowerAccountEvent',
        data: { state: 'SUCCEEDED', accountId: expect.stringMatching(/^\d{12}$/) },
      });
      expect(reading.wake).toEqual({
        accountName: reading.facts[0]?.data.accountName,
        organizationalUnitId: reading.facts[0]?.data.organizationalUnitId,
      });
    },
  );

  it('about a failure wakes too, and names no account', () => {
    const event = eventSample('controltower.CreateManagedAccount.FAILED');
    const status = (
      event.detail as never as { serviceEventDetails: { createManagedAccountStatus: { account: object } } }
    ).serviceEventDetails.createManagedAccountStatus;
    status.account = { accountName: 'orders-dev', accountId: 'Not Available' };
    const { facts, wake } = readEnvelope(event, trusted);
    expect(wake).toMatchObject({ accountName: 'orders-dev' });
    expect(facts[0]?.data).not.toHaveProperty('accountId');
    expect(facts[0]?.accountId).toBeUndefined();
  });

  it('never sets the account of a request by itself', () => {
    expect(factOf('controltower.CreateManagedAccount.SUCCEEDED')).not.toHaveProperty('accountId');
    expect(factOf('controltower.CreateManagedAccount.SUCCEEDED')).not.toHaveProperty('requestId');
  });
});

describe('the result of an account creation', () => {
  it('is read with its reason', () => {
    expect(factOf('organizations.CreateAccountResult.FAILED')).toMatchObject({
      type: 'AccountCreateResult',
      data: { state: 'FAILED', failureReason: 'EMAIL_ALREADY_EXISTS', accountId: null },
    });
  });

  it('means the same when it comes by another road', () => {
    const event = eventSample('organizations.CreateAccountResult.SUCCEEDED');
    const again = { ...structuredClone(event), id: 'another' };
    expect(readEnvelope(again, trusted).facts[0]?.meaning).toBe(
      readEnvelope(event, trusted).facts[0]?.meaning,
    );
  });
});

describe('the status of an execution', () => {
  const changed = (name: string, detail: object) => {
    const event = eventSample(name);
    return readEnvelope({ ...event, id: `${event.id}-2`, detail: { ...event.detail, ...detail } }, trusted)
      .facts[0];
  };

  it('belongs to the request that named it', () => {
    expect(factOf('states.ExecutionStatusChange.FAILED')).toMatchObject({
      type: 'ExecutionStatusChanged',
      requestId: 'req-2026-000123',
      data: { machine: 'account-vending', status: 'FAILED' },
    });
    expect(requestOfExecution('req-2026-000123-e12')).toBe('req-2026-000123');
  });

  it('belongs to nobody for another state machine', () => {
    const arn = 'arn:aws:states:us-east-1:111122223333:stateMachine:organization-reconcile';
    expect(changed('states.ExecutionStatusChange.FAILED', { stateMachineArn: arn })).not.toHaveProperty(
      'requestId',
    );
  });

  it('is newer at the end than at the start, and newest after a redrive', () => {
    const running = factOf('states.ExecutionStatusChange.RUNNING');
    const failed = factOf('states.ExecutionStatusChange.FAILED');
    const redrive = { redriveCount: 1, redriveDate: failed.version + 60_000 };
    const again = changed('states.ExecutionStatusChange.RUNNING', redrive);
    const failedAgain = changed('states.ExecutionStatusChange.FAILED', {
      ...redrive,
      stopDate: failed.version + 90_000,
    });
    expect(running.version).toBeLessThan(failed.version);
    expect(failed.version).toBeLessThan(again?.version ?? 0);
    expect(again?.version).toBeLessThan(failedAgain?.version ?? 0);
    expect(new Set([running, failed, again, failedAgain].map((f) => f?.meaning)).size).toBe(4);
  });
});

describe('a compliance change', () => {
  it('carries what Config found, ordered by Config’s own time', () => {
    expect(factOf(`${RULE}.NON_COMPLIANT`)).toMatchObject({
      type: 'ComplianceChanged',
      accountId: '444455556666',
      version: Date.parse('2026-03-04T10:15:04.741Z'),
      occurredAt: '2026-03-04T10:15:04.741Z',
      data: {
        region: 'us-east-1',
        status: 'NON_COMPLIANT',
        before: 'COMPLIANT',
        resourceId: 'orders-dev-exports',
      },
    });
  });

  it('may be the first, with a reason', () => {
    expect(factOf(`${RULE}.first-evaluation`).data).toMatchObject({
      before: null,
      annotation: 'sample annotation',
    });
  });

  it.each([
    ['another account', { awsAccountId: '555566667777' }],
    ['another Region', { awsRegion: 'eu-west-1' }],
  ])('that speaks for %s is only observed', (_what, lie) => {
    const event = eventSample(`${RULE}.NON_COMPLIANT`);
    const reading = readEnvelope({ ...event, detail: { ...event.detail, ...lie } }, trusted);
    expect(reading.facts[0]?.type).toBe('AwsEventObserved');
  });

  it('means the same when two rules of EventBridge send it', () => {
    const event = eventSample(`${RULE}.NON_COMPLIANT`);
    const [one, other] = [event, { ...event, id: 'another' }].map((e) => readEnvelope(e, trusted).facts[0]);
    expect(one?.meaning).toBe(other?.meaning);
  });
});

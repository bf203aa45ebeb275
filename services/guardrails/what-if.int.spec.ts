import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accounts } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, expectProblem, openApp } from '../../test/support/http.ts';
import { newAccountId, underWay } from '../../test/support/messages.ts';
import { factOf, person, unique } from '../../test/support/service.ts';
import { exampleSnapshot, MANAGEMENT_ACCOUNT, snapshotWith } from '../reconciliation/snapshot.fixture.ts';
import { record } from './cloudtrail-record.fixture.ts';

const UNIT = 'ou-ab12-workloads';
const ACCOUNT = '444455556666';
const dev = (account = ACCOUNT) => `arn:aws:iam::${account}:role/Developer`;
const call = (action: string, more: object = {}) => ({
  action,
  resource: '*',
  principalArn: dev(),
  region: 'us-east-1',
  ...more,
});
const TRAIL = 'aws-controltower-BaselineCloudTrail';
const stopLogging = (account = ACCOUNT) =>
  call('cloudtrail:StopLogging', {
    principalArn: dev(account),
    resource: `arn:aws:cloudtrail:us-east-1:${account}:trail/${TRAIL}`,
  });
const stopped = {
  eventName: 'StopLogging',
  eventSource: 'cloudtrail.amazonaws.com',
  requestParameters: { name: TRAIL },
};
/** Four mandatory controls share the statement. */
const TRAIL_CONTROLS = ['CHANGE_PROHIBITED', 'CLOUDWATCH_LOGS_ENABLED', 'ENABLED', 'VALIDATION_ENABLED'].map(
  (name) => ({ control: `AWS-GR_CLOUDTRAIL_${name}`, sid: 'GRCLOUDTRAILENABLED' }),
);
const deny = (sid: string, action: string, condition: object = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Sid: sid, Effect: 'Deny', Action: action, Resource: '*', ...condition }],
  });
/** The example landing zone with one more policy on the unit. */
const withPolicy = (name: string, content: string) =>
  snapshotWith({
    policies: [...exampleSnapshot.policies, { id: `p-${name}`, name, content }],
    units: exampleSnapshot.units.map((unit) =>
      unit.id === UNIT ? { ...unit, policies: [...unit.policies, { id: `p-${name}`, name }] } : unit,
    ),
  });

describe.each(databases)('POST /v1/guardrails/simulate on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database);
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    await app.service.reset();
    await app.service.setSnapshot();
  });
  const ask = (body: unknown, who = person('payments', ['requester'])) =>
    app.call('POST', '/v1/guardrails/simulate', { who, body });

  describe('a set of guardrails', () => {
    it('is named by control and statement, in the order asked, for anybody who is signed in', async () => {
      const body = {
        guardrails: ['AWS-GR_RESTRICT_ROOT_USER', { id: 'AWS-GR_REGION_DENY' }],
        requests: [
          call('ec2:RunInstances', { region: 'ap-south-1' }),
          call('ec2:RunInstances'),
          call('s3:PutObject', { principalArn: `arn:aws:iam::${ACCOUNT}:root` }),
          call('ec2:RunInstances', { region: undefined }),
        ],
      };
      const { status, body: answer } = await ask(body, person('nobody', ['auditor']));
      expect(status).toBe(200);
      expect(answer.items).toEqual([
        { decision: 'denied', by: [{ control: 'AWS-GR_REGION_DENY', sid: 'GRREGIONDENY' }] },
        { decision: 'allowed', by: [] },
        { decision: 'denied', by: [{ control: 'AWS-GR_RESTRICT_ROOT_USER', sid: 'GRRESTRICTROOTUSER' }] },
        {
          decision: 'unknown',
          by: [{ control: 'AWS-GR_REGION_DENY', sid: 'GRREGIONDENY' }],
          why: 'aws:RequestedRegion is not given',
        },
      ]);
      expect(answer.summary).toBeUndefined();
    });

    it('governs the Regions of the landing zone unless it says others', async () => {
      const regions = { id: 'AWS-GR_REGION_DENY', parameters: { GovernedRegions: ['us-east-1'] } };
      const requests = [call('ec2:RunInstances', { region: 'eu-west-1' })];
      expect((await ask({ guardrails: ['AWS-GR_REGION_DENY'], requests })).body.items[0].decision).toBe(
        'allowed',
      );
      expect((await ask({ guardrails: [regions], requests })).body.items[0].decision).toBe('denied');
    });

    it('binds nobody in the management account', async () => {
      const requests = [call('s3:PutObject', { principalArn: `arn:aws:iam::${MANAGEMENT_ACCOUNT}:root` })];
      const { body } = await ask({ guardrails: ['AWS-GR_RESTRICT_ROOT_USER'], requests });
      expect(body.items).toEqual([{ decision: 'allowed', by: [], why: 'scp-not-applied' }]);
    });
  });

  describe('an organizational unit', () => {
    const requests = [stopLogging(), call('s3:ListAllMyBuckets'), call('ec2:RunInstances')];

    it('brings what its chain enforces: controls by their ids, foreign policies by their names', async () => {
      await app.service.setSnapshot(withPolicy('foreign', deny('NoBuckets', 's3:ListAllMyBuckets')));
      const { body } = await ask({ organizationalUnitId: 'ou-ab12-workloadsprod', requests });
      expect(body.items.map((i: { decision: string }) => i.decision)).toEqual([
        'denied',
        'denied',
        'allowed',
      ]);
      // The mandatory controls are on the unit and on the one above.
      expect(body.items[0].by).toEqual([...TRAIL_CONTROLS, ...TRAIL_CONTROLS]);
      expect(body.items[1].by).toEqual([{ control: null, sid: 'NoBuckets', policyName: 'foreign' }]);
    });

    it('does not count a control twice whose statements an attached policy bears', async () => {
      const sid = 'GRCLOUDTRAILENABLED';
      await app.service.setSnapshot(withPolicy('aws-guardrails-x', deny(sid, 'cloudtrail:StopLogging')));
      const { body } = await ask({ organizationalUnitId: UNIT, requests: requests.slice(0, 1) });
      expect(body.items[0].by).toEqual(
        TRAIL_CONTROLS.map((one) => ({ ...one, policyName: 'aws-guardrails-x' })),
      );
    });

    it('with a condition that is not understood answers unknown, never allowed', async () => {
      const odd = { Condition: { StringSoundsLike: { 'aws:PrincipalTag/team': 'x' } } };
      await app.service.setSnapshot(withPolicy('odd', deny('Odd', 'ec2:*', odd)));
      const { body } = await ask({ organizationalUnitId: UNIT, requests: requests.slice(2) });
      expect(body.items).toEqual([
        {
          decision: 'unknown',
          by: [{ control: null, sid: 'Odd', policyName: 'odd' }],
          why: 'operator StringSoundsLike is not known',
        },
      ]);
    });

    it('denies what a level does not allow', async () => {
      const allowing = JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' },
      });
      const snapshot = withPolicy('list', allowing);
      const units = snapshot.units.map((unit) =>
        unit.id === UNIT ? { ...unit, policies: [{ id: 'p-list', name: 'list' }] } : unit,
      );
      await app.service.setSnapshot({ ...snapshot, units });
      const { body } = await ask({ organizationalUnitId: UNIT, requests: requests.slice(1) });
      expect(body.items).toEqual([
        { decision: 'allowed', by: [] },
        { decision: 'denied', by: [], why: `no policy attached to ${UNIT} allows the action` },
      ]);
    });
  });

  describe('an account', () => {
    const sid = 'GRRESTRICTROOTUSERACCESSKEYS';
    /** A vend whose policies have been attached and read back. */
    async function vended() {
      const vend = await underWay(app.service, { guardrails: ['AWS-GR_RESTRICT_ROOT_USER_ACCESS_KEYS'] });
      const accountId = newAccountId();
      const who = person(vend.team, ['requester']);
      const { body: plan } = await app.call('GET', `/v1/account-requests/${vend.requestId}/plan`, { who });
      const preventive = plan.guardrails.preventive.map(
        (p: { policyName: string; controls: string[] }, i: number) => ({
          policyName: p.policyName,
          policyId: `p-own${i}`,
          controls: p.controls,
        }),
      );
      await app.service.receive(
        factOf(vend, 'GuardrailsAttached', 8, {
          accountId,
          data: { preventive, detective: [], inherited: [] },
        }),
      );
      await app.service.orm
        .insert(accounts)
        .values({
          accountId,
          name: unique('acc'),
          email: `${accountId}@example.com`,
          emailCanonical: `${accountId}@example.com`,
          organizationalUnitId: UNIT,
          team: vend.team,
          status: 'ACTIVE',
          origin: 'VENDED',
          requestId: vend.requestId,
          createdAt: new Date(),
          updatedAt: new Date(),
        })
        .onConflictDoUpdate({
          target: accounts.accountId,
          set: { status: 'ACTIVE', organizationalUnitId: UNIT },
        });
      return { accountId, who, policyName: preventive[0].policyName as string };
    }
    const rootKeys = (accountId: string) =>
      call('iam:CreateAccessKey', { principalArn: `arn:aws:iam::${accountId}:root` });

    it('has its unit, and its own policies with the content that was planned', async () => {
      const { accountId, who, policyName } = await vended();
      const requests = [
        rootKeys(accountId),
        stopLogging(accountId),
        call('ec2:RunInstances', { principalArn: dev(accountId) }),
        call('ec2:RunInstances', { principalArn: dev('999988887777') }),
      ];
      const { body } = await ask({ accountId, requests }, who);
      expect(body.items[0]).toMatchObject({
        decision: 'denied',
        by: [{ control: 'AWS-GR_RESTRICT_ROOT_USER_ACCESS_KEYS', sid, policyName }],
      });
      expect(body.items[1].decision).toBe('denied');
      expect(body.items[2]).toEqual({ decision: 'allowed', by: [] });
      expect(body.items[3]).toMatchObject({ decision: 'unknown', by: [], why: /999988887777/ });
    });

    it('is under the quarantine policy until it is ACTIVE', async () => {
      const { accountId, who } = await vended();
      await app.service.orm.update(accounts).set({ status: 'QUARANTINED' });
      const requests = [call('ec2:RunInstances', { principalArn: dev(accountId) })];
      expect((await ask({ accountId, requests }, who)).body.items[0]).toMatchObject({
        decision: 'denied',
        by: [{ control: null, sid: 'JetwayQuarantine', policyName: 'jetway-quarantine' }],
      });
    });

    it('that was not vended may have policies that nobody has read', async () => {
      const { accountId, who } = await vended();
      await app.service.orm.update(accounts).set({ origin: 'FOREIGN' });
      const requests = [call('ec2:RunInstances', { principalArn: dev(accountId) })];
      expect((await ask({ accountId, requests }, who)).body.items[0]).toMatchObject({
        decision: 'unknown',
        why: expect.stringContaining('its content is not known'),
      });
    });

    it('of another team looks like none', async () => {
      const { accountId } = await vended();
      const requests = [rootKeys(accountId)];
      const foreign = await ask({ accountId, requests });
      const absent = await ask({ accountId: '000000000000', requests });
      expectProblem(foreign, 404, 'not-found');
      expect(foreign.text).toBe(absent.text);
    });
  });

  describe('a batch of CloudTrail records', () => {
    it('says how many calls of how many principals would have been denied', async () => {
      const cloudTrailRecords = [
        record(stopped),
        record(stopped, 'Auditor'),
        record(stopped),
        record({ ...stopped, errorCode: 'AccessDenied' }),
        record({ eventName: 'DescribeInstances' }),
        record({ eventName: 'PutThing', eventSource: 'novelty.amazonaws.com' }),
      ];
      const requests = [call('ec2:RunInstances')];
      const { status, body } = await ask({ organizationalUnitId: UNIT, requests, cloudTrailRecords });
      expect(status).toBe(200);
      expect(body.items.map((i: { decision: string }) => i.decision)).toEqual([
        'allowed',
        ...['denied', 'denied', 'denied', 'denied', 'allowed', 'unknown'],
      ]);
      expect(body.summary).toEqual({ denied: 3, unknown: 1, principals: 2, alreadyDenied: 1 });
    });

    it('may have 8 MiB, where other routes take 64 KiB', async () => {
      const padded = record({ requestParameters: { note: 'x'.repeat(2_000) } });
      const cloudTrailRecords = Array.from({ length: 1_000 }, () => padded);
      const answer = await ask({ guardrails: [], cloudTrailRecords });
      expect(answer.body.items).toHaveLength(1_000);
      const huge = { note: 'x'.repeat(9 * 1024 * 1024) };
      expectProblem(await ask(huge), 413, 'too-large');
      expectProblem(
        await app.call('POST', '/v1/account-requests', {
          who: person('x', ['requester']),
          body: { note: 'x'.repeat(70_000) },
        }),
        413,
        'too-large',
      );
    });
  });

  it.each([
    [{}, ['']],
    [{ guardrails: [] }, ['']],
    [{ requests: [call('s3:x')] }, ['']],
    [{ guardrails: ['NO_SUCH'], requests: [] }, ['/guardrails/0']],
    [
      { guardrails: [{ id: 'AWS-GR_REGION_DENY', parameters: { Odd: 1 } }], requests: [] },
      ['/guardrails/0/parameters/Odd'],
    ],
    [{ organizationalUnitId: 'ou-ab12-nowhere00', requests: [] }, ['/organizationalUnitId']],
    [{ accountId: '12', requests: [] }, ['/accountId']],
    [{ guardrails: [], requests: [{ ...call('s3:x'), extra: 1 }] }, ['/requests/0/extra']],
    [{ guardrails: [], requests: [call('RunInstances')] }, ['/requests/0/action']],
    [{ guardrails: [], requests: [call('s3:x', { principalArn: 'ana' })] }, ['/requests/0/principalArn']],
    [{ guardrails: [], requests: [call('s3:x', { resource: 'bucket' })] }, ['/requests/0/resource']],
    [{ guardrails: [], requests: [call('s3:x', { region: 'Europe' })] }, ['/requests/0/region']],
    [{ guardrails: [], requests: [call('s3:x', { context: { key: 'v' } })] }, ['/requests/0/context/key']],
    [{ guardrails: [], requests: Array.from({ length: 1_001 }, () => call('s3:x')) }, ['/requests']],
    [{ guardrails: [], cloudTrailRecords: [{}] }, ['/cloudTrailRecords/0/eventSource']],
    [{ guardrails: [], requests: [], unknown: 1 }, ['/unknown']],
  ])('refuses %j at %j', async (body, pointers) => {
    const answer = await ask(body);
    expectProblem(answer, 422, 'validation');
    expect(answer.body.errors.map((e: { pointer: string }) => e.pointer)).toEqual(
      expect.arrayContaining(pointers),
    );
  });
});

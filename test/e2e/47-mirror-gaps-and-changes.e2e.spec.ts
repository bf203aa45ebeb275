import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestBody, startService, type TestService, until } from '../support/jetway.ts';

const CONTROL = 'JETWAY-GR_MIRROR_COVERAGE';
const TARGET = 'tmt-0123456789abcdef0';

let jetway: TestService;
let accountId: string;
beforeAll(async () => {
  jetway = await startService();
  const asked = await jetway.order(
    requestBody('gaps', { trafficMirroring: { profile: 'security-standard' } }),
  );
  accountId = (await jetway.reachesActive(asked.id)).accountId!;
}, 90_000);
afterAll(() => jetway?.close());

const inAccount = (action: string, input: object = {}) =>
  jetway.cloud.callIn(accountId, 'ec2', action, input);
const operator = () => jetway.as('operator');
const coverage = async () =>
  (await operator().get(`/v1/traffic-mirroring/coverage?accountId=${accountId}`)).body;
const control = async () =>
  (await operator().get(`/v1/accounts/${accountId}/compliance`)).body.items.find(
    (item: { control: string }) => item.control === CONTROL,
  );
const nonCompliant = async () =>
  (await operator().get('/v1/compliance/summary')).body.compliance.nonCompliant as number;
const eniOf = (InstanceId: string): string =>
  inAccount('DescribeNetworkInterfaces', {
    Filters: [{ Name: 'attachment.instance-id', Values: [InstanceId] }],
  }).NetworkInterfaces[0].NetworkInterfaceId;
const run = (): string =>
  inAccount('RunInstances', { InstanceType: 'm5.large', MinCount: 1, MaxCount: 1 }).Instances[0].InstanceId;
/** Names of the profiles whose sessions are there, in the order of their numbers. */
const mirrored = (eni: string): string[] =>
  inAccount('DescribeTrafficMirrorSessions', {
    Filters: [{ Name: 'network-interface-id', Values: [eni] }],
  })
    .TrafficMirrorSessions.sort(
      (a: { SessionNumber: number }, b: { SessionNumber: number }) => a.SessionNumber - b.SessionNumber,
    )
    .map(({ Description }: { Description?: string }) => Description ?? 'of others');

describe('an account with gaps in mirroring', () => {
  it('is in violation while they last, is changed to other profiles like anything else, and heals by it', async () => {
    await until('the account is armed', async () => (await coverage()).accounts[0]?.status === 'ARMED');
    expect(await control()).toMatchObject({ status: 'COMPLIANT', resources: [] });
    const before = await nonCompliant();

    // Three sessions of somebody else are there before the instance runs.
    const [good, full] = [run(), run()];
    const filter = inAccount('CreateTrafficMirrorFilter', {
      ClientToken: 'somebody else',
    }).TrafficMirrorFilter;
    await until('both are mirrored', async () => (await coverage()).items.length === 2);
    inAccount('StopInstances', { InstanceIds: [full] });
    await until('one is not any more', async () => (await coverage()).items.length === 1);
    const foreign = [1, 2, 3].map(
      (SessionNumber) =>
        inAccount('CreateTrafficMirrorSession', {
          ...{ NetworkInterfaceId: eniOf(full), SessionNumber, TrafficMirrorTargetId: TARGET },
          TrafficMirrorFilterId: filter.TrafficMirrorFilterId,
        }).TrafficMirrorSession.TrafficMirrorSessionId as string,
    );
    inAccount('StartInstances', { InstanceIds: [full] });
    await until('the gap is a violation', async () => (await control()).status === 'NON_COMPLIANT');
    const violatedAt = Date.now();
    expect(await control()).toMatchObject({
      resources: [
        {
          ...{ resourceId: eniOf(full), status: 'NON_COMPLIANT' },
          annotation: 'Not mirrored: security-standard: three sessions of others.',
        },
      ],
    });
    expect(await nonCompliant()).toBe(before + 1);
    const listed = (await operator().get(`/v1/compliance?control=${CONTROL}&status=NON_COMPLIANT`)).body;
    expect(listed.items).toMatchObject([
      { accountId, resourceId: eniOf(full), rule: 'jetway:mirror-coverage' },
    ]);

    for (const TrafficMirrorSessionId of foreign)
      inAccount('DeleteTrafficMirrorSession', { TrafficMirrorSessionId });
    const change = (body: object) => jetway.as('ana').post(`/v1/accounts/${accountId}/changes`, body);
    const profiles = ['dns-only', 'skip-bulk'];
    const refused = await change({ trafficMirroring: { profiles: [...profiles, 'nothing'] } });
    expect([refused.status, refused.body.errors[0].pointer]).toEqual([422, '/trafficMirroring/profiles/2']);
    const asked = await change({ trafficMirroring: { profiles } });
    expect([asked.status, asked.body.errors]).toEqual([202, undefined]);
    const { summary } = (await operator().get(`/v1/account-requests/${asked.body.id}/plan`)).body;
    expect(summary).toEqual([
      'Mirror profile skip-bulk (session number 150): added.',
      'Mirror profile dns-only (session number 200): added.',
      'Mirror profile security-standard (session number 100): removed, and its sessions with it.',
    ]);
    expect(mirrored(eniOf(good))).toEqual(['Jetway: security-standard']);
    await jetway.click(await jetway.message(asked.body.id), 'approve');
    await until('the new profiles mirror', async () => {
      const { items } = await coverage();
      return items.length === 4 && items.every(({ state }: { state: string }) => state === 'MIRRORING');
    });
    for (const instance of [good, full])
      expect(mirrored(eniOf(instance))).toEqual(['Jetway: skip-bulk', 'Jetway: dns-only']);
    expect((await coverage()).accounts[0]).toMatchObject({
      ...{ status: 'MIRRORING', profile: 'skip-bulk', profiles: ['skip-bulk', 'dns-only'] },
    });
    expect(await control()).toMatchObject({ status: 'COMPLIANT' });
    expect(await nonCompliant()).toBe(before);
    const then = (
      await operator().get(`/v1/accounts/${accountId}/compliance?asOf=${new Date(violatedAt).toISOString()}`)
    ).body.items.find((item: { control: string }) => item.control === CONTROL);
    expect(then).toMatchObject({ status: 'NON_COMPLIANT' });

    // A packet is asked of both sessions.
    const packet = { direction: 'egress', protocol: 6, sourceIp: '10.0.1.9', destinationIp: '10.0.0.9' };
    const ask = (port: number) =>
      operator().post('/v1/traffic-mirroring/evaluate', {
        networkInterfaceId: eniOf(good),
        packet: { ...packet, destinationPort: port },
      });
    expect((await ask(443)).body).toMatchObject({ mirrored: true, sessionNumber: 150 });

    const off = await change({ trafficMirroring: { profiles: [] } });
    await jetway.click(await jetway.message(off.body.id), 'approve');
    await until('nothing is mirrored', async () => (await coverage()).accounts[0]?.status === 'NOT_ARMED');
    await until('the sessions are gone', async () => mirrored(eniOf(good)).length === 0);
    expect((await coverage()).items).toEqual([]);
    expect((await control()).status).toBe('COMPLIANT');
  }, 120_000);
});

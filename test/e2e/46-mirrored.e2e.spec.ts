import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestBody, startService, type TestService, until } from '../support/jetway.ts';

let jetway: TestService;
beforeAll(async () => {
  jetway = await startService();
});
afterAll(() => jetway?.close());

/** The example landing zone has its hub at home. */
const REGIONS = [
  { region: 'us-east-1', status: 'MIRRORED' },
  { region: 'eu-west-1', status: 'CANNOT', reason: 'no hub in eu-west-1' },
];
const STRANGER = { subject: 'eve@example.com', teams: ['others'], roles: ['requester'] };

describe('an account that was asked for with a mirror profile', () => {
  it('is armed by its vend, mirrors what runs in it, and says both only when it is so', async () => {
    const asked = await jetway.order(
      requestBody('mirrored', { trafficMirroring: { profile: 'security-standard' } }),
    );
    const { accountId = '' } = await jetway.reachesActive(asked.id);
    const operator = jetway.as('operator');
    const coverage = async () =>
      (await operator.get(`/v1/traffic-mirroring/coverage?accountId=${accountId}`)).body;
    const standing = async (status: string) => (await coverage()).accounts[0]?.status === status;
    await until('the account is armed', () => standing('ARMED'));
    const inAccount = (action: string, input: object = {}) =>
      jetway.cloud.callIn(accountId, 'ec2', action, input);
    const [filter] = inAccount('DescribeTrafficMirrorFilters').TrafficMirrorFilters;
    expect(filter.IngressFilterRules.length).toBeGreaterThan(0);
    expect((await coverage()).items).toEqual([]);

    const run = (InstanceType: string) =>
      inAccount('RunInstances', { InstanceType, MinCount: 1, MaxCount: 1 }).Instances[0].InstanceId as string;
    const [good, bad] = [run('m5.large'), run('t2.micro')];
    await until('both interfaces are known', async () => (await coverage()).items.length === 2);
    const { items } = await coverage();
    const of = (instanceId: string) =>
      items.find((item: { instanceId: string }) => item.instanceId === instanceId);
    expect(of(good)).toMatchObject({ state: 'MIRRORING', accountId, profile: 'security-standard' });
    expect(of(bad)).toMatchObject({ state: 'UNSUPPORTED', reason: 't2.micro is not mirrored by AWS' });
    expect(await standing('MIRRORING')).toBe(true);

    const { body } = await operator.get('/v1/traffic-mirroring/sessions');
    expect(body.items).toMatchObject([
      {
        networkInterfaceId: of(good).networkInterfaceId,
        sessionNumber: 100,
        targetId: 'tmt-0123456789abcdef0',
      },
    ]);
    const [session] = inAccount('DescribeTrafficMirrorSessions').TrafficMirrorSessions;
    expect(body.items[0]).toMatchObject({
      sessionId: session.TrafficMirrorSessionId,
      virtualNetworkId: session.VirtualNetworkId,
    });

    const signedIn = await jetway.send('POST', '/dev/sessions', {
      body: { subject: 'olga@example.com', teams: ['platform'], roles: ['operator'] },
    });
    const cookie = signedIn.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ');
    const page = (await jetway.send('GET', `/accounts/${accountId}`, { headers: { cookie } })).body as string;
    for (const word of [of(good).networkInterfaceId, '1 of 2 interfaces', 'Not possible'])
      expect(page).toContain(word);

    const packet = { direction: 'ingress', protocol: 6, sourceIp: '10.0.0.9', destinationIp: '10.0.1.9' };
    const ask = (who: Parameters<TestService['as']>[0], instance: string) =>
      jetway.as(who).post('/v1/traffic-mirroring/evaluate', {
        networkInterfaceId: of(instance).networkInterfaceId,
        packet,
      });
    expect((await ask('operator', good)).body).toMatchObject({ mirrored: true, sessionNumber: 100 });
    expect((await ask('operator', bad)).body).toEqual({ mirrored: false });
    expect((await ask(STRANGER, good)).status).toBe(404);
    expect((await jetway.as(STRANGER).get('/v1/traffic-mirroring/coverage')).body).toEqual({
      items: [],
      accounts: [],
      regions: REGIONS,
      nextCursor: null,
    });

    inAccount('TerminateInstances', { InstanceIds: [good] });
    await until('nothing is claimed any more', () => standing('ARMED'));
    expect((await operator.get('/v1/traffic-mirroring/sessions')).body.items).toEqual([]);
  });
});

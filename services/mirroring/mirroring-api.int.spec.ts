import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, expectProblem, newBody, openApp } from '../../test/support/http.ts';
import { person, unique } from '../../test/support/service.ts';

const RULE = {
  direction: 'ingress',
  ruleNumber: 10,
  action: 'accept',
  protocol: 6,
  sourceCidr: '0.0.0.0/0',
  destinationCidr: '10.0.0.0/16',
  destinationPorts: { from: 443, to: 443 },
};
const PACKET = {
  direction: 'ingress',
  protocol: 6,
  sourceIp: '192.0.2.1',
  destinationIp: '10.0.0.9',
  sourcePort: 40_000,
  destinationPort: 443,
  length: 1_500,
};

describe.each(databases)('traffic mirroring over HTTP on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  const who = person('team', ['requester']);
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database);
    await app.service.setSnapshot();
  });
  afterAll(() => opened.close());
  const ask = (rule: object, more: object = {}) => {
    const sessions = [{ sessionNumber: 1, packetLength: 128, filter: { rules: [{ ...RULE, ...rule }] } }];
    return app.call('POST', '/v1/traffic-mirroring/evaluate', {
      who,
      body: { sessions, packet: PACKET, ...more },
    });
  };

  it('says which session and rule would mirror a packet', async () => {
    const { status, body } = await ask({});
    expect(status).toBe(200);
    expect(body).toEqual({ mirrored: true, sessionNumber: 1, ruleNumber: 10, truncatedTo: 128 });
    expect((await ask({ action: 'reject' })).body).toEqual({ mirrored: false });
  });

  it('refuses a wrong rule with its place', async () => {
    const answer = await ask({ protocol: 1 });
    expectProblem(answer, 422);
    expect(answer.body.errors).toEqual([
      { pointer: '/sessions/0/filter/rules/0/destinationPorts', message: expect.stringContaining('TCP') },
    ]);
    expectProblem(await ask({}, { profile: 'dns-only' }), 422);
  });

  it('lists the profiles', async () => {
    const { status, body } = await app.call('GET', '/v1/traffic-mirroring/profiles', { who });
    expect(status).toBe(200);
    expect(body.items.map((one: { name: string }) => one.name)).toEqual([
      'dns-only',
      'security-standard',
      'skip-bulk',
    ]);
    expect(body).toMatchObject({ nextCursor: null, unusable: [] });
    expect(body.items[0].filter.rules[0]).toMatchObject({ direction: 'egress', protocol: 17 });
  });

  it('is planned with the profile, its capacity and what it costs', async () => {
    const team = unique('team');
    const workload = [{ instanceType: 'm5.large', instances: 2, inboundMbps: 300, outboundMbps: 300 }];
    const plan = (trafficMirroring: object) =>
      app.call('POST', '/v1/account-requests?dryRun=true', {
        who: person(team, ['requester']),
        body: { ...newBody(team), trafficMirroring },
      });
    const planned = await plan({ profile: 'security-standard', workload });
    expect(planned.status).toBe(200);
    expect(planned.body.trafficMirroring).toMatchObject({
      profile: 'security-standard',
      sessionNumber: 100,
      filter: { networkServices: ['amazon-dns'] },
      capacity: { sessions: 2, usdPerMonth: 21.9 },
    });
    expect(planned.body.warnings.join()).toContain('would be dropped');
    expect(planned.body.monthlyCost.items).toContainEqual({
      name: 'Traffic Mirroring: sessions',
      amount: 21.9,
    });
    const refused = await plan({ profile: 'security-standrad' });
    expectProblem(refused, 422);
    expect(refused.body.errors).toEqual([
      { pointer: '/trafficMirroring/profile', message: expect.stringContaining('security-standard') },
    ]);
  });
});

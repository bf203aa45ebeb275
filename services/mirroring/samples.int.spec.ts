import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mirrorInterfaces } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, expectProblem, openApp } from '../../test/support/http.ts';
import { person, unique } from '../../test/support/service.ts';
import { vendedAccount } from '../../test/support/vended.ts';
import { sweepSamples } from './samples.pg.ts';

const PACKET = {
  ...{ family: 'IPv4', protocol: 6, sourceIp: '10.0.0.9', destinationIp: '192.0.2.7' },
  ...{ sourcePort: 40_000, destinationPort: 443, length: 1_500, copied: 1_500 },
};
const copy = (vni: number, changes: object = {}) => ({
  from: '10.0.0.9',
  vni,
  packet: { ...PACKET, ...changes },
});
const HUB = { subject: 'hub@example.com', teams: [], roles: ['operator'] as const };
const HUB_OF_ZONES = {
  ...{ targetId: 'tmt-0123456789abcdef0', cidr: '100.64.0.0/24', type: 'network-interface' as const },
  zones: { 'use1-az1': 'tmt-0aaaaaaa1' },
};
const PATH = '/v1/traffic-mirroring/samples';

describe.each(databases)('what arrives at the hub, on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  let vend: Awaited<ReturnType<typeof vendedAccount>>;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database, { mirrorHub: HUB_OF_ZONES });
    await app.service.setSnapshot();
    vend = await vendedAccount(app.service, { team: unique('team') });
    const session = (n: number, vni: number) => ({
      ...{ accountId: vend.accountId, networkInterfaceId: `eni-0000000${n}`, instanceId: `i-${n}` },
      ...{ instanceType: 'm5.large', state: 'MIRRORING', sessionId: `tms-${n}`, sessionNumber: 100 },
      ...{ virtualNetworkId: vni, targetId: 'tmt-0123456789abcdef0', profile: 'security-standard' },
      ...{ version: 1, factId: `f-${n}` },
    });
    await app.service.orm
      .insert(mirrorInterfaces)
      .values([session(1, 7), session(2, 9), session(3, 9), session(4, 9), session(5, 9)]);
  });
  afterAll(() => opened.close());
  beforeEach(() => app.service.orm.execute(sql`delete from mirror_samples`));

  const tell = (items: unknown[], who: object = HUB) =>
    app.call('POST', PATH, { who: who as never, body: { items } });
  const list = async () => (await app.call('GET', PATH, { who: HUB as never })).body.items;
  const look = async (who: object = HUB) =>
    app.call('GET', '/mirror-hub', {
      headers: { cookie: await app.signIn(who as never), accept: 'text/html' },
    });

  it('is shown with the account, session and profile of its VNI', async () => {
    expect((await tell([copy(7), copy(8, { copied: 128 })])).body).toEqual({ taken: 2 });
    const [newest, older] = await list();
    expect(newest).toMatchObject({ vni: 8, truncated: true, sessions: [], sessionsWithVni: 0 });
    expect(older).toMatchObject({
      ...{ vni: 7, truncated: false, toldBy: HUB.subject, packet: PACKET, sessionsWithVni: 1 },
      sessions: [
        {
          ...{ accountId: vend.accountId, accountName: vend.body.account.name, sessionId: 'tms-1' },
          ...{ networkInterfaceId: 'eni-00000001', sessionNumber: 100, profile: 'security-standard' },
        },
      ],
    });
    const { text } = await look();
    for (const words of [vend.body.account.name, '10.0.0.9:40000', '192.0.2.7:443', '128 of 1,500', 'TCP'])
      expect(text).toContain(words);
    expect(text).toContain('None that is known');
  });

  it('stands beside the targets of the hub, by zone', async () => {
    const { text } = await look();
    for (const words of [
      'use1-az1',
      'tmt-0aaaaaaa1',
      'Others',
      '100.64.0.0/24',
      'Network interface',
      'Cannot: no hub in eu-west-1',
    ])
      expect(text).toContain(words);
    const without = openApp(opened.database);
    const cookie = await without.signIn(HUB as never);
    const page = await without.call('GET', '/mirror-hub', { headers: { cookie, accept: 'text/html' } });
    expect(page.text).toContain('There is no hub');
  });

  it('may be of several sessions, of which it names the first and counts all', async () => {
    await tell([copy(9)]);
    const [one] = await list();
    expect(one.sessions).toHaveLength(3);
    expect(one.sessionsWithVni).toBe(4);
    expect((await look()).text).toContain('One of 4 sessions that have this VNI');
  });

  it('is kept as the newest hundred, for a day', async () => {
    for (const from of [0, 50, 100]) await tell(Array.from({ length: 50 }, (_, i) => copy(from + i)));
    const kept = await list();
    expect(kept.map((one: { vni: number }) => one.vni)).toEqual(
      Array.from({ length: 100 }, (_, i) => 149 - i),
    );
    expect(await app.service.orm.execute(sql`select 1 from mirror_samples`)).toHaveProperty(
      'rows.length',
      100,
    );
    const day = 24 * 3_600_000;
    await sweepSamples(app.service.orm, new Date(Date.now() + day - 60_000));
    expect(await list()).toHaveLength(100);
    await sweepSamples(app.service.orm, new Date(Date.now() + day + 60_000));
    expect(await list()).toEqual([]);
    expect((await look()).text).toContain('No copies in the last day');
  });

  it('is told by operators and read by them and by auditors, by nobody else', async () => {
    const team = person(vend.team, ['requester', 'approver']);
    expectProblem(await tell([copy(7)], team), 403);
    expectProblem(await tell([copy(7)], { ...HUB, roles: ['auditor'] }), 403);
    expectProblem(await app.call('GET', PATH, { who: team }), 403);
    expect((await look(team)).status).toBe(403);
    await tell([copy(7)]);
    expect((await look({ ...HUB, roles: ['auditor'] })).text).toContain(vend.body.account.name);
    expect((await look(team)).text).not.toContain(PACKET.destinationIp);
  });

  it.each([
    ['an address that is none', { ...copy(7), from: '<b>' }, '/items/0/from'],
    ['a VNI of more than 24 bits', copy(2 ** 24), '/items/0/vni'],
    ['what the packet carried', { ...copy(7), payload: 'GET /' }, '/items/0/payload'],
    ['a name for an address', copy(7, { sourceIp: 'example.com' }), '/items/0/packet/sourceIp'],
  ])('takes no %s', async (_what, item, pointer) => {
    const answer = await tell([item]);
    expectProblem(answer, 422);
    expect(answer.body.errors[0].pointer).toBe(pointer);
    expect(await list()).toEqual([]);
  });

  it('takes fifty at once', async () => {
    expectProblem(await tell(Array.from({ length: 51 }, () => copy(7))), 422);
    expectProblem(await tell([]), 422);
  });
});

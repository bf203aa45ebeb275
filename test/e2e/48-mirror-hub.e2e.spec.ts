import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MirroredPacket } from '../../services/mirroring/evaluate.schema.ts';
import { packetBytes, vxlanFrame } from '../../services/mirroring/vxlan-frame.fixture.ts';
import { buildCommandLine, type CommandLine } from '../support/command-line.ts';
import { requestBody, startService, type TestService, until } from '../support/jetway.ts';

let cli: CommandLine;
let jetway: TestService;
const sender = createSocket('udp4');
beforeAll(async () => {
  [cli, jetway] = await Promise.all([buildCommandLine(), startService()]);
}, 120_000);
afterAll(async () => {
  sender.close();
  await jetway?.close();
  cli?.remove();
});

/** What an instance sends: a question that goes to a resolver of its own, one that is too long, and what is no question. */
const QUESTION = { direction: 'egress', protocol: 17, sourceIp: '10.0.0.9', sourcePort: 40_001 } as const;
const PACKETS: MirroredPacket[] = [
  { ...QUESTION, destinationIp: '192.0.2.53', destinationPort: 53, length: 80 },
  { ...QUESTION, destinationIp: '192.0.2.54', destinationPort: 53, length: 4_000 },
  { ...QUESTION, destinationIp: '192.0.2.80', destinationPort: 443, length: 900 },
];

/** A mirrored instance of an account. @returns its session */
async function mirroredInstance() {
  const body = requestBody('heard', { trafficMirroring: { profile: 'dns-only' } });
  const { accountId = '' } = await jetway.reachesActive((await jetway.order(body)).id);
  const operator = jetway.as('operator');
  const coverage = async () =>
    (await operator.get(`/v1/traffic-mirroring/coverage?accountId=${accountId}`)).body;
  await until('it is armed', async () => (await coverage()).accounts[0]?.status === 'ARMED');
  jetway.cloud.callIn(accountId, 'ec2', 'RunInstances', {
    InstanceType: 'm5.large',
    MinCount: 1,
    MaxCount: 1,
  });
  await until('it is mirrored', async () => (await coverage()).items[0]?.state === 'MIRRORING');
  const { items } = (await operator.get(`/v1/traffic-mirroring/sessions?accountId=${accountId}`)).body;
  return { accountId, name: body.account.name, session: items[0] };
}

describe('what an instance sends', () => {
  it('is heard at the hub as its session copies it, and shown with whose it is', async () => {
    const { accountId, name, session } = await mirroredInstance();
    const env = { JETWAY_URL: jetway.url };
    const sink = cli.start(['mirror', 'listen', '--port', '0', '--tell'], env);
    const [, port] = /:(\d+) \(UDP\)/.exec(await sink.says('waiting for VXLAN')) ?? [];

    const { networkInterfaceId, virtualNetworkId: vni } = session;
    const operator = jetway.as('operator');
    for (const packet of PACKETS) {
      const { body } = await operator.post('/v1/traffic-mirroring/evaluate', { networkInterfaceId, packet });
      expect(body.mirrored).toBe(packet.destinationPort === 53);
      if (!body.mirrored) continue;
      const frame = vxlanFrame(vni, packetBytes(packet), body.truncatedTo);
      await new Promise((resolve) => sender.send(frame, Number(port), '127.0.0.1', resolve));
    }
    const written = await sink.says('192.0.2.54');
    expect(written).toContain(`VNI ${vni}  UDP  10.0.0.9:40001 > 192.0.2.53:53  80 bytes  from 127.0.0.1`);
    expect(written).toContain('192.0.2.54:53  1500 of 4000 bytes');

    const samples = async () => (await operator.get('/v1/traffic-mirroring/samples')).body.items;
    await until('both copies were told', async () => (await samples()).length === 2);
    const owner = { accountId, accountName: name, networkInterfaceId, profile: 'dns-only' };
    expect(await samples()).toMatchObject([
      {
        ...{ vni, truncated: true, sessions: [owner], sessionsWithVni: 1 },
        packet: { destinationIp: '192.0.2.54', length: 4_000, copied: 1_500 },
      },
      { vni, truncated: false, packet: { protocol: 17, sourceIp: '10.0.0.9', destinationPort: 53 } },
    ]);
    const signedIn = await jetway.send('POST', '/dev/sessions', {
      body: { subject: 'olga@example.com', teams: ['platform'], roles: ['operator'] },
    });
    const cookie = signedIn.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ');
    const page = (await jetway.send('GET', '/mirror-hub', { headers: { cookie } })).body as string;
    for (const words of [name, `${vni}`, '192.0.2.53:53', '1,500 of 4,000', networkInterfaceId])
      expect(page).toContain(words);

    sink.child.kill('SIGINT');
    expect(await sink.ended).toMatchObject({ code: 0, err: '' });
  });

  it('is told by nobody who runs no hub', async () => {
    const as = ['--as', 'eve@example.com', '--as-role', 'requester'];
    const sink = cli.start(['mirror', 'listen', '--port', '0', '--tell', ...as], { JETWAY_URL: jetway.url });
    const [, port] = /:(\d+) \(UDP\)/.exec(await sink.says('waiting for VXLAN')) ?? [];
    const frame = vxlanFrame(7, packetBytes(PACKETS[0] as MirroredPacket));
    sender.send(frame, Number(port), '127.0.0.1');
    const { code, err } = await sink.ended;
    expect(code).not.toBe(0);
    expect(err).toContain('needs the role operator');
  });
});

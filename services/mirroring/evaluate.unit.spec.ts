import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldErrors } from '../http/problem.ts';
import { MirrorWhatIf } from './evaluate.schema.ts';
import { evaluateMirroring } from './evaluate.ts';
import { readCases } from './evaluate-cases.fixture.ts';
import { EVALUATE_TABLE } from './evaluate-table.fixture.ts';
import { naiveVerdict } from './naive-matcher.fixture.ts';

const CASES = readCases(EVALUATE_TABLE);

describe('a packet and the sessions of its interface', () => {
  it('are told in at least 300 cases', () => expect(CASES.length).toBeGreaterThanOrEqual(300));

  it.each(CASES)('$about: $line', ({ whatIf, verdict }) => {
    expect(evaluateMirroring(whatIf)).toEqual(verdict);
  });

  it('are judged as the naive reference does', () => {
    fc.assert(
      fc.property(whatIfs, (given) => {
        const whatIf = MirrorWhatIf.parse(given);
        expect(evaluateMirroring(whatIf)).toEqual(naiveVerdict(whatIf));
      }),
      { numRuns: 1_500 },
    );
  });

  it('are judged by every kind of answer in that property', () => {
    const answers = fc.sample(whatIfs, { numRuns: 800, seed: 8 }).map((given) => {
      const { mirrored, ruleNumber, truncatedTo } = evaluateMirroring(MirrorWhatIf.parse(given));
      return `${mirrored} ${ruleNumber !== undefined} ${truncatedTo !== undefined}`;
    });
    const kinds = [
      'false false false',
      'true true true',
      'true true false',
      'true false true',
      'true false false',
    ];
    for (const kind of kinds) expect(answers.filter((answer) => answer === kind).length).toBeGreaterThan(0);
  });
});

/** Few addresses and ports, so that rules and packets meet. */
const ADDRESSES = {
  4: ['10.0.0.1', '10.0.0.2', '10.0.1.2', '10.1.0.2', '192.0.2.1', '169.254.169.253', '169.254.169.254'],
  6: ['2001:db8::1', '2001:db8::2', '2001:db8:1::1', 'fd00:ec2::253', '::ffff:10.0.0.2'],
} as const;
const family = fc.constantFrom(4 as const, 6 as const);
const cidr = (of: 4 | 6) =>
  fc
    .tuple(fc.constantFrom(...ADDRESSES[of]), fc.oneof(fc.constant(0), fc.nat(of === 4 ? 32 : 128)))
    .map(([ip, prefix]) => `${ip}/${prefix}`);
const port = fc.constantFrom(22, 53, 53, 67, 68, 123, 443, 40_000);
const protocol = fc.constantFrom(1, 6, 6, 17, 17, 47, 58);
const ports = fc.option(
  fc.tuple(port, port).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) })),
  { nil: undefined },
);

const rule = family.chain((of) =>
  fc.record({
    direction: fc.constantFrom('ingress', 'egress'),
    ruleNumber: fc.integer({ min: 1, max: 1_000_000 }),
    action: fc.constantFrom('accept', 'accept', 'reject'),
    protocol: fc.option(protocol, { nil: undefined }),
    sourceCidr: cidr(of),
    destinationCidr: cidr(of),
    sourcePorts: ports,
    destinationPorts: ports,
  }),
);
const withoutStrayPorts = <T extends { protocol: number | undefined }>(one: T): T =>
  one.protocol === 6 || one.protocol === 17
    ? one
    : { ...one, sourcePorts: undefined, destinationPorts: undefined };
const session = fc.record({
  sessionNumber: fc.integer({ min: 1, max: 32_766 }),
  packetLength: fc.option(fc.integer({ min: 1, max: 8_500 }), { nil: undefined }),
  target: fc.constantFrom(
    undefined,
    { type: 'network-load-balancer' },
    { type: 'gateway-load-balancer-endpoint' },
    { type: 'network-interface', mtu: 1_500 },
    { type: 'network-interface' },
  ),
  filter: fc.record({
    networkServices: fc.constantFrom(undefined, ['amazon-dns']),
    rules: fc.uniqueArray(rule.map(withoutStrayPorts), {
      maxLength: 10,
      selector: ({ ruleNumber }) => ruleNumber,
    }),
  }),
});
const packet = family.chain((of) =>
  fc.record({
    direction: fc.constantFrom('ingress', 'egress'),
    protocol,
    sourceIp: fc.constantFrom(...ADDRESSES[of]),
    destinationIp: fc.constantFrom(...ADDRESSES[of]),
    sourcePort: fc.option(port, { nil: undefined }),
    destinationPort: fc.option(port, { nil: undefined }),
    length: fc.option(fc.integer({ min: 1, max: 9_001 }), { nil: undefined }),
  }),
);
const whatIfs = fc.record({
  sessions: fc.uniqueArray(session, { maxLength: 3, selector: ({ sessionNumber }) => sessionNumber }),
  packet,
  vpcCidrs: fc.constantFrom(undefined, ['10.0.0.0/16'], ['10.0.1.0/24', '2001:db8::/64']),
});

const RULE = {
  direction: 'ingress',
  ruleNumber: 10,
  action: 'accept',
  sourceCidr: '0.0.0.0/0',
  destinationCidr: '0.0.0.0/0',
};
const PACKET = { direction: 'ingress', protocol: 6, sourceIp: '10.0.0.1', destinationIp: '10.0.0.2' };
const ofRules = (...rules: object[]) => ({
  sessions: [{ sessionNumber: 1, filter: { rules } }],
  packet: PACKET,
});
const ofRule = (changes: object) => ofRules({ ...RULE, ...changes });
const ofPacket = (changes: object) => ({ ...ofRules(RULE), packet: { ...PACKET, ...changes } });
const ofSession = (changes: object) => ({
  sessions: [{ sessionNumber: 1, filter: { rules: [] }, ...changes }],
  packet: PACKET,
});
const R = '/sessions/0/filter/rules/0';

describe('a question is refused with the place of every field that AWS would not take', () => {
  it.each<[string, string, object]>([
    ['a rule number of 0', `${R}/ruleNumber`, ofRule({ ruleNumber: 0 })],
    ['a rule number that is no integer', `${R}/ruleNumber`, ofRule({ ruleNumber: 1.5 })],
    ['another direction', `${R}/direction`, ofRule({ direction: 'inbound' })],
    ['another action', `${R}/action`, ofRule({ action: 'allow' })],
    ['protocol 256', `${R}/protocol`, ofRule({ protocol: 256 })],
    ['protocol -1', `${R}/protocol`, ofRule({ protocol: -1 })],
    ['an unknown name of a protocol', `${R}/protocol`, ofRule({ protocol: 'sctp' })],
    ['an address without a prefix', `${R}/sourceCidr`, ofRule({ sourceCidr: '10.0.0.0' })],
    ['a prefix of 33', `${R}/destinationCidr`, ofRule({ destinationCidr: '10.0.0.0/33' })],
    ['an IPv6 prefix of 129', `${R}/sourceCidr`, ofRule({ sourceCidr: '::/129' })],
    ['octal', `${R}/sourceCidr`, ofRule({ sourceCidr: '010.0.0.0/8' })],
    ['a prefix with a sign', `${R}/sourceCidr`, ofRule({ sourceCidr: '10.0.0.0/+8' })],
    ['an address with a zone', `${R}/sourceCidr`, ofRule({ sourceCidr: 'fe80::1%eth0/64' })],
    ['two families in a rule', `${R}/destinationCidr`, ofRule({ destinationCidr: '::/0' })],
    ['ports without a protocol', `${R}/destinationPorts`, ofRule({ destinationPorts: { from: 1, to: 2 } })],
    ['ports of ICMP', `${R}/sourcePorts`, ofRule({ protocol: 1, sourcePorts: { from: 1, to: 2 } })],
    ['ports of SCTP', `${R}/sourcePorts`, ofRule({ protocol: 132, sourcePorts: { from: 1, to: 2 } })],
    [
      'ports that go backwards',
      `${R}/sourcePorts/to`,
      ofRule({ protocol: 6, sourcePorts: { from: 2, to: 1 } }),
    ],
    ['port 65536', `${R}/sourcePorts/to`, ofRule({ protocol: 6, sourcePorts: { from: 2, to: 65_536 } })],
    ['half a range', `${R}/sourcePorts/to`, ofRule({ protocol: 6, sourcePorts: { from: 2 } })],
    ['an unknown field of a rule', `${R}/priority`, ofRule({ priority: 1 })],
    ['a rule without a CIDR', `${R}/sourceCidr`, ofRule({ sourceCidr: undefined })],
    ['the same number twice in a direction', '/sessions/0/filter/rules/1/ruleNumber', ofRules(RULE, RULE)],
    [
      'eleven rules',
      '/sessions/0/filter/rules',
      ofRules(...Array.from({ length: 11 }, (_, i) => ({ ...RULE, ruleNumber: i + 1 }))),
    ],
    [
      'an unknown network service',
      '/sessions/0/filter/networkServices/0',
      ofSession({ filter: { networkServices: ['amazon-ntp'], rules: [] } }),
    ],
    [
      'a network service twice',
      '/sessions/0/filter/networkServices',
      ofSession({ filter: { networkServices: ['amazon-dns', 'amazon-dns'], rules: [] } }),
    ],
    ['session number 0', '/sessions/0/sessionNumber', ofSession({ sessionNumber: 0 })],
    ['session number 32767', '/sessions/0/sessionNumber', ofSession({ sessionNumber: 32_767 })],
    ['packet length 0', '/sessions/0/packetLength', ofSession({ packetLength: 0 })],
    [
      'a packet length over 8500 with a Network Load Balancer',
      '/sessions/0/packetLength',
      ofSession({ packetLength: 8_501, target: { type: 'network-load-balancer' } }),
    ],
    [
      'an MTU over 9001',
      '/sessions/0/target/mtu',
      ofSession({ target: { type: 'network-interface', mtu: 9_002 } }),
    ],
    ['an unknown field of a session', '/sessions/0/name', ofSession({ name: 'x' })],
    ['a packet of two families', '/packet/destinationIp', ofPacket({ destinationIp: '::1' })],
    ['a block where an address belongs', '/packet/sourceIp', ofPacket({ sourceIp: '10.0.0.0/8' })],
    ['a packet without protocol', '/packet/protocol', ofPacket({ protocol: undefined })],
    ['port -1', '/packet/sourcePort', ofPacket({ sourcePort: -1 })],
    ['length 0', '/packet/length', ofPacket({ length: 0 })],
    ['an unknown field of the packet', '/packet/flags', ofPacket({ flags: 'S' })],
    ['an unknown field of the question', '/profile', { ...ofRules(RULE), profile: 'x' }],
    ['a block of the VPC that is none', '/vpcCidrs/0', { ...ofRules(RULE), vpcCidrs: ['x'] }],
  ])('%s', (_what, pointer, body) => {
    const parsed = MirrorWhatIf.safeParse(body);
    expect(fieldErrors((parsed.error?.issues ?? []) as never).map((one) => one.pointer)).toEqual([pointer]);
  });

  it('a fourth session, and a number twice', () => {
    const one = { sessionNumber: 1, filter: { rules: [] } };
    const four = MirrorWhatIf.safeParse({
      sessions: [1, 2, 3, 4].map((n) => ({ ...one, sessionNumber: n })),
      packet: PACKET,
    });
    const twice = MirrorWhatIf.safeParse({ sessions: [one, one], packet: PACKET });
    expect(four.error?.issues.map(({ path }) => path)).toEqual([['sessions']]);
    expect(twice.error?.issues.map(({ path }) => path)).toEqual([['sessions', 1, 'sessionNumber']]);
  });
});

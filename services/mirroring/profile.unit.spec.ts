import { describe, expect, it } from 'vitest';
import { MirrorWhatIf } from './evaluate.schema.ts';
import { evaluateMirroring } from './evaluate.ts';
import type { MirrorProfile } from './profile.schema.ts';
import { readProfile } from './profile.ts';
import { readMirrorCatalogue } from './profiles.node.ts';

const { profiles } = readMirrorCatalogue();

function shipped(name: string): MirrorProfile {
  const read = readProfile(name, profiles.get(name));
  if ('errors' in read) throw new Error(JSON.stringify(read.errors));
  return read.profile;
}

/** What becomes of a packet of an interface with this profile alone. */
function verdict(name: string, packet: Record<string, unknown>) {
  const { sessionNumber, packetLength, filter } = shipped(name);
  const session = { sessionNumber, filter, ...(packetLength ? { packetLength } : {}) };
  return evaluateMirroring(MirrorWhatIf.parse({ sessions: [session], packet, vpcCidrs: ['10.0.0.0/16'] }));
}

const out = (protocol: string, destinationIp: string, destinationPort?: number) => ({
  direction: 'egress',
  protocol,
  sourceIp: destinationIp.includes(':') ? '2001:db8::5' : '10.0.0.5',
  destinationIp,
  ...(destinationPort ? { sourcePort: 40_000, destinationPort } : {}),
});
const back = ({ sourceIp, destinationIp, ...rest }: ReturnType<typeof out>) => ({
  direction: 'ingress',
  protocol: rest.protocol,
  sourceIp: destinationIp,
  destinationIp: sourceIp,
  ...(rest.destinationPort ? { sourcePort: rest.destinationPort, destinationPort: 40_000 } : {}),
});

describe('the profiles that are shipped', () => {
  it('are three, with numbers of their own', () => {
    expect([...profiles.keys()]).toEqual(['dns-only', 'security-standard', 'skip-bulk']);
    const numbers = [...profiles.keys()].map((name) => shipped(name).sessionNumber);
    expect(new Set(numbers).size).toBe(3);
  });

  it.each<[string, ReturnType<typeof out>, string[]]>([
    ['HTTPS', out('tcp', '192.0.2.1', 443), ['security-standard', 'skip-bulk']],
    ['HTTPS over IPv6', out('tcp', '2001:db8::1', 443), ['security-standard', 'skip-bulk']],
    ['ping', out('icmp', '192.0.2.1'), ['security-standard', 'skip-bulk']],
    ['NFS', out('tcp', '10.0.0.9', 2049), ['security-standard']],
    ['iSCSI', out('tcp', '10.0.0.9', 3260), ['security-standard']],
    ['SMB', out('tcp', '10.0.0.9', 445), ['security-standard']],
    ['the resolver', out('udp', '10.0.0.2', 53), ['dns-only', 'security-standard', 'skip-bulk']],
    ['another resolver', out('udp', '8.8.8.8', 53), ['dns-only', 'security-standard', 'skip-bulk']],
    ['DNS over TCP and IPv6', out('tcp', '2001:db8::1', 53), ['dns-only', 'security-standard', 'skip-bulk']],
    ['instance metadata', out('tcp', '169.254.169.254', 80), []],
  ])('%s, there and back', (_what, packet, mirroring) => {
    const by = (one: object) => [...profiles.keys()].filter((name) => verdict(name, { ...one }).mirrored);
    expect(by(packet)).toEqual(mirroring);
    expect(by(back(packet))).toEqual(mirroring);
  });
});

describe('a wrong profile', () => {
  const wrong = (change: (profile: MirrorProfile) => unknown) => {
    const json = structuredClone(profiles.get('skip-bulk')) as MirrorProfile;
    change(json);
    const read = readProfile('skip-bulk', json);
    return 'errors' in read ? read.errors.map(({ pointer, message }) => `${pointer} ${message}`) : [];
  };
  const rule = (n: number, change: Record<string, unknown>) =>
    wrong(({ filter }) => Object.assign(filter.rules[n] ?? {}, change));

  it('names the rule and the field', () => {
    const at = (n: number, field: string) => `/filter/rules/${n}/${field}`;
    expect(rule(0, { sourceCidr: '10.0.0.0/40' })).toEqual([
      expect.stringMatching(`^${at(0, 'sourceCidr')} ingress rule 100, sourceCidr: is not a CIDR`),
    ]);
    expect(rule(1, { destinationCidr: '::/0' })).toEqual([
      expect.stringMatching(`^${at(1, 'destinationCidr')} ingress rule 110, destinationCidr: is of another`),
    ]);
    expect(rule(5, { protocol: 47 })).toEqual([
      expect.stringMatching(`^${at(5, 'destinationPorts')} egress rule 100, destinationPorts: needs`),
    ]);
    expect(rule(3, { ruleNumber: 100 })).toEqual([
      expect.stringMatching(`^${at(3, 'ruleNumber')} ingress rule 100, ruleNumber: is there twice`),
    ]);
    expect(rule(0, { sourcePorts: { from: 9, to: 8 } })).toEqual([
      expect.stringMatching(`^${at(0, 'sourcePorts/to')} ingress rule 100, sourcePorts.to: is below`),
    ]);
    expect(rule(0, { port: 9 })).toEqual([`${at(0, 'port')} ingress rule 100, port: is not a known field`]);
    expect(rule(2, { ruleNumber: undefined })).toEqual([
      expect.stringMatching(`^${at(2, 'ruleNumber')} rule at place 3, ruleNumber: `),
    ]);
  });

  it('names the field that is in no rule', () => {
    const eleventh = { direction: 'ingress', ruleNumber: 1, action: 'accept', sourceCidr: '::/0' } as const;
    expect(wrong((p) => p.filter.rules.push({ ...eleventh, destinationCidr: '::/0' }))).toEqual([
      expect.stringMatching('^/filter/rules filter.rules: has more than 10 rules'),
    ]);
    expect(wrong((p) => Object.assign(p, { packetLength: 8_501 }))[0]).toMatch(
      '/packetLength packetLength: is over 8500',
    );
    expect(wrong((p) => Object.assign(p, { sessionNumber: 0 }))[0]).toMatch('/sessionNumber sessionNumber: ');
    expect(wrong((p) => Object.assign(p, { virtualNetworkId: 2 ** 24 }))[0]).toMatch('/virtualNetworkId ');
    expect(wrong((p) => Object.assign(p, { sources: { select: 'tags', tags: {} } }))[0]).toMatch(
      '/sources/tags ',
    );
    expect(wrong((p) => Object.assign(p, { name: 'other' }))).toEqual([
      '/name is other; the file is skip-bulk.json',
    ]);
    expect(wrong((p) => Object.assign(p, { filter: { rules: [] } }))).toEqual([
      '/filter/rules filter.rules: accept nothing, and no network service is named',
    ]);
  });

  it('that is no JSON at all is told as that', () => {
    const read = readProfile('x', '{ "name": ');
    expect(read).toHaveProperty('errors');
  });
});

import { isIPv6 } from 'node:net';
import type { MirrorVerdict, MirrorWhatIf } from './evaluate.schema.ts';

type Rule = MirrorWhatIf['sessions'][number]['filter']['rules'][number];
type Packet = MirrorWhatIf['packet'];

/**
 * The documented semantics said again in the plainest way, with none of the product's code: addresses are strings of bits,
 * rules are tried by number from 1 upwards, a packet is a copy that is looked for. Slow on purpose.
 */
export function naiveVerdict({ sessions, packet, vpcCidrs }: MirrorWhatIf): MirrorVerdict {
  if (never(packet)) return { mirrored: false };
  const numbers = sessions.map((s) => s.sessionNumber).sort((a, b) => a - b);
  for (const wanted of numbers) {
    const [session] = sessions.filter((s) => s.sessionNumber === wanted);
    if (!session) continue;
    const dns =
      session.filter.networkServices?.includes('amazon-dns') === true && ofResolver(packet, vpcCidrs);
    const rule = dns ? undefined : lowest(session.filter.rules.filter((r) => hits(r, packet)));
    if (!dns && (rule === undefined || rule.action === 'reject')) continue;
    const verdict: MirrorVerdict = { mirrored: true, sessionNumber: wanted };
    if (rule) verdict.ruleNumber = rule.ruleNumber;
    const limits = [session.packetLength ?? 1e9];
    const extra = isIPv6(packet.sourceIp) ? 74 : 54;
    if (session.target?.type === 'network-load-balancer') limits.push(8500);
    if (session.target?.type === 'gateway-load-balancer-endpoint') limits.push(8500 - extra);
    if (session.target?.type === 'network-interface' && session.target.mtu)
      limits.push(session.target.mtu - extra);
    const limit = limits.sort((a, b) => a - b)[0] ?? 0;
    if (packet.length !== undefined && packet.length > limit) verdict.truncatedTo = limit;
    return verdict;
  }
  return { mirrored: false };
}

const lowest = (rules: Rule[]) =>
  rules.reduce<Rule | undefined>(
    (a, b) => (a === undefined || b.ruleNumber < a.ruleNumber ? b : a),
    undefined,
  );

function hits(rule: Rule, packet: Packet): boolean {
  if (rule.direction !== packet.direction) return false;
  if (rule.protocol !== undefined && rule.protocol !== packet.protocol) return false;
  if (!inBlock(rule.sourceCidr, packet.sourceIp)) return false;
  if (!inBlock(rule.destinationCidr, packet.destinationIp)) return false;
  if (rule.sourcePorts && !listed(rule.sourcePorts, packet.sourcePort)) return false;
  return !rule.destinationPorts || listed(rule.destinationPorts, packet.destinationPort);
}

const listed = ({ from, to }: { from: number; to: number }, port: number | undefined) =>
  port !== undefined && port >= from && port <= to;

/** 32 or 128 characters of 0 and 1. */
function bits(ip: string): string {
  if (!ip.includes(':')) {
    return ip
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('');
  }
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(ip);
  const hex = (high: string | undefined, low: string | undefined) =>
    (Number(high) * 256 + Number(low)).toString(16);
  const plain = dotted ? `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}` : ip;
  const [head = '', tail] = plain.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const [first, last] = [groups(head), groups(tail ?? '')];
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - first.length - last.length }, () => '0');
  return [...first, ...zeros, ...last]
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0'))
    .join('');
}

function inBlock(cidr: string, ip: string): boolean {
  const [base = '', prefix = ''] = cidr.split('/');
  const [block, address] = [bits(base), bits(ip)];
  return (
    block.length === address.length && block.slice(0, Number(prefix)) === address.slice(0, Number(prefix))
  );
}

const LINK_LOCAL = /^(169\.254\.169\.25[014]|fd00:ec2::25[04])$/;

function never(packet: Packet): boolean {
  if (LINK_LOCAL.test(packet.sourceIp) || LINK_LOCAL.test(packet.destinationIp)) return true;
  if (packet.protocol !== 17) return false;
  const ports = `${packet.sourcePort}-${packet.destinationPort}`;
  return /^(67|68|546|547)-(67|68|546|547)$/.test(ports) || /(^|-)123(-|$)/.test(ports);
}

function ofResolver(packet: Packet, vpcCidrs: string[] | undefined): boolean {
  const out = packet.direction === 'egress';
  const ip = out ? packet.destinationIp : packet.sourceIp;
  const port = out ? packet.destinationPort : packet.sourcePort;
  if ((packet.protocol !== 6 && packet.protocol !== 17) || port !== 53) return false;
  if (ip === '169.254.169.253' || ip === 'fd00:ec2::253') return true;
  if (vpcCidrs === undefined)
    return /^(10|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\..*\.2$/.test(ip);
  return vpcCidrs.some((cidr) => {
    const [base = '', prefix = ''] = cidr.split('/');
    const block = bits(base);
    const rest = block.length - Number(prefix);
    return bits(ip) === block.slice(0, Number(prefix)) + (2).toString(2).padStart(rest, '0');
  });
}

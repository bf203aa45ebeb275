import { MirrorVerdict, MirrorWhatIf } from './evaluate.schema.ts';

export type EvaluateCase = { about: string; line: string; whatIf: MirrorWhatIf; verdict: MirrorVerdict };

type Session = { filter: { rules: unknown[] } } & Record<string, unknown>;
type Draft = { sessions: Session[]; vpcCidrs?: string[] };

const CIDRS: Readonly<Record<string, string>> = { any: '0.0.0.0/0', any6: '::/0' };
const direction = (word: string) => ({ in: 'ingress', out: 'egress' })[word];
const number = (text: string | undefined) => Number(text);

/**
 * Reads a table of cases, which is easier to check by eye than JSON:
 *
 *     @ what the cases are about                     begins a group
 *     v 10.0.0.0/16                                  blocks of the VPC
 *     s 1 len 128 dns nlb                            a session; also `gwlbe`, `eni 1500`
 *     r in 10 + tcp any 10.0.0.0/8 sp 1-9 dp 443-443 a rule of the session above; `+` accepts, `-` rejects, `*` any protocol
 *     p in tcp 1.2.3.4:5 10.0.0.1:443 len 90 = 1/10  a packet, and what becomes of it: `-`, `1/10`, `1/dns`, `1/10 cut 54`
 */
export function readCases(table: string): EvaluateCase[] {
  const cases: EvaluateCase[] = [];
  let about = '';
  let draft: Draft = { sessions: [] };
  for (const line of table.split('\n').map((one) => one.trim())) {
    const [kind, ...words] = line.split(/\s+/);
    if (kind === '@') [about, draft] = [line.slice(2), { sessions: [] }];
    else if (kind === 'v') draft.vpcCidrs = words;
    else if (kind === 's') draft.sessions.push(sessionOf(words));
    else if (kind === 'r') lastRules(draft).push(ruleOf(words));
    else if (kind === 'p') cases.push({ about, line, ...packetCase(draft, line) });
    else if (line !== '') throw new Error(`no case: ${line}`);
  }
  return cases;
}

function sessionOf([sessionNumber, ...words]: string[]): Session {
  const after = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
  const mtu = after('eni');
  const type = words.includes('nlb') ? 'network-load-balancer' : 'gateway-load-balancer-endpoint';
  const target = words.includes('nlb') || words.includes('gwlbe') ? { type } : undefined;
  return {
    sessionNumber: number(sessionNumber),
    ...(words.includes('len') ? { packetLength: number(after('len')) } : {}),
    ...(mtu ? { target: { type: 'network-interface', mtu: number(mtu) } } : target ? { target } : {}),
    filter: { ...(words.includes('dns') ? { networkServices: ['amazon-dns'] } : {}), rules: [] },
  };
}

function lastRules({ sessions }: Draft): unknown[] {
  const session = sessions.at(-1);
  if (!session) throw new Error('a rule before its session');
  return session.filter.rules;
}

function ruleOf([
  way = '',
  ruleNumber,
  action,
  protocol = '',
  source = '',
  destination = '',
  ...ports
]: string[]) {
  const range = (word: string) => {
    const [from, to] = (ports[ports.indexOf(word) + 1] ?? '').split('-');
    return ports.includes(word) ? { from: number(from), to: number(to) } : undefined;
  };
  const [sourcePorts, destinationPorts] = [range('sp'), range('dp')];
  return {
    direction: direction(way),
    ruleNumber: number(ruleNumber),
    action: action === '+' ? 'accept' : 'reject',
    ...(protocol === '*' ? {} : { protocol: protocolOf(protocol) }),
    sourceCidr: CIDRS[source] ?? source,
    destinationCidr: CIDRS[destination] ?? destination,
    ...(sourcePorts ? { sourcePorts } : {}),
    ...(destinationPorts ? { destinationPorts } : {}),
  };
}

const protocolOf = (word: string) => (/^\d+$/.test(word) ? Number(word) : word);

function packetCase(draft: Draft, line: string): { whatIf: MirrorWhatIf; verdict: MirrorVerdict } {
  const [left = '', right = ''] = line.split(' = ');
  const [, way = '', protocol = '', source = '', destination = '', , length] = left.split(/\s+/);
  const [from, to] = [end(source), end(destination)];
  const packet = {
    direction: direction(way),
    protocol: protocolOf(protocol),
    sourceIp: from.ip,
    destinationIp: to.ip,
    ...(from.port === undefined ? {} : { sourcePort: from.port }),
    ...(to.port === undefined ? {} : { destinationPort: to.port }),
    ...(length ? { length: number(length) } : {}),
  };
  const [hit = '', , cut] = right.trim().split(/\s+/);
  const [session, rule] = hit.split('/');
  const verdict =
    hit === '-'
      ? { mirrored: false }
      : {
          mirrored: true,
          sessionNumber: number(session),
          ...(rule === 'dns' ? {} : { ruleNumber: number(rule) }),
          ...(cut ? { truncatedTo: number(cut) } : {}),
        };
  return { whatIf: MirrorWhatIf.parse({ ...draft, packet }), verdict: MirrorVerdict.strict().parse(verdict) };
}

function end(text: string): { ip: string; port?: number } {
  const [, six, four, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  const ip = six ?? four ?? text;
  return port === undefined ? { ip } : { ip, port: number(port) };
}

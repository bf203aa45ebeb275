import type {
  Account,
  AccountCompliance,
  ControlException,
  Fact,
  Findings,
  Plan,
  Summary,
} from './answers.schema.ts';
import { columns, plural, type Style, styled, type Text, table } from './text.ts';

const LABEL = 12;
/** `  label       words`; nothing where there are no words. */
const field = (label: string, words: Text | undefined): Text[] =>
  words === undefined || words === '' ? [] : [['  ', styled('dim', label.padEnd(LABEL)), words]];

const unique = (items: readonly string[]): string => [...new Set(items)].join(', ');

/** A plan of any kind, as an approver should read it before saying yes. */
export function planLines(plan: Plan): Text[] {
  const { guardrails, network, monthlyCost, eta } = plan;
  return [
    ...field('digest', plan.digest),
    ...field('account', plan.account?.name),
    ...field('unit', plan.organization?.organizationalUnitName ?? plan.account?.organizationalUnitId),
    ...(network === undefined
      ? []
      : field(
          'network',
          network ? `${network.vpcCidr}, ${plural(network.subnets.length, 'subnet')}` : 'none',
        )),
    ...field(
      'components',
      plan.components &&
        unique(plan.components.map((c) => `${c.name}@${c.version}${c.mode === 'verify' ? ' (verify)' : ''}`)),
    ),
    ...field(
      'guardrails',
      guardrails &&
        `${guardrails.inherited.length} inherited; own: ${
          [
            ...guardrails.preventive.flatMap((p) => p.controls),
            ...guardrails.detective.map((d) => d.control),
          ].join(', ') || 'none'
        }`,
    ),
    ...field(
      'access',
      plan.access && (plan.access.map((a) => `${a.principal} → ${a.permissionSet}`).join(', ') || 'none'),
    ),
    ...field('cost', monthlyCost && `about ${monthlyCost.amount.toFixed(2)} ${monthlyCost.currency} a month`),
    ...field(
      'time',
      eta && `about ${minutes(eta.p50Seconds)}, in nine of ten cases ${minutes(eta.p90Seconds)}`,
    ),
    ...(plan.summary ?? []).flatMap((line) => field('does', line)),
    ...plan.warnings.flatMap((warning) => field('note', styled('yellow', warning))),
  ];
}

const minutes = (seconds: number): string => `${Math.max(1, Math.round(seconds / 60))} min`;

export const exceptionRows = (exceptions: readonly ControlException[]): Text[] =>
  table(
    ['EXCEPTION', 'ACCOUNT', 'CONTROL', 'RESOURCE', 'STATE', 'UNTIL', 'OWNER'],
    exceptions.map((e) => [
      ...[e.requestId, e.accountName, e.control, e.resource ?? '-', e.state],
      ...[e.expiresAt.slice(0, 10), e.owner],
    ]),
  );

export const accountRows = (accounts: readonly Account[]): Text[] =>
  table(
    ['ACCOUNT', 'NAME', 'STATUS', 'TEAM', 'UNIT', 'BLUEPRINT', 'SINCE'],
    accounts.map((a) => [
      a.accountId,
      a.name,
      statusText(a.status),
      a.team ?? '-',
      a.organizationalUnitId ?? '-',
      a.blueprint?.name ?? '-',
      a.createdAt.slice(0, 10),
    ]),
  );

const COLOURS: Record<string, Style> = {
  ACTIVE: 'green',
  COMPLIANT: 'green',
  QUARANTINED: 'red',
  NON_COMPLIANT: 'red',
};

const statusText = (status: string): Text => {
  const colour = COLOURS[status];
  return colour ? styled(colour, status) : status;
};

export type WholeAccount = { account: Account; compliance: AccountCompliance; timeline: readonly Fact[] };

/** Who has it, how it stands, what happened to it last. */
export function accountLines({ account, compliance, timeline }: WholeAccount): Text[] {
  const violated = compliance.items.filter((item) => item.status === 'NON_COMPLIANT').length;
  return [
    [styled('bold', account.name), `  ${account.accountId}  `, statusText(account.status)],
    ...field('e-mail', account.email),
    ...field('team', account.team ?? 'none'),
    ...field('unit', account.organizationalUnitId ?? 'none'),
    ...field('origin', account.origin),
    ...field('blueprint', account.blueprint?.name),
    ...field('request', account.requestId),
    ...field('since', account.createdAt),
    ...field(
      'guardrails',
      `${compliance.items.length}${violated > 0 ? `, ${violated} violated` : ', none violated'}`,
    ),
    ...guardrailLines(compliance),
    ...(timeline.length > 0 ? ['', `The last ${plural(timeline.length, 'fact')}`] : []),
    ...factRows(timeline),
  ];
}

/** Own ones by name and the inherited ones as a number, unless they are violated. */
export function guardrailLines({ items }: AccountCompliance): Text[] {
  const shown = items.filter((item) => item.kind !== 'inherited' || item.status !== 'COMPLIANT');
  const rest = items.length - shown.length;
  return columns([
    ...shown.map((item): Text[] => [
      '  ',
      item.kind,
      item.control,
      [
        statusText(item.status),
        ...(item.resources ?? [])
          .filter((r) => r.status === 'NON_COMPLIANT')
          .map((r): Text => `  ${r.resourceType} ${r.resourceId}${until(r.exception)}`),
      ],
    ]),
    ...(rest > 0 ? [['  ', 'inherited', `${rest} from the organizational unit`, '']] : []),
  ]);
}

export const factRows = (facts: readonly Fact[]): Text[] =>
  columns(
    facts.map((fact) => [
      `  ${fact.occurredAt}`,
      `${fact.type}${fact.actor === undefined ? '' : `  by ${fact.actor}`}`,
    ]),
  );

const counts = (numbers: Record<string, number>): string =>
  Object.entries(numbers)
    .map(([name, n]) => `${n} ${name}`)
    .join(', ');

export function summaryLines({ accounts, guardrails, compliance }: Summary): Text[] {
  const { compliant, nonCompliant, excepted, unknown } = compliance;
  return [
    ...field('accounts', `${accounts.total}${accounts.total > 0 ? `: ${counts(accounts.byStatus)}` : ''}`),
    ...field(
      'guardrails',
      `${guardrails.enabled}${guardrails.enabled > 0 ? `: ${counts(guardrails.byGuidance)}` : ''}`,
    ),
    ...field('compliant', styled('green', String(compliant))),
    ...field('violations', nonCompliant > 0 ? styled('red', String(nonCompliant)) : '0'),
    ...field('excepted', excepted > 0 ? styled('yellow', String(excepted)) : '0'),
    ...field('unknown', String(unknown)),
  ];
}

const until = (exception: { expiresAt: string } | undefined): string =>
  exception === undefined ? '' : ` (by exception until ${exception.expiresAt.slice(0, 10)})`;

export const findingRows = (items: Findings['items']): Text[] =>
  table(
    ['ACCOUNT', 'NAME', 'CONTROL', 'RESOURCE', 'STATUS', 'EVALUATED'],
    items.map((f) => [
      f.accountId,
      f.accountName,
      f.control ?? f.rule,
      f.resourceId,
      [statusText(f.status), until(f.exception)],
      f.evaluatedAt,
    ]),
  );

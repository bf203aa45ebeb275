import type { Orm } from '../../db/client.ts';
import { ownTeams } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { askAs } from '../access/read-as.pg.ts';
import { isDrift } from '../drift/findings.ts';
import { type ExceptionNote, exceptionOf, type FoundThing, type InForce } from '../exceptions/cover.ts';
import { notFound } from '../kernel/errors.ts';
import { MIRROR_CONTROL } from '../mirroring/findings.ts';
import type { Instant } from './as-of.pg.ts';
import { accountState } from './stands.ts';

/** What `ask_account_at` says first; nulls where there is nothing. */
type AccountThenTold = [
  guardrails: [controls: string[] | null, kinds: string[]],
  findings:
    | [
        controls: (string | null)[] | null,
        rules: string[],
        regions: string[],
        resourceTypes: string[],
        resourceIds: string[],
        statuses: string[],
        versions: number[],
      ]
    | null,
];

type ExceptionsTold = [
  requestIds: string[] | null,
  controls: string[],
  resources: (string | null)[],
  reasons: string[],
  expiresAt: number[],
];

/** Guardrails that an account had at an instant, each with its worst finding of then. @throws Problem not-found */
export async function accountComplianceAsOf(orm: Orm, who: Principal, accountId: string, instant: Instant) {
  const told = await askAs<[AccountThenTold, ExceptionsTold]>(
    orm,
    who,
    'ask_account_at',
    ownTeams(who),
    accountId,
    instant.asOf.getTime(),
    instant.knownAt?.toISOString() ?? null,
  );
  if (!told) throw notFound('account');
  const [[[controls, kinds], findings], exceptions] = told;
  const inForce = exceptionsTold(accountId, exceptions);
  const found = findingsTold(findings, (thing) => exceptionOf({ accountId, ...thing }, inForce));
  const guardrails = (controls ?? [])
    .map((control, i) => ({ control, kind: kinds[i]! }))
    .sort((a, b) => (a.control < b.control ? -1 : 1));
  return {
    accountId,
    asOf: instant.asOf.toISOString(),
    ...(instant.knownAt === undefined ? {} : { knownAt: instant.knownAt.toISOString() }),
    ...accountState(guardrails, found.all),
    items: [
      ...guardrails,
      // It comes with a mirror profile and is no guardrail of the plan.
      ...(found.of.has(MIRROR_CONTROL) ? [{ control: MIRROR_CONTROL, kind: 'detective' }] : []),
    ].map(({ control, kind }) => {
      const about = found.of.get(control) ?? [];
      return { control, kind, status: statusThen(kind, about), resources: about.map((f) => f.resource) };
    }),
  };
}

type Found = {
  rule: string;
  control: string | null;
  status: string;
  excepted: boolean;
  resource: Record<'resourceType' | 'resourceId' | 'region' | 'status' | 'evaluatedAt', string> & {
    exception?: ExceptionNote;
  };
};
type ExceptionOf = (thing: Omit<FoundThing, 'accountId'>) => ExceptionNote | undefined;

const exceptionsTold = (accountId: string, told: ExceptionsTold): InForce[] => {
  const [requestIds, controls, resources, reasons, expiresAt] = told;
  return (requestIds ?? []).map((requestId, i) => ({
    requestId,
    accountId,
    control: controls[i]!,
    resource: resources[i] ?? null,
    reason: reasons[i]!,
    expiresAt: new Date(expiresAt[i]!).toISOString(),
  }));
};

/** All of them; and by control, those of one in the order of rule and resource. */
function findingsTold(findings: AccountThenTold[1], exceptionFor: ExceptionOf) {
  const [controls, rules, regions, resourceTypes, resourceIds, statuses, versions] = findings ?? [null];
  const of = new Map<string, Found[]>();
  const all = (controls ?? []).map((control, i): Found => {
    const [rule, status, resourceId] = [rules![i]!, statuses![i]!, resourceIds![i]!];
    const exception = status === 'NON_COMPLIANT' ? exceptionFor({ rule, control, resourceId }) : undefined;
    const resource = {
      resourceType: resourceTypes![i]!,
      resourceId,
      region: regions![i]!,
      status,
      evaluatedAt: new Date(versions![i]!).toISOString(),
      ...(exception === undefined ? {} : { exception }),
    };
    return { rule, control, status, excepted: exception !== undefined, resource };
  });
  for (const one of all) {
    if (one.control === null) continue;
    const about = of.get(one.control);
    if (about) about.push(one);
    else of.set(one.control, [one]);
  }
  for (const about of of.values()) if (about.length > 1) about.sort(byRuleAndResource);
  return { of, all };
}

const byRuleAndResource = (a: Found, b: Found): number =>
  `${a.rule}\n${a.resource.resourceId}` < `${b.rule}\n${b.resource.resourceId}` ? -1 : 1;

function statusThen(kind: string, findings: readonly { rule: string; status: string }[]): string {
  if (findings.some((f) => f.status === 'NON_COMPLIANT')) return 'NON_COMPLIANT';
  if (kind !== 'detective') return 'COMPLIANT';
  const own = findings.filter((f) => !isDrift(f.rule));
  return own.some((f) => f.status === 'COMPLIANT' || f.status === 'NOT_APPLICABLE') ? 'COMPLIANT' : 'UNKNOWN';
}

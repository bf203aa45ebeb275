import type { PlannedApprovals } from '../approvals/approvals.schema.ts';
import type { Catalogue, Control } from '../guardrails/catalogue.ts';
import { digestOf } from '../kernel/canonical-json.ts';
import type { FieldError } from '../kernel/errors.ts';
import { coveredBy, type InForce } from './cover.ts';
import type { ControlExceptionPlan, ExceptionBody } from './exception.schema.ts';
import { controlOf } from './own-controls.ts';
import type { Finding } from './violations.ts';

const DAY = 24 * 3_600_000;
/** A Step Functions execution, which keeps the time of the exception, lasts a year at most. */
const MOST_DAYS = 365;
const LONG_DAYS = 90;
/** The plan names this many of the violations that it covers. */
const MOST_COVERED = 50;

/** Everything that the planning of an exception knows besides what was asked for. */
export type ExceptionContext = {
  requestId: string;
  /** Milliseconds. */
  now: number;
  requestedBy: string;
  account: {
    accountId: string;
    name: string;
    organizationalUnitId: string;
    /** Who answers for the account. */
    owner: string;
    /** The controls that act in it. */
    controls: readonly string[];
  };
  catalogue: Pick<Catalogue, 'byId'>;
  findings: readonly Finding[];
  inForce: readonly InForce[];
  approvals: PlannedApprovals;
};

export type PlannedException = { plan: ControlExceptionPlan } | { errors: FieldError[] };

/**
 * Freezes what the exception comes to, or says what stands in the way, each with its JSON pointer. The same wish and
 * context give the same plan, byte for byte.
 */
export function planException(body: ExceptionBody, context: ExceptionContext): PlannedException {
  const control = controlOf(context.catalogue, body.control);
  const errors = [
    ...controlProblems(body.control, control, context),
    ...timeProblems(body.expiresAt, context.now),
  ];
  if (errors.length > 0 || !control) return { errors };
  const undigested = assemble(body, control, context);
  return { plan: { digest: digestOf(undigested), ...undigested } };
}

function controlProblems(
  id: string,
  control: Control | undefined,
  { account }: ExceptionContext,
): FieldError[] {
  const refuse = (message: string): FieldError[] => [{ pointer: '/control', message }];
  if (!control) return refuse('is no control of the catalogue');
  if (control.guidance === 'mandatory') return refuse(`is mandatory: nothing is excepted from it`);
  if (control.behavior !== 'detective')
    return refuse(
      `is ${control.behavior}: it lets nothing happen that could be excepted. Ask for other guardrails of the account instead`,
    );
  if (!account.controls.includes(id)) return refuse(`does not act in the account ${account.accountId}`);
  return [];
}

function timeProblems(expiresAt: string, now: number): FieldError[] {
  const left = Date.parse(expiresAt) - now;
  const refuse = (message: string): FieldError[] => [{ pointer: '/expiresAt', message }];
  if (left <= 0) return refuse('has to be in the future');
  return left > MOST_DAYS * DAY
    ? refuse(`is more than ${MOST_DAYS} days away; an exception can be asked for again`)
    : [];
}

function assemble(
  body: ExceptionBody,
  control: Control,
  context: ExceptionContext,
): Omit<ControlExceptionPlan, 'digest'> {
  const { account, requestedBy } = context;
  const resource = body.resource ?? null;
  const about = { accountId: account.accountId, control: control.id, resource };
  const violations = context.findings.filter(({ status }) => status === 'NON_COMPLIANT');
  const covered = coveredBy(about, violations);
  const replaced = context.inForce.find(
    (one) => one.control === control.id && one.resource === resource && one.accountId === account.accountId,
  );
  const parts = {
    accountId: account.accountId,
    account: { name: account.name, organizationalUnitId: account.organizationalUnitId },
    control: {
      id: control.id,
      title: control.title,
      guidance: control.guidance,
      behavior: control.behavior,
    },
    resource,
    owner: body.owner ?? account.owner,
    reason: body.reason,
    requestedBy,
    expiresAt: new Date(Date.parse(body.expiresAt)).toISOString(),
    covered: covered.length,
    covers: covered
      .slice(0, MOST_COVERED)
      .map(({ region, rule, resourceType, resourceId, since, annotation }) => ({
        region,
        rule,
        resourceType,
        resourceId,
        since,
        annotation,
      })),
    replaces: replaced ? { requestId: replaced.requestId, expiresAt: replaced.expiresAt } : null,
  };
  return {
    kind: 'control-exception',
    requestId: context.requestId,
    ...parts,
    summary: summaryOf(parts, context.now),
    approvals: byPeople(context.approvals),
    warnings: warningsOf(parts, context.now),
  };
}

/** What weakens a control is always said yes to by a person. */
const byPeople = (approvals: PlannedApprovals): PlannedApprovals => ({
  ...approvals,
  automatic: null,
  quorum: approvals.stages.reduce((sum, { quorum }) => sum + quorum, 0),
});

type Parts = Pick<
  ControlExceptionPlan,
  | 'accountId'
  | 'account'
  | 'control'
  | 'resource'
  | 'owner'
  | 'requestedBy'
  | 'expiresAt'
  | 'covered'
  | 'covers'
  | 'replaces'
>;

const daysUntil = (at: string, now: number): number => Math.ceil((Date.parse(at) - now) / DAY);
const daysText = (days: number): string => (days === 1 ? 'at most one day' : `${days} days`);
const violationsText = (count: number): string => (count === 1 ? 'one violation' : `${count} violations`);

function summaryOf(parts: Parts, now: number): string[] {
  const { account, control, resource, covers, covered, replaces, expiresAt } = parts;
  const what = resource === null ? 'everything that it finds there' : `the resource ${resource}`;
  return [
    `${parts.requestedBy} asks for an exception from ${control.id} (${control.title}; ${control.guidance}, ${control.behavior}) in the account ${account.name} (${parts.accountId}), for ${what}`,
    `Until ${expiresAt}, ${daysText(daysUntil(expiresAt, now))}; then it ends by itself. ${parts.owner} answers for it`,
    ...(covered === 0 ? [] : [`Today it covers ${violationsText(covered)}`]),
    ...covers.map(
      (one) =>
        `Covers ${one.resourceType} ${one.resourceId} in ${one.region}, in violation since ${one.since}${one.annotation === null ? '' : `: ${one.annotation}`}`,
    ),
    ...(covered > covers.length ? [`Covers ${covered - covers.length} more`] : []),
    ...(replaces
      ? [
          `It takes the place of the exception ${replaces.requestId}, which would end on ${replaces.expiresAt}`,
        ]
      : []),
  ];
}

function warningsOf({ resource, covered, expiresAt }: Parts, now: number): string[] {
  return [
    ...(resource === null
      ? ['It covers every resource of the account, those that are yet to come too.']
      : []),
    ...(covered === 0 ? ['Today there is no violation that it would cover.'] : []),
    ...(daysUntil(expiresAt, now) > LONG_DAYS ? [`It lasts longer than ${LONG_DAYS} days.`] : []),
  ];
}

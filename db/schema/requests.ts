import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  cidr,
  index,
  jsonb,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { RequestKind } from '../../services/requests/kinds.ts';
import { requestRows, rowsOfRequest, rowsOfTeamOrRequest, service } from './tenancy.ts';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** The intent: written once with the plan, never changed. */
export const accountRequests = pgTable(
  'account_requests',
  {
    id: text().primaryKey(),
    kind: text().$type<RequestKind>().notNull().default('account'),
    /** The team that asks; `*` for what concerns the whole organization. */
    team: text().notNull(),
    requestedBy: text('requested_by').notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    bodyDigest: text('body_digest').notNull(),
    body: jsonb().notNull(),
    planDigest: text('plan_digest').notNull(),
    /** The exact canonical bytes that were digested. */
    planText: text('plan_text').notNull(),
    createdAt: at('created_at').notNull(),
  },
  (t) => [uniqueIndex('account_requests_idempotency').on(t.requestedBy, t.idempotencyKey), ...requestRows()],
);

/** Projection: the fold of a request's facts. */
export const requestViews = pgTable(
  'request_views',
  {
    requestId: text('request_id').primaryKey(),
    team: text().notNull(),
    status: text().notNull(),
    /** No event can move it any more (DENIED, EXPIRED, CANCELLED, REJECTED, CLOSED). */
    terminal: boolean().notNull(),
    accountId: text('account_id'),
    /** Null for a request that asks for no account. */
    accountName: text('account_name'),
    organizationalUnitId: text('organizational_unit_id').notNull(),
    view: jsonb().notNull(),
    createdAt: at('created_at').notNull(),
    updatedAt: at('updated_at').notNull(),
  },
  (t) => [
    index('request_views_team').on(t.team, t.createdAt.desc(), t.requestId.desc()),
    index('request_views_created').on(t.createdAt.desc(), t.requestId.desc()),
    index('request_views_account').on(t.accountId).where(sql`account_id is not null`),
    // How many a team has waiting, however many it ever asked for.
    index('request_views_waiting')
      .on(t.team)
      .where(sql`status in ('PLANNED', 'AWAITING_APPROVAL', 'QUEUED')`),
    // Few of many: what is under way.
    index('request_views_open')
      .on(t.createdAt.desc(), t.requestId.desc())
      .where(sql`not terminal and status <> 'ACTIVE'`),
    index('request_views_open_name').on(t.accountName, t.organizationalUnitId),
    ...rowsOfTeamOrRequest(),
  ],
);

/** One open vend for each e-mail, compared without regard to case. Kept for ever once an account exists. */
export const emailHolds = pgTable(
  'email_holds',
  {
    emailCanonical: text('email_canonical').primaryKey(),
    requestId: text('request_id').notNull(),
  },
  () => [service()],
);

/** The account event carries only name and OU: two open vends may not share both. */
export const nameHolds = pgTable(
  'name_holds',
  {
    key: text().primaryKey(),
    requestId: text('request_id').notNull(),
  },
  () => [service()],
);

/** One open change for each account, until it has ended: a stopped one counts as open. */
export const accountHolds = pgTable(
  'account_holds',
  {
    accountId: text('account_id').primaryKey(),
    requestId: text('request_id').notNull(),
  },
  () => [service()],
);

/** Migrations add the exclusion constraint: no two holds overlap. */
export const cidrHolds = pgTable(
  'cidr_holds',
  {
    requestId: text('request_id').primaryKey(),
    block: cidr().notNull(),
  },
  () => [service()],
);

/** A cancel before the point of no return; the request's row lock decides between it, a decision and the confirmation. */
export const cancellations = pgTable(
  'cancellations',
  {
    requestId: text('request_id').primaryKey(),
    cancelledBy: text('cancelled_by').notNull(),
    cancelledAt: at('cancelled_at').notNull(),
  },
  () => [...rowsOfRequest('cancellations')],
);

/** Set when the confirm-approval ask was answered yes: from here on a cancel is refused. */
export const pointOfNoReturn = pgTable(
  'point_of_no_return',
  {
    requestId: text('request_id').primaryKey(),
    crossedAt: at('crossed_at').notNull(),
  },
  () => [...rowsOfRequest('point_of_no_return')],
);

export const admissions = pgTable(
  'admissions',
  {
    requestId: text('request_id').primaryKey(),
    team: text().notNull(),
    /** waiting | held | released */
    state: text().notNull(),
    /** The ask that a grant answers: `admission`, or `repair` when a resumed vend needs Control Tower again. */
    purpose: text().notNull(),
    askedAt: at('asked_at').notNull(),
    heldAt: at('held_at'),
    releasedAt: at('released_at'),
    position: bigint({ mode: 'number' }).generatedAlwaysAsIdentity(),
  },
  (t) => [index('admissions_state').on(t.state, t.position), ...rowsOfTeamOrRequest()],
);

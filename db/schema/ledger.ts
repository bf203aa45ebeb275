import { bigint, index, integer, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import { rowsOfAccount, rowsOfNobody, rowsOfRequestOrAccount, service, teamRows } from './tenancy.ts';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** Append-only (a trigger refuses update, delete and truncate), hash-chained in ingest order. */
export const facts = pgTable(
  'facts',
  {
    seq: bigint({ mode: 'number' }).primaryKey(),
    id: text().notNull().unique(),
    /** Same meaning, other id (a redelivery by another road): kept once. */
    meaning: text().notNull().unique(),
    type: text().notNull(),
    source: text().notNull(),
    requestId: text('request_id'),
    accountId: text('account_id'),
    /** Order within its source: merges never look at arrival. */
    version: bigint({ mode: 'number' }).notNull(),
    actor: text(),
    occurredAt: at('occurred_at').notNull(),
    recordedAt: at('recorded_at').notNull(),
    data: jsonb().notNull(),
    /** The exact text that was hashed; `data` is its parsed form for queries. */
    body: text().notNull(),
    hash: text().notNull(),
  },
  (t) => [
    index('facts_request').on(t.requestId, t.seq),
    index('facts_account').on(t.accountId, t.seq),
    index('facts_type').on(t.type, t.seq),
    ...rowsOfRequestOrAccount('facts'),
  ],
);

/** One row: the chain's head. Locking it gives facts their order. */
export const ledgerHead = pgTable(
  'ledger_head',
  {
    id: integer().primaryKey(),
    seq: bigint({ mode: 'number' }).notNull(),
    hash: text().notNull(),
  },
  () => [...rowsOfNobody()],
);

export const accounts = pgTable(
  'accounts',
  {
    accountId: text('account_id').primaryKey(),
    name: text().notNull(),
    email: text().notNull(),
    emailCanonical: text('email_canonical').notNull(),
    organizationalUnitId: text('organizational_unit_id'),
    team: text(),
    status: text().notNull(),
    origin: text().notNull(),
    /** The request that made it. */
    requestId: text('request_id'),
    /** The request whose plan it follows: the newest vend or change that has finished; null before the first has. */
    planRequestId: text('plan_request_id'),
    blueprint: jsonb(),
    createdAt: at('created_at').notNull(),
    updatedAt: at('updated_at').notNull(),
  },
  (t) => [
    index('accounts_email').on(t.emailCanonical),
    index('accounts_team').on(t.team),
    index('accounts_ou').on(t.organizationalUnitId),
    ...teamRows(),
  ],
);

export const accountGuardrails = pgTable(
  'account_guardrails',
  {
    accountId: text('account_id').notNull(),
    control: text().notNull(),
    kind: text().notNull(),
    /** Policy id or rule name that carries it; null when the OU does. */
    carrier: text(),
    status: text().notNull(),
    version: bigint({ mode: 'number' }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.control] }),
    index('account_guardrails_control').on(t.control),
    ...rowsOfAccount('account_guardrails'),
  ],
);

export const compliance = pgTable(
  'compliance',
  {
    accountId: text('account_id').notNull(),
    region: text().notNull(),
    rule: text().notNull(),
    resourceType: text('resource_type').notNull(),
    resourceId: text('resource_id').notNull(),
    control: text(),
    status: text().notNull(),
    /** Milliseconds of Config's own ordering timestamp: the newest evaluation wins, whenever it arrives. */
    version: bigint({ mode: 'number' }).notNull(),
    factId: text('fact_id').notNull(),
    annotation: text(),
    evaluatedAt: at('evaluated_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.region, t.rule, t.resourceType, t.resourceId] }),
    index('compliance_control').on(t.control, t.status),
    ...rowsOfAccount('compliance'),
  ],
);

/** One row for each account whose drift was looked for, or is to be. */
export const driftChecks = pgTable(
  'drift_checks',
  {
    accountId: text('account_id').primaryKey(),
    /** The last check that was asked for; its result is here when `checkedAt` is not before `requestedAt`. */
    checkId: text('check_id'),
    requestedAt: at('requested_at'),
    checkedAt: at('checked_at'),
    /** Something happened that wants a look before its turn. */
    dueAt: at('due_at'),
    /** Drift detections that ended during the check; those that it does not call its own want another look. */
    heardOf: jsonb('heard_of').notNull().default([]),
    /** Start of the newest check that is known, in milliseconds, and its fact. */
    version: bigint({ mode: 'number' }),
    factId: text('fact_id'),
    /** IN_SYNC | DRIFTED | UNKNOWN */
    status: text(),
    /** What the newest check could not read. */
    trouble: jsonb(),
  },
  (t) => [index('drift_checks_due').on(t.dueAt), ...rowsOfAccount('drift_checks')],
);

export const organizationSnapshots = pgTable(
  'organization_snapshots',
  {
    id: text().primaryKey(),
    reason: text().notNull(),
    startedAt: at('started_at').notNull(),
    completedAt: at('completed_at'),
    failure: text(),
    partsExpected: integer('parts_expected'),
    /** The assembled organization that planning reads; null until every part is here. */
    content: jsonb(),
  },
  (t) => [index('organization_snapshots_completed').on(t.completedAt.desc()), service()],
);

export const snapshotParts = pgTable(
  'snapshot_parts',
  {
    snapshotId: text('snapshot_id').notNull(),
    part: integer().notNull(),
    kind: text().notNull(),
    value: jsonb().notNull(),
  },
  (t) => [primaryKey({ columns: [t.snapshotId, t.part] }), service()],
);

import { sql } from 'drizzle-orm';
import {
  bigint,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';
import {
  rowsOfAccount,
  rowsOfNamedAccount,
  rowsOfNobody,
  rowsOfRequestOrAccount,
  service,
  talliesOfTeam,
  teamRows,
} from './tenancy.ts';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/**
 * Append-only (triggers refuse update, delete and truncate) and hash-chained lane by lane. Partitioned by `era`, which
 * drizzle cannot say: migration 0017 and `ledger_add_era` make the parts.
 */
export const facts = pgTable(
  'facts',
  {
    /** 0: what requests, people and workflows say. 1 to 4: what AWS was observed to do, by account. */
    lane: smallint().notNull(),
    /** From one sequence for all lanes, taken under the lane's lock: within a lane it only grows. */
    seq: bigint({ mode: 'number' }).notNull(),
    /** `governance` for lane 0, which is kept for ever; the month of `recorded_at` (`2026-11`) for observations. */
    era: text().notNull(),
    id: text().notNull(),
    /** Same meaning, other id (a redelivery by another road): kept once, see `fact_meanings`. */
    meaning: text().notNull(),
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
    /** Over the hash before it in its lane and the canonical JSON of all the rest (services/ledger/fact.ts). */
    hash: text().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.lane, t.seq, t.era] }),
    index('facts_request').on(t.requestId, t.seq).where(sql`request_id is not null`),
    index('facts_account').on(t.accountId, t.seq).where(sql`account_id is not null`),
    index('facts_type').on(t.type, t.seq).where(sql`lane = 0`),
    // Of what AWS says nearly everything is one type: what is rare is found without reading all of that.
    index('facts_rare').on(t.lane, t.type, t.seq).where(sql`lane <> 0 and type <> 'ComplianceChanged'`),
    ...rowsOfRequestOrAccount('facts'),
  ],
);

/** Fingerprints of all meanings, across eras: what was told once is kept once, however late it is told again. */
export const factMeanings = pgTable('fact_meanings', { meaning: uuid().primaryKey() }, () => [service()]);

/** The head of each lane. Its row lock gives the lane's facts one order. */
export const ledgerLanes = pgTable(
  'ledger_lanes',
  {
    lane: smallint().primaryKey(),
    /** Of the newest fact. */
    seq: bigint({ mode: 'number' }).notNull(),
    hash: text().notNull(),
    /** How many there are. */
    facts: bigint({ mode: 'number' }).notNull(),
  },
  () => [...rowsOfNobody()],
);

/**
 * Months that were taken out of `facts`, by what stands for them: a manifest with a signature of ours. The service reads
 * it; only who owns the tables adds to it (`npm run ledger -- archive`).
 */
export const ledgerArchives = pgTable(
  'ledger_archives',
  {
    era: text().primaryKey(),
    /** Canonical JSON (services/ledger/archive.ts), as it is signed. */
    manifest: text().notNull(),
    signature: text().notNull(),
    removedAt: at('removed_at').notNull(),
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
    // A name is taken within its unit, without regard to case.
    index('accounts_name').on(t.organizationalUnitId, sql`lower(name)`),
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
    index('account_guardrails_carrier').on(t.accountId, t.carrier),
    ...rowsOfAccount('account_guardrails'),
  ],
);

/** The newest evaluation of each finding: one resource, one rule, one Region, one account. */
export const compliance = pgTable(
  'compliance',
  {
    /** Fingerprint of account, Region, rule, type and id of the resource (`finding_key`); those of an account begin alike. */
    key: uuid().primaryKey(),
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
    index('compliance_account').on(t.accountId, t.rule),
    index('compliance_open').on(t.control, t.accountId).where(sql`status = 'NON_COMPLIANT'`),
    ...rowsOfNamedAccount('compliance'),
  ],
);

/**
 * Every evaluation of every finding. `version` is when it was true (milliseconds), `recorded_at` when we knew. A finding
 * whose control was taken away ends with the status REMOVED.
 */
export const complianceHistory = pgTable(
  'compliance_history',
  {
    key: uuid().notNull(),
    version: bigint({ mode: 'number' }).notNull(),
    status: text().notNull(),
    factId: text('fact_id').notNull(),
    recordedAt: at('recorded_at').notNull(),
    accountId: text('account_id').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.key, t.version] }),
    // Both grow with the table but for what comes late: a summary of its blocks finds a period, and costs next to nothing to keep.
    index('compliance_history_times').using('brin', t.version, t.recordedAt),
    ...rowsOfNamedAccount('compliance_history'),
  ],
);

/** How an account stands: sums over its steps, kept with every one of them. */
export const accountPosture = pgTable(
  'account_posture',
  {
    accountId: text('account_id').primaryKey(),
    team: text(),
    organizationalUnitId: text('organizational_unit_id'),
    /** Findings that are NON_COMPLIANT and belong to a guardrail. */
    open: bigint({ mode: 'number' }).notNull().default(0),
    /** Findings that were found in order. */
    passed: bigint({ mode: 'number' }).notNull().default(0),
    detective: integer().notNull().default(0),
    guardrails: integer().notNull().default(0),
  },
  (t) => [
    index('account_posture_open').on(t.organizationalUnitId, t.open.desc(), t.accountId).where(sql`open > 0`),
    ...teamRows(),
  ],
);

/** Changes of these sums at an instant, by control: additive, so that what comes late only adds a row in the past. */
export const postureSteps = pgTable(
  'posture_steps',
  {
    accountId: text('account_id').notNull(),
    /** Milliseconds. */
    at: bigint({ mode: 'number' }).notNull(),
    control: text().notNull(),
    open: integer().notNull(),
    passed: integer().notNull(),
    detective: integer().notNull(),
    guardrails: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.accountId, t.at, t.control] }), ...rowsOfAccount('posture_steps')],
);

/** When accounts turned from one state of compliance into another: +1 for what they became, -1 for what they were. */
export const postureFlips = pgTable(
  'posture_flips',
  {
    accountId: text('account_id').notNull(),
    at: bigint({ mode: 'number' }).notNull(),
    state: text().notNull(),
    n: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.at, t.state] }),
    index('posture_flips_at').on(t.at),
    ...rowsOfAccount('posture_flips'),
  ],
);

/**
 * Counters. `level` 0 is the count of now; 1, 2 and 3 are what changed within the month, day and hour that starts at
 * `start` (milliseconds), so that the count of any instant is a sum over few rows. One row for each lane: only who holds
 * the lane writes it.
 */
export const tallies = pgTable(
  'tallies',
  {
    /** `*` or `team:<name>` */
    scope: text().notNull(),
    /** accounts | guardrails | compliance (states of accounts) | violations (by control, of everybody and by days only) */
    measure: text().notNull(),
    level: smallint().notNull(),
    start: bigint({ mode: 'number' }).notNull(),
    key: text().notNull(),
    lane: smallint().notNull(),
    n: bigint({ mode: 'number' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.scope, t.measure, t.level, t.start, t.key, t.lane] }), ...talliesOfTeam()],
);

/**
 * What the counters of everybody were as days began, all of one instant in one row: an instant is reckoned from the nearest.
 * They are made of `tallies` (`ledger_mark_days`), and a trigger of that table takes away what a change in the past makes
 * wrong, so what is here is true and what is not is reckoned without.
 */
export const tallyMarks = pgTable(
  'tally_marks',
  {
    /** Milliseconds. */
    at: bigint({ mode: 'number' }).primaryKey(),
    /** Of each counter that is not 0: measure, key, n. */
    measures: text().array().notNull(),
    keys: text().array().notNull(),
    numbers: bigint({ mode: 'number' }).array().notNull(),
  },
  () => [...rowsOfNobody()],
);

/** Which status, unit and owner an account had from when on. `known_at` is when we knew. */
export const accountSpans = pgTable(
  'account_spans',
  {
    accountId: text('account_id').notNull(),
    /** Milliseconds. */
    fromAt: bigint('from_at', { mode: 'number' }).notNull(),
    /** Of the next span; null for the last. */
    toAt: bigint('to_at', { mode: 'number' }),
    status: text().notNull(),
    organizationalUnitId: text('organizational_unit_id'),
    team: text(),
    knownAt: at('known_at').notNull(),
    /** When we knew that it ended at `toAt`; null while it lasts. */
    endKnownAt: at('end_known_at'),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.fromAt] }),
    index('account_spans_from').on(t.fromAt),
    index('account_spans_to').on(t.toAt),
    ...rowsOfAccount('account_spans'),
  ],
);

/**
 * What an account was called and where it was, from when on: until the next row. A reading of AWS does not say since when;
 * it is from when it was read on.
 */
export const accountIdentities = pgTable(
  'account_identities',
  {
    accountId: text('account_id').notNull(),
    /** Milliseconds. */
    fromAt: bigint('from_at', { mode: 'number' }).notNull(),
    name: text().notNull(),
    email: text().notNull(),
    organizationalUnitId: text('organizational_unit_id'),
    team: text(),
    knownAt: at('known_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.fromAt] }),
    index('account_identities_from').on(t.fromAt),
    ...rowsOfAccount('account_identities'),
  ],
);

/** Which guardrail an account had from when to when. */
export const guardrailSpans = pgTable(
  'guardrail_spans',
  {
    accountId: text('account_id').notNull(),
    control: text().notNull(),
    kind: text().notNull(),
    fromAt: bigint('from_at', { mode: 'number' }).notNull(),
    toAt: bigint('to_at', { mode: 'number' }),
    knownAt: at('known_at').notNull(),
    /** When we knew that it ended at `toAt`; null while it lasts. */
    endKnownAt: at('end_known_at'),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.control, t.fromAt] }),
    index('guardrail_spans_from').on(t.fromAt),
    index('guardrail_spans_to').on(t.toAt),
    ...rowsOfNamedAccount('guardrail_spans'),
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

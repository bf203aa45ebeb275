import { family, labels } from './exposition.ts';

/** How the whole installation stands: the same in every process, because it is read from the database. */
export type Figures = {
  /** How many requests have each status. */
  requests: Readonly<Record<string, number>>;
  /** Of those under way: nothing was heard of them for longer than `STUCK_AFTER_MS`. */
  stuck: number;
  /** How many accounts have each status. */
  accounts: Readonly<Record<string, number>>;
  /** Accounts that differ from the plan that they follow, as the newest look at each says. */
  drifted: number;
  /** Accounts of which the newest look could not read everything. */
  driftUnknown: number;
  /** Seconds since the reading of the organization began that planning works with; null before the first. */
  readingAgeSeconds: number | null;
  /** What that reading found that no event had told. */
  differences: number;
  outbox: { waiting: number; failing: number; behindSeconds: number };
  /** Deliveries to endpoints: those that wait, and those that were given up. */
  webhooks: { waiting: number; failed: number };
};

/** Between the confirmation and the end of the work: these are moved by machines alone. */
export const UNDER_WAY = [
  'QUEUED',
  'PROVISIONING',
  'APPLYING_BLUEPRINT',
  'ATTACHING_GUARDRAILS',
  'VERIFYING',
  'CLOSING',
] as const;

/** The longest creation of an account that anybody has told of took 60 minutes (docs/operations.md). */
export const STUCK_AFTER_MS = 90 * 60_000;

/** A delivery that has failed so often is not held up by a moment's trouble: a minute has passed. */
export const FAILING_ATTEMPTS = 8;

const countOf = (counts: Readonly<Record<string, number>>, statuses: readonly string[]): number =>
  statuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0);

export const inProgress = ({ requests }: Figures): number => countOf(requests, UNDER_WAY);
export const quarantined = ({ requests }: Figures): number => countOf(requests, ['QUARANTINED']);

type Gauge = { name: string; help: string; series: ReadonlyMap<string, number> };

const one = (name: string, help: string, value: number): Gauge => ({
  name,
  help,
  series: new Map([['', value]]),
});

const byStatus = (counts: Readonly<Record<string, number>>): Map<string, number> =>
  new Map(Object.entries(counts).map(([status, n]) => [labels({ status }), n]));

const gauges = (f: Figures): Gauge[] => [
  { name: 'jetway_requests', help: 'Requests, by status.', series: byStatus(f.requests) },
  one('jetway_requests_in_progress', 'Requests that a workflow is carrying out.', inProgress(f)),
  one('jetway_requests_stuck', 'Requests under way of which nothing was heard for 90 minutes.', f.stuck),
  { name: 'jetway_accounts', help: 'Accounts, by status.', series: byStatus(f.accounts) },
  one('jetway_accounts_drifted', 'Accounts that differ from the plan that they follow.', f.drifted),
  one(
    'jetway_accounts_drift_unknown',
    'Accounts of which the newest look could not read everything.',
    f.driftUnknown,
  ),
  ...(f.readingAgeSeconds === null
    ? []
    : [
        one(
          'jetway_reconcile_age_seconds',
          'How long ago the newest whole reading of the organization began.',
          f.readingAgeSeconds,
        ),
      ]),
  one(
    'jetway_reconcile_differences',
    'What the newest reading of the organization found that no event had told.',
    f.differences,
  ),
  one('jetway_outbox_waiting', 'Messages that were committed and have not left yet.', f.outbox.waiting),
  one(
    'jetway_outbox_failing',
    `Messages of the outbox that have failed ${FAILING_ATTEMPTS} times or more.`,
    f.outbox.failing,
  ),
  one(
    'jetway_outbox_behind_seconds',
    'How long the oldest due message of the outbox has been due.',
    f.outbox.behindSeconds,
  ),
  one('jetway_webhooks_waiting', 'Deliveries to endpoints that have not been made yet.', f.webhooks.waiting),
  one('jetway_webhooks_failed', 'Deliveries to endpoints that were given up.', f.webhooks.failed),
];

export const exposeFigures = (figures: Figures): string =>
  [...gauges(figures).flatMap((g) => family(g.name, g.help, g.series, 'gauge')), ''].join('\n');

/** What a worker writes into its log for the alarms of a deployment: infra/aws reads these names. */
export const watchedFigures = (f: Figures) => ({
  inProgress: inProgress(f),
  stuck: f.stuck,
  quarantined: quarantined(f),
  drifted: f.drifted,
  differences: f.differences,
  // Before the first reading nothing is old; `no-figures` and the state of the queue say what is wrong then.
  readingAgeSeconds: f.readingAgeSeconds ?? 0,
  outboxBehindSeconds: f.outbox.behindSeconds,
  outboxFailing: f.outbox.failing,
  webhooksFailed: f.webhooks.failed,
});

export type WatchedFigure = keyof ReturnType<typeof watchedFigures>;

/** Marks the line; static, as every message of the log. */
export const FIGURES_LINE = 'figures';

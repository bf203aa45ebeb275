/**
 * Every table that is folded from facts: its key, the columns that facts decide, and which of its rows are theirs. What a
 * table holds besides is no projection and stays as it is, as it says here.
 */
export type ProjectionTable = {
  name: string;
  key: readonly string[];
  columns: readonly string[];
  /** Which rows, as SQL over the columns; all where it is left out. */
  rows?: string;
  /** What is neither rebuilt nor compared, and why. */
  besides?: string;
};

const words = (text: string): string[] => text.split(' ');

export const PROJECTIONS: readonly ProjectionTable[] = [
  {
    name: 'request_views',
    key: ['request_id'],
    columns: words('team status terminal account_id account_name organizational_unit_id view created_at'),
    besides: 'updated_at: when the row was folded last',
  },
  {
    name: 'accounts',
    key: ['account_id'],
    columns: words(
      'name email email_canonical organizational_unit_id team status origin request_id plan_request_id blueprint created_at',
    ),
    besides: 'updated_at: when the row was folded last',
  },
  {
    name: 'account_spans',
    key: ['account_id', 'from_at'],
    columns: words('to_at status organizational_unit_id team known_at end_known_at'),
  },
  {
    name: 'account_identities',
    key: ['account_id', 'from_at'],
    columns: words('name email organizational_unit_id team known_at'),
  },
  {
    name: 'account_guardrails',
    key: ['account_id', 'control'],
    columns: words('kind carrier status version'),
  },
  {
    name: 'guardrail_spans',
    key: ['account_id', 'control', 'from_at'],
    columns: words('kind to_at known_at end_known_at'),
  },
  {
    name: 'observations',
    key: ['scope', 'kind', 'key'],
    columns: words('value version fact_id'),
    besides: 'missed_at: readings that did not find a thing are no facts until the second one',
  },
  {
    name: 'exceptions',
    key: ['request_id'],
    columns: words(
      'account_id control resource owner reason requested_by approved_by expires_at state requested_at granted_at ended_at ended_by end_reason',
    ),
    rows: "state <> 'REQUESTED'",
    besides: 'rows of what is still being asked for: they are holds',
  },
  {
    name: 'drift_checks',
    key: ['account_id'],
    columns: words('version fact_id status trouble'),
    rows: 'version is not null',
    besides: 'when a look was asked for and is due: the schedule, not the ledger',
  },
  {
    name: 'mirror_accounts',
    key: ['account_id'],
    columns: words('version status reason profile target_id'),
    rows: 'status is not null',
    besides: 'when a look was asked for and answered: the schedule, not the ledger',
  },
  {
    name: 'mirror_interfaces',
    key: ['account_id', 'network_interface_id', 'profile'],
    columns: words(
      'instance_id instance_type state reason session_id session_number virtual_network_id target_id version fact_id',
    ),
  },
  {
    name: 'compliance',
    key: ['key'],
    columns: words(
      'account_id region rule resource_type resource_id control status version fact_id annotation evaluated_at',
    ),
  },
  {
    name: 'compliance_history',
    key: ['key', 'version'],
    columns: words('status fact_id recorded_at account_id'),
  },
  {
    name: 'posture_steps',
    key: ['account_id', 'at', 'control'],
    columns: words('open passed detective guardrails'),
    rows: '(open, passed, detective, guardrails) <> (0, 0, 0, 0)',
  },
  { name: 'posture_flips', key: ['account_id', 'at', 'state'], columns: ['n'], rows: 'n <> 0' },
  {
    name: 'account_posture',
    key: ['account_id'],
    columns: words('team organizational_unit_id open passed detective guardrails'),
    rows: '(open, passed, detective, guardrails) <> (0, 0, 0, 0)',
  },
];

/** Counters are compared as sums over their lanes: a lane is where a change was counted, not what it says. */
export const TALLIES = {
  name: 'tallies',
  key: ['scope', 'measure', 'level', 'start', 'key'],
  columns: ['n'],
} as const;

/** What is kept beside the ledger and cannot be rebuilt from it: this is what a backup is for. */
export const NOT_PROJECTIONS: Readonly<Record<string, string>> = {
  'facts, fact_meanings, ledger_lanes, ledger_archives': 'the ledger itself',
  account_requests: 'requests with their frozen plans: facts carry the digest of a plan, not its text',
  'decisions, verdicts, cancellations, point_of_no_return, asked_approvers':
    'signed decisions and who was asked: facts tell of them without the signatures',
  'settings_versions, people': 'the rules of the installation, and who is who',
  'email_holds, name_holds, account_holds, cidr_holds, admissions': 'what is reserved and who waits',
  'asks, pending_wakes, outbox, alert_lines': 'what is under way',
  'chat_messages, approval_prompts, chat_digests, chat_clicks': 'what was said in rooms',
  'webhook_endpoints, webhook_keys, webhook_deliveries, webhook_nonces, refused_hooks': 'webhooks, both ways',
  'organization_snapshots, account_snapshots, snapshot_parts': 'readings of AWS; the next one reads again',
  'sessions, rate_windows': 'who is here just now',
  tally_marks: 'sums of counters, reckoned again from them wherever they are missing',
  mirror_samples: 'what sinks at the mirror hub have heard within a day',
};

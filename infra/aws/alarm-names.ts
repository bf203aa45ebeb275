/**
 * What people are woken for. @property minutes as many in a row have to be bad
 * @property below bad is what lies under the threshold
 */
type AlarmSpec = {
  threshold: number;
  minutes: number;
  below?: true;
  /** No value at all is bad too. */
  silenceIsBad?: true;
  description: string;
};

const SPECS = {
  'queue-age': {
    threshold: 300,
    minutes: 5,
    description:
      'The oldest message of the inbox has waited for five minutes: approvals and asks are not worked off.',
  },
  'dead-letters': {
    threshold: 1,
    minutes: 1,
    description: 'A message could not be handled and lies in the dead-letter queue.',
  },
  'machine-failed': {
    threshold: 1,
    minutes: 1,
    description: 'An execution ended as failed, aborted or timed out: a run that nothing caught.',
  },
  'machines-throttled': {
    threshold: 1,
    minutes: 10,
    description: 'Step Functions has slowed executions for ten minutes.',
  },
  'error-rate': {
    threshold: 5,
    minutes: 5,
    description: 'More than five percent of the answers were failures for five minutes.',
  },
  'no-api': {
    threshold: 1,
    minutes: 2,
    below: true,
    description: 'No task of the API answers.',
  },
  'database-full': {
    threshold: 90,
    minutes: 15,
    description: 'The database has used nine tenths of its capacity for a quarter of an hour.',
  },
  'no-figures': {
    threshold: 1,
    minutes: 10,
    below: true,
    silenceIsBad: true,
    description: 'No worker has written how the installation stands for ten minutes.',
  },
  'stuck-vends': {
    threshold: 1,
    minutes: 5,
    description: 'Nothing was heard of a request under way for 90 minutes.',
  },
  quarantined: {
    threshold: 1,
    minutes: 5,
    description: 'A request stands in QUARANTINED and needs a person.',
  },
  'accounts-drifted': {
    threshold: 1,
    minutes: 15,
    description: 'An account differs from the plan that it follows.',
  },
  'reconcile-late': {
    threshold: 2_700,
    minutes: 5,
    description: 'The newest whole reading of the organization is older than 45 minutes.',
  },
  'reconcile-drift': {
    threshold: 25,
    minutes: 15,
    description:
      'The newest reading of the organization has found 25 differences or more of which no event had told.',
  },
  'outbox-behind': {
    threshold: 300,
    minutes: 5,
    description: 'A committed message has been due for five minutes and has not left.',
  },
  'outbox-failing': {
    threshold: 1,
    minutes: 5,
    description: 'A committed message has failed eight times or more.',
  },
} satisfies Record<string, AlarmSpec>;

export type AlarmName = keyof typeof SPECS;
export const ALARMS: Readonly<Record<AlarmName, AlarmSpec>> = SPECS;

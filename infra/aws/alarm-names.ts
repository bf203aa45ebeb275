/**
 * What people are woken for. @property minutes as many in a row have to be bad
 * @property below bad is what lies under the threshold
 */
type AlarmSpec = { threshold: number; minutes: number; below?: true; description: string };

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
} satisfies Record<string, AlarmSpec>;

export type AlarmName = keyof typeof SPECS;
export const ALARMS: Readonly<Record<AlarmName, AlarmSpec>> = SPECS;

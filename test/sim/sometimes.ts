import type { Counts } from './conductor.ts';

/** What must have happened at least once in so many schedules, or the simulation does not do what it says. */
const FAULTS: Readonly<Record<string, number>> = {
  'crash-before': 60,
  'crash-after': 60,
  'stands-still': 60,
  'connection-lost-before': 60,
  'connection-lost-after': 60,
  'serialization-failure': 60,
  'aws-throttle': 60,
  'aws-error': 60,
  'aws-lost-reply': 60,
  'aws-stale': 60,
  'event-dropped': 60,
  'event-doubled': 60,
  'events-late-and-out-of-order': 60,
  'event-forged': 60,
  'answer-executed-and-timed-out': 100,
  'start-executed-and-timed-out': 200,
  'provision-executed-and-timed-out': 300,
  'account-fail-no-account': 200,
  'account-fail-under-root': 200,
  'account-tainted': 200,
  'account-slow': 200,
  'account-busy': 200,
};

const REACHED: Readonly<Record<string, number>> = {
  'schedule-quiet': 100,
  'schedule-one-fault': 60,
  'schedule-swarm': 60,
  'process-restarted': 60,
  'asked-again': 60,
  'same-request-twice-at-once': 60,
  'ended-ACTIVE': 60,
  'clicked-twice': 100,
  'deciders-raced': 100,
  'self-approval-tried': 100,
  'cancel-came-too-late': 100,
  'resumed-by-operator': 100,
  'ended-CANCELLED': 100,
  'ended-DENIED': 100,
  'ended-EXPIRED': 100,
  'ended-REJECTED': 200,
};

/** What never happened: it fails a run of so many schedules, or there were too few to ask for it. */
export function missing(schedules: number, faults: Counts, reached: Counts) {
  const never = [
    ...Object.entries(FAULTS).filter(([name]) => !faults.has(name)),
    ...Object.entries(REACHED).filter(([name]) => !reached.has(name)),
  ];
  const names = (due: boolean) => never.filter(([, from]) => schedules >= from === due).map(([name]) => name);
  return { failing: names(true), excused: names(false) };
}

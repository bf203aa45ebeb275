import type { Definition, States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fact } from '../asl/fact.ts';
import { fail } from '../asl/fail.ts';
import { machine } from '../asl/machine.ts';
import { succeed } from '../asl/succeed.ts';
import { products } from './catalogues.ts';
import { policies, quotas } from './limits.ts';
import { organization } from './organization.ts';
import { elseGiveUp, GIVE_UP } from './parts.ts';
import { people } from './people.ts';
import { units } from './units.ts';

const ends: States = {
  'Say that the snapshot is complete': fact('SnapshotCompleted', {
    data: { snapshotId: '$snapshotId', parts: '$part - 1' },
    catch: [elseGiveUp],
    next: 'The organization is read',
  }),
  'The organization is read': succeed('COMPLETED'),
  [GIVE_UP]: fact('SnapshotFailed', {
    data: {
      snapshotId: '$snapshotId',
      error: '$failure.error',
      cause: '$substring($failure.cause, 0, 4000)',
    },
    assign: { because: expr("$failure.error & ': ' & $failure.cause") },
    next: 'The snapshot failed',
  }),
  'The snapshot failed': fail('SnapshotFailed', '$because'),
};

/** Reads the whole organization and says it to the inbox, part by part. It changes nothing. */
export const organizationReconcile: Definition = machine({
  comment: 'Reads the organization and reports it part by part; the ledger plans with what it says.',
  startAt: 'Read the input',
  stages: [organization, units, policies, quotas, products, people, ends],
});

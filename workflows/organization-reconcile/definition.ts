import type { Definition } from '../asl/definition.ts';
import { machine } from '../asl/machine.ts';
import { controls, products } from './catalogues.ts';
import { policies, quotas } from './limits.ts';
import { organization } from './organization.ts';
import { snapshotEnds } from './parts.ts';
import { people } from './people.ts';
import { units } from './units.ts';

/** Reads the whole organization and says it to the inbox, part by part. It changes nothing. */
export const organizationReconcile: Definition = machine({
  comment: 'Reads the organization and reports it part by part; the ledger plans with what it says.',
  startAt: 'Read the input',
  stages: [
    organization,
    units,
    controls,
    policies,
    quotas,
    products,
    people,
    snapshotEnds('The organization is read'),
  ],
});

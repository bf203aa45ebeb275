import type { Definition, States } from '../asl/definition.ts';
import { expr, objectOf } from '../asl/expression.ts';
import { machine } from '../asl/machine.ts';
import { catalogues } from './catalogues.ts';
import { organization } from './organization.ts';
import { apply } from './steps.ts';
import { units } from './units.ts';

/** The answer is the execution's output: whoever started it waits for it, and nobody else has asked. */
const reading: States = {
  'The landing zone is read': {
    Type: 'Succeed',
    Output: expr(
      objectOf({
        organizationId: '$organization.Id',
        managementAccountId: '$organization.MasterAccountId',
        homeRegion: '$region',
        landingZone: '$landingZone',
        trustedServices: '$trusted',
        accountsWithFactoryVpc: '[$accounts[late].id]',
        accounts:
          "[$accounts[id in $watch.accounts].{'id': id, 'name': name, 'email': email, 'state': state}]",
        units: '$units',
        baseline: "{'arn': $baselineArn, 'version': $append([$registrations.version], '')[0]}",
        product: '$product',
        identityCenter: '$identityCenter',
        groups: '$groups',
        permissionSets: '$permissionSets',
        policies: '$policies',
        rootPolicies: '$rootPolicies',
        controlArns: '$controlArns',
      }),
    ),
  },
};

/**
 * Reads what a landing-zone file is about; in the mode `apply` it then makes what the plan says, step after step. It removes
 * nothing, and a run that is repeated goes on where the last one stopped: every step looks before it writes.
 */
export const landingZone: Definition = machine({
  comment:
    'Reads the landing zone for a plan, or brings it to what a landing-zone file says. It removes nothing.',
  startAt: 'Read the input',
  stages: [organization, units, catalogues, reading, apply],
});

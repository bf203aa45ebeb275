import type { OrganizationAccount } from '../../../organization-tree.ts';
import type { World } from '../../../world.ts';
import { accountsUnder, childUnits, isParent } from '../../organizations/tree.ts';
import { validationError } from '../template/template.ts';
import type { DeploymentTargets, Target } from './documents.ts';

export type TargetInput = {
  Accounts?: string[];
  DeploymentTargets?: DeploymentTargets;
  Regions: string[];
};

const MAX_UNITS = 50;

/**
 * The accounts of the units that the filter leaves, in every Region asked for. The management account is never among
 * them: stack sets do not work in it.
 */
export function targetsOf(world: World, input: TargetInput): Target[] {
  const { units, named, filter } = checked(world, input);
  const found = units.flatMap((unitId) => below(world, unitId).map((account) => ({ unitId, account })));
  const inUnits = new Map(found.map(({ unitId, account }) => [account.Id, unitId]));
  inUnits.delete(world.landingZone.managementAccountId);
  const accounts = [...inUnits].filter(([accountId]) => {
    if (filter === 'INTERSECTION') return named.includes(accountId);
    return filter === 'DIFFERENCE' ? !named.includes(accountId) : true;
  });
  return input.Regions.flatMap((region) =>
    accounts.map(([account, unitId]): Target => ({ account, region, unitId, status: 'PENDING' })),
  );
}

function checked(world: World, input: TargetInput) {
  const { OrganizationalUnitIds: units = [], Accounts: named = [] } = input.DeploymentTargets ?? {};
  const filter = input.DeploymentTargets?.AccountFilterType ?? 'NONE';
  if (input.Accounts !== undefined || units.length === 0)
    throw validationError(
      'StackSets with SERVICE_MANAGED permission model can only have OrganizationalUnit as target',
    );
  if (units.length > MAX_UNITS)
    throw validationError(`No more than ${MAX_UNITS} organizational units can be specified`);
  const stranger = units.find((id) => !isParent(world, id));
  if (stranger !== undefined)
    throw validationError(`The organizational unit ${stranger} does not exist in the organization`);
  if (filter === 'UNION') throw validationError('The embedded AWS has no account filter UNION.');
  if ((filter === 'NONE') !== (named.length === 0))
    throw validationError('AccountFilterType must be given with Accounts, and with them only');
  const unknown = input.Regions.find((region) => !world.landingZone.governedRegions.includes(region));
  if (unknown !== undefined) throw validationError(`Region [${unknown}] is not supported`);
  return { units, named, filter };
}

const below = (world: World, unitId: string): OrganizationAccount[] => [
  ...accountsUnder(world.store, unitId),
  ...childUnits(world.store, unitId).flatMap((unit) => below(world, unit.Id)),
];

import type { OrganizationAccount } from '../../organization-tree.ts';
import type { World } from '../../world.ts';
import { findSet, saveInstance, saveSet } from '../cloudformation/stack-sets/documents.ts';
import { ACCOUNTS } from '../organizations/tree.ts';

/** Control Tower's stack set with the VPCs that Account Factory's network settings ask for. */
export const FACTORY_VPC_SET = 'AWSControlTowerBP-VPC-ACCOUNT-FACTORY-V1';

const SETTINGS = 'ct/account-factory';

/** Do the network settings of Account Factory name the home Region? No API tells them. */
export const factoryMakesVpcs = ({ store }: World): boolean =>
  store.get<{ on: boolean }>(SETTINGS, 'network')?.on ?? false;

/** Knob: the switch that AWS has in Control Tower's console, under Account Factory, Network configuration. */
export function setFactoryNetwork({ store }: World, on: boolean): void {
  store.transaction(() => store.put(SETTINGS, 'network', { on }));
}

/** The VPC is an instance of the stack set, which comes into being with the first. Inside a store transaction. */
export function noteFactoryVpc(world: World, accountId: string, stackId: string): void {
  const { homeRegion: region, managementAccountId } = world.landingZone;
  const known = findSet(world, region, FACTORY_VPC_SET);
  const set = known ?? {
    id: `${FACTORY_VPC_SET}:${world.random.uuid()}`,
    name: FACTORY_VPC_SET,
    accountId: managementAccountId,
    region,
    revision: { templateKey: '', parameters: [], tags: [], capabilities: [], notificationArns: [] },
    managedExecution: false,
    token: '',
    input: '',
  };
  if (!known) saveSet(world, set);
  const unitId = world.store.get<OrganizationAccount>(ACCOUNTS, accountId)?.ParentId ?? '';
  saveInstance(world, set, {
    account: accountId,
    region,
    unitId,
    stackId,
    overrides: [],
    status: 'CURRENT',
    detailed: 'SUCCEEDED',
    lastOperationId: world.random.uuid(),
  });
}

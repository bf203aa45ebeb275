import type { OrganizationAccount, OrganizationalUnitDoc, OrganizationPolicy } from './organization-tree.ts';
import { seedCoreAccounts } from './services/account-baseline.ts';
import { MANDATORY_EVERYWHERE, MANDATORY_SECURITY } from './services/control-tower/controls.ts';
import { arnOf, LANDING_ZONE, registerUnit, setEnrolment } from './services/control-tower/state.ts';
import type { LandingZoneDoc } from './services/control-tower.ts';
import { MIRROR_TARGETS, putMirrorTarget } from './services/ec2/traffic-mirrors.ts';
import { seedIdentityCenter } from './services/identity-center-seed.ts';
import { attachNow, FULL_ACCESS_ID } from './services/organizations/policies.ts';
import { ACCOUNTS, EMAILS, POLICIES, UNITS } from './services/organizations/tree.ts';
import { PRODUCTS, type Product } from './services/service-catalog/documents.ts';
import type { Store } from './store.ts';
import type { LandingZone, World } from './world.ts';

/** The example landing zone: home Region us-east-1, and eu-west-1 governed too. */
export const EXAMPLE_LANDING_ZONE: LandingZone = {
  managementAccountId: '111122223333',
  logArchiveAccountId: '222233334444',
  auditAccountId: '333344445555',
  organizationId: 'o-exampleorg1',
  rootId: 'r-ab12',
  homeRegion: 'us-east-1',
  governedRegions: ['us-east-1', 'eu-west-1'],
};

/** The same with another home Region; both Regions of the example stay governed. */
export const exampleLandingZone = (homeRegion = EXAMPLE_LANDING_ZONE.homeRegion): LandingZone => ({
  ...EXAMPLE_LANDING_ZONE,
  homeRegion,
  governedRegions: [...new Set([homeRegion, ...EXAMPLE_LANDING_ZONE.governedRegions])],
});

const HOME = 'home-region';

/** Where the landing zone of a folder is: a landing zone never moves. Folders of before this was noted are the example's. */
export function homeRegionOf(store: Store, wanted: string | undefined): string {
  const noted = store.get<{ region: string }>(HOME, HOME)?.region;
  const home =
    noted ?? (store.values(ACCOUNTS).length > 0 ? undefined : wanted) ?? EXAMPLE_LANDING_ZONE.homeRegion;
  if (noted === undefined) store.transaction(() => store.put(HOME, HOME, { region: home }));
  return home;
}

/** Texts of the policies that fence accounts: one for everything under the root itself, one to attach. */
export type FencePolicies = { root: string; quarantine: string };

export const ROOT_FENCE_ID = 'p-jetwayroot';
export const QUARANTINE_ID = 'p-jetwayquar';
export const ACCOUNT_FACTORY_ID = 'prod-4lvf3xq7m2kza';
/** The version in use, and one that was withdrawn. */
export const ARTIFACT_ID = 'pa-6dxt2mhw5n4ya';
export const RETIRED_ARTIFACT_ID = 'pa-2kq7vw3zj5hcs';

const SECURITY = 'ou-ab12-security1';
const WORKLOADS = 'ou-ab12-workloads';
const UNIT_TREE: [id: string, name: string, parent: string][] = [
  [SECURITY, 'Security', 'r-ab12'],
  ['ou-ab12-infrastructure', 'Infrastructure', 'r-ab12'],
  [WORKLOADS, 'Workloads', 'r-ab12'],
  ['ou-ab12-workloadsprod', 'Prod', WORKLOADS],
  ['ou-ab12-workloadstest', 'Test', WORKLOADS],
  ['ou-ab12-sandboxes', 'Sandbox', 'r-ab12'],
];

/** Puts the example landing zone into an empty store; does nothing to a store that has one. */
export function seedLandingZone(world: World, fence: FencePolicies): void {
  world.store.transaction(() => seedMirrorHub(world));
  if (world.store.values(ACCOUNTS).length > 0) return;
  world.store.transaction(() => {
    seedPolicies(world, fence);
    seedTree(world);
    seedControlTower(world);
    seedProduct(world);
    seedCoreAccounts(world);
    seedIdentityCenter(world);
  });
}

/** Where copies go: a load balancer of the audit account, shared with the organization. */
export const MIRROR_TARGET_ID = 'tmt-0123456789abcdef0';

/** Also into a landing zone of an earlier version, which had none. */
function seedMirrorHub({ store, landingZone }: World): void {
  if (store.get(MIRROR_TARGETS, MIRROR_TARGET_ID)) return;
  putMirrorTarget(store, {
    id: MIRROR_TARGET_ID,
    ownerId: landingZone.auditAccountId,
    region: landingZone.homeRegion,
    type: 'network-load-balancer',
    shared: true,
    tags: [],
  });
}

function seedPolicies({ store, landingZone }: World, fence: FencePolicies): void {
  const policies: OrganizationPolicy[] = [
    {
      Id: FULL_ACCESS_ID,
      Name: 'FullAWSAccess',
      Description: 'Allows access to every operation',
      Content: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
      AwsManaged: true,
    },
    {
      Id: ROOT_FENCE_ID,
      Name: 'jetway-root-fence',
      Description: 'Denies everything in accounts that sit directly under the root',
      Content: fence.root,
      AwsManaged: false,
    },
    {
      Id: QUARANTINE_ID,
      Name: 'jetway-quarantine',
      Description: 'Denies everything in an account until it has been handed over',
      Content: fence.quarantine,
      AwsManaged: false,
    },
  ];
  for (const policy of policies) store.put(POLICIES, policy.Id, policy);
  attachNow(store, FULL_ACCESS_ID, landingZone.rootId);
  attachNow(store, ROOT_FENCE_ID, landingZone.rootId);
}

function seedTree({ store, landingZone, scheduler }: World): void {
  for (const [Id, Name, ParentId] of UNIT_TREE) {
    const unit: OrganizationalUnitDoc = { Id, Name, ParentId };
    store.put(UNITS, Id, unit);
    attachNow(store, FULL_ACCESS_ID, Id);
  }
  const JoinedTimestamp = new Date(scheduler.now()).toISOString();
  const accounts: OrganizationAccount[] = [
    {
      Id: landingZone.managementAccountId,
      Name: 'Management',
      Email: 'aws+management@example.com',
      State: 'ACTIVE',
      ParentId: landingZone.rootId,
      JoinedTimestamp,
      JoinedMethod: 'INVITED',
    },
    {
      Id: landingZone.logArchiveAccountId,
      Name: 'Log Archive',
      Email: 'aws+log-archive@example.com',
      State: 'ACTIVE',
      ParentId: SECURITY,
      JoinedTimestamp,
      JoinedMethod: 'CREATED',
    },
    {
      Id: landingZone.auditAccountId,
      Name: 'Audit',
      Email: 'aws+audit@example.com',
      State: 'ACTIVE',
      ParentId: SECURITY,
      JoinedTimestamp,
      JoinedMethod: 'CREATED',
    },
  ];
  for (const account of accounts) {
    store.put(ACCOUNTS, account.Id, account);
    store.put(EMAILS, account.Email.toLowerCase(), account.Id);
    attachNow(store, FULL_ACCESS_ID, account.Id);
  }
}

function seedControlTower(world: World): void {
  const { store, landingZone } = world;
  const arn = arnOf(landingZone, 'landingzone', '1A2B3C4D5E6F7G8H');
  const zone: LandingZoneDoc = { arn, version: '3.3', latestAvailableVersion: '3.3', status: 'ACTIVE' };
  store.put(LANDING_ZONE, arn, zone);
  for (const [unitId] of UNIT_TREE) {
    const isSecurity = unitId === SECURITY;
    const controls = isSecurity ? [...MANDATORY_EVERYWHERE, ...MANDATORY_SECURITY] : MANDATORY_EVERYWHERE;
    // Control Tower runs the unit of the shared accounts itself; it takes no other accounts.
    registerUnit(world, unitId, controls, !isSecurity);
  }
  for (const accountId of [landingZone.logArchiveAccountId, landingZone.auditAccountId]) {
    setEnrolment(world, accountId, SECURITY, 'SUCCEEDED');
  }
}

function seedProduct({ store, scheduler }: World): void {
  const createdMs = scheduler.now();
  const description = 'Account Factory of AWS Control Tower';
  const product: Product = {
    id: ACCOUNT_FACTORY_ID,
    viewId: 'prodview-7m3xw5vq2zk4n',
    name: 'AWS Control Tower Account Factory',
    owner: 'AWS Control Tower',
    pathId: 'lpv3-5wq2zk4n7m3xv',
    portfolioName: 'AWS Control Tower Account Factory Portfolio',
    createdMs,
    artifacts: [
      {
        id: RETIRED_ARTIFACT_ID,
        name: 'AWS Control Tower Account Factory v1',
        description,
        active: false,
        createdMs,
      },
      { id: ARTIFACT_ID, name: 'AWS Control Tower Account Factory v2', description, active: true, createdMs },
    ],
  };
  store.put(PRODUCTS, product.id, product);
}

/** Withdraws a version of the product, or brings it back; inside a store transaction. */
export function setArtifactActive({ store }: World, artifactId: string, active: boolean): void {
  for (const product of store.values<Product>(PRODUCTS)) {
    const artifacts = product.artifacts.map((one) => (one.id === artifactId ? { ...one, active } : one));
    store.put(PRODUCTS, product.id, { ...product, artifacts });
  }
}

import catalogue from '../../workflows/guardrails/catalogue.json' with { type: 'json' };
import {
  QUARANTINE_POLICY_NAME,
  quarantinePolicy,
  ROOT_FENCE_POLICY_NAME,
  rootFencePolicy,
} from '../guardrails/fence.ts';
import { OrganizationSnapshot } from './snapshot.schema.ts';

type Unit = OrganizationSnapshot['units'][number];

export const MANAGEMENT_ACCOUNT = '111122223333';
export const ROOT_FENCE_ID = 'p-rootfence1';
export const QUARANTINE_ID = 'p-quarantine';
const FULL_ACCESS = { id: 'p-FullAWSAccess', name: 'FullAWSAccess' };
const ROOT_FENCE = { id: ROOT_FENCE_ID, name: ROOT_FENCE_POLICY_NAME };

/** What Control Tower enables on every registered unit by itself. */
export const MANDATORY_CONTROLS: readonly string[] = catalogue.controls
  .filter((c) => c.guidance === 'mandatory' && c.defaultScope === 'all-ous')
  .map((c) => c.id);

const unit = (id: string, path: string, parentId: string): Unit => ({
  id,
  arn: `arn:aws:organizations::${MANAGEMENT_ACCOUNT}:ou/o-exampleorg1/${id}`,
  name: path.split('/').at(-1) ?? path,
  parentId,
  path,
  policies: [FULL_ACCESS],
  baseline: 'SUCCEEDED',
  controls: MANDATORY_CONTROLS.map((control) => ({ id: control, status: 'SUCCEEDED' })),
});

/** The example landing zone, as a reconcile reads it. */
export const exampleSnapshot: OrganizationSnapshot = OrganizationSnapshot.parse({
  id: 'snapshot-example',
  takenAt: '2026-03-04T09:55:00.000Z',
  organizationId: 'o-exampleorg1',
  managementAccountId: MANAGEMENT_ACCOUNT,
  rootId: 'r-ab12',
  homeRegion: 'us-east-1',
  governedRegions: ['us-east-1', 'eu-west-1'],
  landingZoneVersion: '3.3',
  units: [
    {
      id: 'r-ab12',
      arn: `arn:aws:organizations::${MANAGEMENT_ACCOUNT}:root/o-exampleorg1/r-ab12`,
      name: 'Root',
      parentId: null,
      path: '',
      policies: [FULL_ACCESS, ROOT_FENCE],
      baseline: null,
      controls: [],
    },
    unit('ou-ab12-security1', 'Security', 'r-ab12'),
    unit('ou-ab12-infrastructure', 'Infrastructure', 'r-ab12'),
    unit('ou-ab12-workloads', 'Workloads', 'r-ab12'),
    unit('ou-ab12-workloadsprod', 'Workloads/Prod', 'ou-ab12-workloads'),
    unit('ou-ab12-workloadstest', 'Workloads/Test', 'ou-ab12-workloads'),
    unit('ou-ab12-sandboxes', 'Sandbox', 'r-ab12'),
  ],
  controlArns: {
    'CT.MULTISERVICE.PV.1': 'arn:aws:controlcatalog:::control/multiservicepv1',
    'CT.S3.PR.1': 'arn:aws:controlcatalog:::control/s3pr1',
    'SH.S3.1': 'arn:aws:controlcatalog:::control/shs31',
  },
  policies: [
    FULL_ACCESS,
    { ...ROOT_FENCE, content: rootFencePolicy({ organizationId: 'o-exampleorg1', rootId: 'r-ab12' }) },
    { id: QUARANTINE_ID, name: QUARANTINE_POLICY_NAME, content: quarantinePolicy() },
  ],
  quotas: [
    quota('organizations', 'L-E619E033', 'Default maximum number of accounts', 1_000),
    quota('organizations', 'L-SCP-TARGET', 'Service control policies attached to a target', 10),
    quota('organizations', 'L-SCP-SIZE', 'Service control policy size in characters', 10_240),
    quota('controltower', 'L-ACCOUNT-OPERATIONS', 'Concurrent account operations', 5),
  ],
  accountOperations: 5,
  product: {
    id: 'prod-accountfactory',
    name: 'AWS Control Tower Account Factory',
    artifacts: [
      { id: 'pa-accountfactory0', name: 'before', active: false },
      { id: 'pa-accountfactory1', name: 'now', active: true },
    ],
  },
  identityCenter: {
    instanceArn: 'arn:aws:sso:::instance/ssoins-1111222233334444',
    identityStoreId: 'd-1234567890',
  },
  permissionSets: ['AdministratorAccess', 'ReadOnlyAccess', 'jetway-ReadOnly'].map((name) => ({
    arn: `arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-${name.toLowerCase()}`,
    name,
  })),
  groups: ['payments-admins', 'auditors', 'security-auditors'].map((name) => ({ id: `group-${name}`, name })),
  accountCount: 3,
});

function quota(service: string, code: string, name: string, value: number) {
  return { service, code, name, value };
}

/** The example with some of its members replaced. */
export const snapshotWith = (changes: Partial<OrganizationSnapshot>): OrganizationSnapshot => ({
  ...exampleSnapshot,
  ...changes,
});

/** The example with one unit changed. */
export const snapshotWithUnit = (id: string, changes: Partial<Unit>): OrganizationSnapshot =>
  snapshotWith({ units: exampleSnapshot.units.map((u) => (u.id === id ? { ...u, ...changes } : u)) });

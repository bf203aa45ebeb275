import type { Part } from './assemble.ts';
import { exampleSnapshot } from './snapshot.fixture.ts';
import type { OrganizationSnapshot } from './snapshot.schema.ts';

const account = (Id: string, Name: string) => ({
  Id,
  Name,
  Email: `aws+${Name}@example.com`,
  State: 'ACTIVE',
  JoinedTimestamp: '2025-01-01T00:00:00.000Z',
});

const unitPart = (u: OrganizationSnapshot['units'][number]): Part => ({
  kind: 'unit',
  value: {
    Id: u.id,
    Arn: u.arn,
    Name: u.name,
    ParentId: u.parentId,
    Path: u.path,
    Policies: u.policies.map(({ id, name }) => ({ Id: id, Name: name })),
    Baseline: u.baseline,
    EnabledControls: u.controls.map(({ id, status }) => ({
      arn: `arn:aws:controltower:us-east-1:111122223333:enabledcontrol/${id}`,
      controlIdentifier: exampleSnapshot.controlArns?.[id] ?? `arn:aws:controltower:us-east-1::control/${id}`,
      status,
    })),
  },
});

/** What `organization-reconcile` writes for a snapshot, in its own shapes. */
export function partsOf(snapshot: OrganizationSnapshot = exampleSnapshot): Part[] {
  const s = snapshot;
  const quotas = (ServiceCode: string): Part => ({
    kind: 'quotas',
    value: {
      ServiceCode,
      Quotas: s.quotas
        .filter((q) => q.service === ServiceCode)
        .map((q) => ({ QuotaCode: q.code, QuotaName: q.name, Value: q.value })),
    },
  });
  return [
    {
      kind: 'organization',
      value: {
        Organization: { Id: s.organizationId, MasterAccountId: s.managementAccountId },
        Root: {
          Id: s.rootId,
          Arn: 'arn:aws:organizations::111122223333:root/o-exampleorg1/r-ab12',
          Name: 'Root',
        },
        LandingZone: {
          arn: 'arn:aws:controltower:us-east-1:111122223333:landingzone/A',
          version: s.landingZoneVersion,
          status: 'ACTIVE',
          governedRegions: s.governedRegions,
        },
        HomeRegion: s.homeRegion,
      },
    },
    ...s.units.map(unitPart),
    { kind: 'accounts', value: { ParentId: 'r-ab12', Accounts: [account('111122223333', 'management')] } },
    {
      kind: 'accounts',
      value: {
        ParentId: 'ou-ab12-security1',
        Accounts: [account('222233334444', 'logs'), account('333344445555', 'audit')],
      },
    },
    {
      kind: 'control-catalog',
      value: { Controls: Object.entries(s.controlArns ?? {}).map(([id, arn]) => ({ id, arn })) },
    },
    { kind: 'policies', value: { Policies: s.policies.map(({ id, name }) => ({ Id: id, Name: name })) } },
    ...s.policies.flatMap(({ id, content }): Part[] =>
      content === undefined ? [] : [{ kind: 'policy', value: { PolicyId: id, Content: content } }],
    ),
    quotas('organizations'),
    quotas('controltower'),
    {
      kind: 'product',
      value: {
        ProductId: s.product.id,
        Name: s.product.name,
        Artifacts: s.product.artifacts.map((a) => ({ Id: a.id, Name: a.name, Active: a.active })),
      },
    },
    { kind: 'provisioned-products', value: { ProvisionedProducts: [] } },
    {
      kind: 'identity-center',
      value: { InstanceArn: s.identityCenter.instanceArn, IdentityStoreId: s.identityCenter.identityStoreId },
    },
    {
      kind: 'permission-sets',
      value: {
        PermissionSets: s.permissionSets.map(({ arn, name }) => ({ PermissionSetArn: arn, Name: name })),
      },
    },
    {
      kind: 'groups',
      value: { Groups: s.groups.map(({ id, name }) => ({ GroupId: id, DisplayName: name })) },
    },
  ];
}

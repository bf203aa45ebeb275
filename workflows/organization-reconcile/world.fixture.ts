type Args = { [key: string]: unknown };

/** Lists come in pages of two, so that every paging loop turns. */
function page<T>(items: readonly T[], token: unknown): { items: T[]; next: string | undefined } {
  const from = token === undefined ? 0 : Number(token);
  return {
    items: items.slice(from, from + 2),
    next: from + 2 < items.length ? String(from + 2) : undefined,
  };
}
const withToken = (next: string | undefined, name = 'NextToken') =>
  next === undefined ? {} : { [name]: next };

const arn = (id: string) => `arn:aws:organizations::111122223333:ou/o-exampleorg1/${id}`;
/** The ids of policies have eight letters at least. */
const policyId = (name: string) => `p-${name.replace('-', '').padEnd(8, '0')}`;
const unit = (Id: string, Name: string, ParentId: string) => ({ Id, Arn: arn(Id), Name, ParentId });

/** A small organization, with one thing more than a page holds of everything. */
export function organizationWorld() {
  const state = {
    landingZones: [{ Arn: 'arn:aws:controltower:us-east-1:111122223333:landingzone/1A2B3C4D5E6F7G8H' }],
    instances: [
      { InstanceArn: 'arn:aws:sso:::instance/ssoins-1111222233334444', IdentityStoreId: 'd-1234567890' },
    ],
    products: [
      { ProductViewSummary: { ProductId: 'prod-other', Name: 'Something else' } },
      { ProductViewSummary: { ProductId: 'prod-accountfactory', Name: 'AWS Control Tower Account Factory' } },
    ],
    units: [
      unit('ou-ab12-security1', 'Security', 'r-ab12'),
      unit('ou-ab12-workloads', 'Workloads', 'r-ab12'),
      unit('ou-ab12-sandboxes', 'Sandbox', 'r-ab12'),
      unit('ou-ab12-workloadsprod', 'Prod', 'ou-ab12-workloads'),
    ],
    accounts: new Map<string, string[]>([
      ['r-ab12', ['111122223333']],
      ['ou-ab12-security1', ['222233334444', '333344445555', '444455556666']],
    ]),
  };

  const calls: Record<string, (args: Args) => unknown> = {
    'organizations:describeOrganization': () => ({
      Organization: { Id: 'o-exampleorg1', MasterAccountId: '111122223333', FeatureSet: 'ALL' },
    }),
    'organizations:listRoots': () => ({
      Roots: [
        {
          Id: 'r-ab12',
          Arn: 'arn:aws:organizations::111122223333:root/o-exampleorg1/r-ab12',
          Name: 'Root',
          PolicyTypes: [],
        },
      ],
    }),
    'controltower:listLandingZones': () => ({ LandingZones: state.landingZones }),
    'controltower:getLandingZone': () => ({
      LandingZone: {
        Version: '3.3',
        Status: 'ACTIVE',
        Manifest: { governedRegions: ['us-east-1', 'eu-west-1'] },
      },
    }),
    'organizations:listPoliciesForTarget': ({ NextToken }) => {
      const names = ['FullAWSAccess', 'one', 'two'];
      const { items, next } = page(names, NextToken);
      return {
        Policies: items.map((Name) => ({ Id: policyId(Name), Name, AwsManaged: false })),
        ...withToken(next),
      };
    },
    'controltower:listEnabledBaselines': ({ Filter }) => ({
      EnabledBaselines: JSON.stringify(Filter).includes('sandboxes')
        ? []
        : [
            {
              BaselineIdentifier: 'arn:aws:controltower:us-east-1::baseline/17BSJV3IGJ2QSGA2',
              StatusSummary: { Status: 'SUCCEEDED' },
            },
          ],
    }),
    'controltower:listEnabledControls': ({ NextToken }) => {
      const { items, next } = page(['A', 'B', 'C'], NextToken);
      return {
        EnabledControls: items.map((id) => ({
          Arn: `arn:aws:controltower:us-east-1:111122223333:enabledcontrol/${id}`,
          ControlIdentifier: `arn:aws:controltower:us-east-1::control/AWS-GR_${id}`,
          StatusSummary: { Status: 'SUCCEEDED' },
        })),
        ...withToken(next),
      };
    },
    'controlcatalog:listControls': ({ NextToken }) => {
      const names = ['AWS-GR_A', 'CT.S3.PR.1', 'SH.S3.1'];
      const { items, next } = page(names, NextToken);
      return {
        Controls: items.map((id) => ({
          Arn: `arn:aws:controlcatalog:::control/${id.replace(/\W/g, '').toLowerCase()}`,
          Aliases: [id],
        })),
        ...withToken(next),
      };
    },
    'organizations:listAccountsForParent': ({ ParentId, NextToken }) => {
      const { items, next } = page(state.accounts.get(String(ParentId)) ?? [], NextToken);
      const Accounts = items.map((Id) => ({
        Id,
        Name: `account ${Id}`,
        Email: `${Id}@example.com`,
        State: 'ACTIVE',
        JoinedTimestamp: '2026-01-01T00:00:00.000Z',
        Arn: 'unused',
      }));
      return { Accounts, ...withToken(next) };
    },
    'organizations:listOrganizationalUnitsForParent': ({ ParentId, NextToken }) => {
      const below = state.units.filter((one) => one.ParentId === ParentId);
      const { items, next } = page(below, NextToken);
      return {
        OrganizationalUnits: items.map(({ Id, Arn, Name }) => ({ Id, Arn, Name })),
        ...withToken(next),
      };
    },
    'organizations:listPolicies': ({ NextToken }) => {
      const { items, next } = page(['FullAWSAccess', 'one', 'two', 'jetway-quarantine'], NextToken);
      const managed = (Name: string) => (Name === 'FullAWSAccess' ? { AwsManaged: true } : {});
      return {
        Policies: items.map((Name) => ({ Id: policyId(Name), Name, ...managed(Name) })),
        ...withToken(next),
      };
    },
    'organizations:describePolicy': ({ PolicyId }) => ({
      Policy: { PolicySummary: { Id: PolicyId }, Content: `content of ${PolicyId}` },
    }),
    'servicequotas:listServiceQuotas': ({ ServiceCode, NextToken }) => {
      const { items, next } = page(['a', 'b', 'c'], NextToken);
      const quota = (name: string) => ({
        QuotaCode: `L-${name}`,
        QuotaName: `${ServiceCode} ${name}`,
        Value: 5,
      });
      return { Quotas: items.map(quota), ...withToken(next) };
    },
    ...catalogue(state),
  };
  return { state, calls };
}

function catalogue(state: {
  products: unknown[];
  instances: unknown[];
}): Record<string, (args: Args) => unknown> {
  return {
    'servicecatalog:searchProductsAsAdmin': () => ({ ProductViewDetails: state.products }),
    'servicecatalog:describeProductAsAdmin': () => ({
      ProvisioningArtifactSummaries: [{ Id: 'pa-1' }, { Id: 'pa-2' }],
    }),
    'servicecatalog:describeProvisioningArtifact': ({ ProvisioningArtifactId: Id }) => ({
      ProvisioningArtifactDetail: { Id, Name: `version ${Id}`, ...(Id === 'pa-2' ? { Active: true } : {}) },
    }),
    'servicecatalog:searchProvisionedProducts': ({ PageToken }) => {
      const { items, next } = page(['1', '2', '3'], PageToken);
      const product = (id: string) => ({
        Id: `pp-${id}`,
        Name: `product ${id}`,
        Status: 'AVAILABLE',
        ProductId: 'x',
      });
      return { ProvisionedProducts: items.map(product), ...withToken(next, 'NextPageToken') };
    },
    'ssoadmin:listInstances': () => ({ Instances: state.instances }),
    'ssoadmin:listPermissionSets': ({ NextToken }) => {
      const sets = ['1', '2', '3'].map(
        (n) => `arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-000000000000000${n}`,
      );
      const { items, next } = page(sets, NextToken);
      return { PermissionSets: items, ...withToken(next) };
    },
    'ssoadmin:describePermissionSet': ({ PermissionSetArn }) => ({
      PermissionSet: {
        PermissionSetArn,
        Name: `set ${String(PermissionSetArn).slice(-1)}`,
        SessionDuration: 'PT1H',
      },
    }),
    'identitystore:listGroups': ({ NextToken }) => {
      const { items, next } = page(['1', '2', '3'], NextToken);
      return {
        Groups: items.map((n) => ({ GroupId: `g-${n}`, DisplayName: `group ${n}` })),
        ...withToken(next),
      };
    },
  };
}

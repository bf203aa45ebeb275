type Args = { [key: string]: unknown };

/** Lists come in pages of two, so that every paging loop turns. */
function page<T>(items: readonly T[], token: unknown) {
  const from = token === undefined ? 0 : Number(token);
  const more = from + 2 < items.length;
  return { items: items.slice(from, from + 2), next: more ? { NextToken: String(from + 2) } : {} };
}

const arn = (id: string) => `arn:aws:organizations::111122223333:ou/o-exampleorg1/${id}`;
const baseline = (id: string) => `arn:aws:controltower:us-east-1::baseline/${id}`;
export const enabled = (id: string) =>
  `arn:aws:controltower:us-east-1:111122223333:enabledcontrol/${id.padEnd(16, '0')}`;
export const control = (id: string) =>
  id.startsWith('AWS-GR_')
    ? `arn:aws:controltower:us-east-1::control/${id}`
    : `arn:aws:controlcatalog:::control/${id.replace(/\W/g, '').toLowerCase()}`;
const JOINED = '2026-02-01T00:00:00.000Z';

type Unit = { Id: string; Name: string; ParentId: string };
type Control = { id: string; status: string; parameters: { Key: string; Value: unknown }[] };

/** A small organization that may be changed. */
const beginning = () => ({
  landingZones: [{ Arn: 'arn:aws:controltower:us-east-1:111122223333:landingzone/1A2B3C4D5E6F7G8H' }],
  status: 'ACTIVE',
  trusted: ['config.amazonaws.com', 'sso.amazonaws.com', 'ram.amazonaws.com'],
  factoryVpcs: undefined as string[] | undefined,
  accounts: ['111122223333', '222233334444', '333344445555', '444455556666'],
  units: [
    { Id: 'ou-ab12-security1', Name: 'Security', ParentId: 'r-ab12' },
    { Id: 'ou-ab12-workloads', Name: 'Workloads', ParentId: 'r-ab12' },
    { Id: 'ou-ab12-sandboxes', Name: 'Sandbox', ParentId: 'r-ab12' },
  ] as Unit[],
  accountsOf: new Map([['ou-ab12-security1', ['222233334444', '333344445555']]]),
  registered: new Map([
    ['ou-ab12-workloads', 'SUCCEEDED'],
    ['ou-ab12-sandboxes', 'SUCCEEDED'],
  ]),
  identityBaseline: true,
  controls: new Map<string, Control[]>([
    [
      'ou-ab12-workloads',
      ['AWS-GR_A', 'AWS-GR_B', 'CT.S3.PV.1'].map((id) => ({
        id,
        status: 'SUCCEEDED',
        parameters: [{ Key: 'P', Value: ['x'] }],
      })),
    ],
  ]),
  products: ['AWS Control Tower Account Factory'],
  instances: [
    { InstanceArn: 'arn:aws:sso:::instance/ssoins-1111222233334444', IdentityStoreId: 'd-1234567890' },
  ],
  sets: ['Admin', 'Reader', 'Other'].map((Name, i) => ({
    Name,
    Arn: `arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-000000000000000${i}`,
    managed: ['arn:aws:iam::aws:policy/A', 'arn:aws:iam::aws:policy/B', 'arn:aws:iam::aws:policy/C'],
    inline: Name === 'Admin' ? '{}' : undefined,
  })),
  groups: new Set(['known']),
});
type State = ReturnType<typeof beginning>;

export function landingZoneWorld() {
  const state = beginning();
  return { state, calls: { ...organization(state), ...tower(state), ...people(state) } };
}
export type LandingZoneWorld = ReturnType<typeof landingZoneWorld>;
type Calls = Record<string, (args: never) => unknown>;

const notFound = (error: string) => {
  throw Object.assign(new Error(error), { taskError: error });
};

function organization(state: State): Calls {
  return {
    'organizations:describeOrganization': () => ({
      Organization: { Id: 'o-exampleorg1', MasterAccountId: '111122223333' },
    }),
    'organizations:listRoots': () => ({
      Roots: [
        { Id: 'r-ab12', Arn: 'arn:aws:organizations::111122223333:root/o-exampleorg1/r-ab12', Name: 'Root' },
      ],
    }),
    'organizations:listAWSServiceAccessForOrganization': ({ NextToken }: Args) => {
      const { items, next } = page(state.trusted, NextToken);
      return { EnabledServicePrincipals: items.map((ServicePrincipal) => ({ ServicePrincipal })), ...next };
    },
    'cloudformation:listStackInstances': ({ NextToken }: Args) => {
      if (!state.factoryVpcs) return notFound('CloudFormation.StackSetNotFoundException');
      const { items, next } = page(state.factoryVpcs, NextToken);
      return { Summaries: items.map((Account) => ({ Account, Region: 'us-east-1' })), ...next };
    },
    'organizations:listAccounts': ({ NextToken }: Args) => {
      const { items, next } = page(state.accounts, NextToken);
      const Accounts = items.map((Id) => ({
        Id,
        Name: `account ${Id}`,
        Email: `${Id}@example.com`,
        State: 'ACTIVE',
        JoinedTimestamp: JOINED,
      }));
      return { Accounts, ...next };
    },
    'organizations:listOrganizationalUnitsForParent': ({ ParentId, NextToken }: Args) => {
      const { items, next } = page(
        state.units.filter((unit) => unit.ParentId === ParentId),
        NextToken,
      );
      return { OrganizationalUnits: items.map(({ Id, Name }) => ({ Id, Name, Arn: arn(Id) })), ...next };
    },
    'organizations:listAccountsForParent': ({ ParentId, NextToken }: Args) => {
      // An empty first page that is not the last.
      if (NextToken === undefined) return { Accounts: [], NextToken: '0' };
      const ids = state.accountsOf.get(String(ParentId)) ?? [];
      return { Accounts: ids.map((Id) => ({ Id })) };
    },
    'organizations:createOrganizationalUnit': ({ ParentId, Name }: { ParentId: string; Name: string }) => {
      if (state.units.some((unit) => unit.ParentId === ParentId && unit.Name === Name))
        return notFound('Organizations.DuplicateOrganizationalUnitException');
      const Id = `ou-ab12-${Name.toLowerCase().padEnd(8, '0')}`;
      state.units.push({ Id, Name, ParentId });
      return { OrganizationalUnit: { Id, Name, Arn: arn(Id) } };
    },
    'organizations:listPolicies': ({ NextToken }: Args) => {
      const { items, next } = page(['FullAWSAccess', 'jetway-quarantine', 'jetway-root-fence'], NextToken);
      return { Policies: items.map((Name) => ({ Name, Id: policyId(Name) })), ...next };
    },
    'organizations:listPoliciesForTarget': ({ NextToken }: Args) => {
      const { items, next } = page(['FullAWSAccess', 'jetway-root-fence', 'third'], NextToken);
      return { Policies: items.map((Name) => ({ Name, Id: policyId(Name) })), ...next };
    },
    'organizations:describePolicy': ({ PolicyId }: Args) => ({
      Policy: { PolicySummary: { Id: PolicyId, Name: `name of ${PolicyId}` }, Content: '{}' },
    }),
  };
}
const policyId = (name: string) => `p-${name.replaceAll('-', '').toLowerCase().slice(0, 12)}`;

function tower(state: State): Calls {
  const unitOf = (target: unknown) => String(target).split('/').at(-1) ?? '';
  const controlsOf = (target: unknown) => {
    const id = unitOf(target);
    if (!state.controls.has(id)) state.controls.set(id, []);
    return state.controls.get(id) ?? [];
  };
  return {
    'controlcatalog:listControls': ({ NextToken }: Args) => {
      const { items, next } = page(['AWS-GR_A', 'CT.S3.PV.1', 'SH.S3.1'], NextToken);
      return { Controls: items.map((id) => ({ Arn: control(id), Aliases: [id] })), ...next };
    },
    'controltower:listLandingZones': () => ({ LandingZones: state.landingZones }),
    'controltower:getLandingZone': () => ({
      LandingZone: {
        Version: '3.3',
        Status: state.status,
        Manifest: {
          governedRegions: ['us-east-1'],
          centralizedLogging: { accountId: '222233334444' },
          securityRoles: { accountId: '333344445555' },
        },
      },
    }),
    'controltower:listBaselines': () => ({
      Baselines: [
        { Name: 'AWSControlTowerBaseline', Arn: baseline('17BSJV3IGJ2QSGA2') },
        { Name: 'IdentityCenterBaseline', Arn: baseline('LN25R72TTG6IGPTQ') },
      ],
    }),
    'controltower:listEnabledBaselines': ({ Filter, NextToken }: Args) => {
      const targets = (Filter as { TargetIdentifiers?: string[] } | undefined)?.TargetIdentifiers;
      const all = [...state.registered].map(([id, Status]) => ({
        Arn: enabled('B'),
        BaselineIdentifier: baseline('17BSJV3IGJ2QSGA2'),
        BaselineVersion: '4.0',
        TargetIdentifier: arn(id),
        StatusSummary: { Status },
      }));
      const identity = {
        ...all[0],
        Arn: enabled('IDENTITY'),
        BaselineIdentifier: baseline('LN25R72TTG6IGPTQ'),
        TargetIdentifier: 'arn:aws:organizations::111122223333:account/o-exampleorg1/111122223333',
      };
      const listed = [...all, ...(state.identityBaseline ? [identity] : [])];
      const { items, next } = page(
        listed.filter((one) => targets === undefined || targets.includes(one.TargetIdentifier)),
        NextToken,
      );
      return { EnabledBaselines: items, ...next };
    },
    'controltower:enableBaseline': ({ TargetIdentifier }: Args) => {
      state.registered.set(unitOf(TargetIdentifier), 'SUCCEEDED');
      return { OperationIdentifier: '58f12232-26be-4735-a3e9-dd30d90f021f', Arn: enabled('B') };
    },
    'controltower:listEnabledControls': ({ TargetIdentifier, Filter, NextToken }: Args) => {
      const ids = (Filter as { ControlIdentifiers?: string[] } | undefined)?.ControlIdentifiers;
      const found = controlsOf(TargetIdentifier).filter(
        (one) => ids === undefined || ids.includes(control(one.id)),
      );
      // A filtered list may begin with an empty page, too.
      if (ids && NextToken === undefined) return { EnabledControls: [], NextToken: '0' };
      const { items, next } = page(found, NextToken);
      return {
        EnabledControls: items.map(({ id, status }) => ({
          Arn: enabled(id.replace(/\W|_/g, '')),
          ControlIdentifier: control(id),
          StatusSummary: { Status: status },
        })),
        ...next,
      };
    },
    'controltower:getEnabledControl': ({ EnabledControlIdentifier }: Args) => {
      const found = [...state.controls.values()]
        .flat()
        .find(({ id }) => enabled(id.replace(/\W|_/g, '')) === EnabledControlIdentifier);
      return {
        EnabledControlDetails: { Arn: EnabledControlIdentifier, Parameters: found?.parameters ?? [] },
      };
    },
    'controltower:enableControl': ({ ControlIdentifier, TargetIdentifier, Parameters }: Args) => {
      const id = unitOf(ControlIdentifier);
      controlsOf(TargetIdentifier).push({
        id,
        status: 'SUCCEEDED',
        parameters: (Parameters ?? []) as Control['parameters'],
      });
      return { OperationIdentifier: '58f12232-26be-4735-a3e9-dd30d90f021f' };
    },
    'controltower:updateEnabledControl': ({ EnabledControlIdentifier, Parameters }: Args) => {
      for (const one of [...state.controls.values()].flat())
        if (enabled(one.id.replace(/\W|_/g, '')) === EnabledControlIdentifier)
          one.parameters = Parameters as Control['parameters'];
      return { OperationIdentifier: '58f12232-26be-4735-a3e9-dd30d90f021f' };
    },
  };
}

function people(state: State): Calls {
  const setOf = (arnOf: unknown) => {
    const found = state.sets.find(({ Arn }) => Arn === arnOf);
    if (!found) throw new Error(`no set ${arnOf}`);
    return found;
  };
  return {
    'servicecatalog:searchProductsAsAdmin': () => ({
      ProductViewDetails: state.products.map((Name) => ({
        ProductViewSummary: { Name, ProductId: 'prod-1' },
      })),
    }),
    'servicecatalog:describeProductAsAdmin': () => ({
      ProvisioningArtifactSummaries: [{ Id: 'pa-1' }, { Id: 'pa-2' }],
    }),
    'servicecatalog:describeProvisioningArtifact': ({ ProvisioningArtifactId: Id }: Args) => ({
      ProvisioningArtifactDetail: { Id, ...(Id === 'pa-2' ? { Active: true } : {}) },
    }),
    'ssoadmin:listInstances': () => ({ Instances: state.instances }),
    'ssoadmin:listPermissionSets': ({ NextToken }: Args) => {
      const { items, next } = page(
        state.sets.map(({ Arn }) => Arn),
        NextToken,
      );
      return { PermissionSets: items, ...next };
    },
    'ssoadmin:describePermissionSet': ({ PermissionSetArn }: Args) => ({
      PermissionSet: { PermissionSetArn, Name: setOf(PermissionSetArn).Name, SessionDuration: 'PT8H' },
    }),
    'ssoadmin:listManagedPoliciesInPermissionSet': ({ PermissionSetArn, NextToken }: Args) => {
      const { items, next } = page(setOf(PermissionSetArn).managed, NextToken);
      return { AttachedManagedPolicies: items.map((Arn) => ({ Arn })), ...next };
    },
    'ssoadmin:getInlinePolicyForPermissionSet': ({ PermissionSetArn }: Args) => {
      const { inline } = setOf(PermissionSetArn);
      return inline === undefined ? {} : { InlinePolicy: inline };
    },
    'ssoadmin:createPermissionSet': ({ Name }: { Name: string }) => {
      const Arn = 'arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-0000000000000009';
      state.sets.push({ Name, Arn, managed: [], inline: undefined });
      return { PermissionSet: { PermissionSetArn: Arn, Name } };
    },
    'ssoadmin:attachManagedPolicyToPermissionSet': ({ PermissionSetArn, ManagedPolicyArn }: Args) => {
      const { managed } = setOf(PermissionSetArn);
      if (managed.includes(String(ManagedPolicyArn))) return notFound('SsoAdmin.ConflictException');
      managed.push(String(ManagedPolicyArn));
      return {};
    },
    'ssoadmin:putInlinePolicyToPermissionSet': ({ PermissionSetArn, InlinePolicy }: Args) => {
      setOf(PermissionSetArn).inline = String(InlinePolicy);
      return {};
    },
    'identitystore:getGroupId': ({ AlternateIdentifier }: Args) => {
      const { UniqueAttribute } = AlternateIdentifier as { UniqueAttribute: { AttributeValue: string } };
      const name = UniqueAttribute.AttributeValue;
      return state.groups.has(name)
        ? { GroupId: 'g-1', IdentityStoreId: 'd-1234567890' }
        : notFound('Identitystore.ResourceNotFoundException');
    },
    'identitystore:createGroup': ({ DisplayName }: Args) => {
      state.groups.add(String(DisplayName));
      return { GroupId: 'g-2', IdentityStoreId: 'd-1234567890' };
    },
  };
}

import { z } from 'zod';

const id = z.string();

/**
 * What `organization-reconcile` and `account-reconcile` write, part by part, in AWS's own member names. Unknown members are
 * AWS's to add.
 */
const AccountPartKinds = {
  account: z.looseObject({ AccountId: id, Region: z.string(), ReadFrom: z.string() }),
  'account-policies': z.looseObject({ Policies: z.array(z.looseObject({ Id: id, Name: z.string() })) }),
  'account-stacks': z.looseObject({
    Stacks: z.array(z.looseObject({ Name: z.string(), Status: z.string() })),
  }),
  'account-instances': z.looseObject({
    StackSetName: z.string(),
    Instances: z.array(z.looseObject({ Region: z.string(), Status: z.string() })),
  }),
  /** Other Regions than home of which Config's aggregator knows something. */
  'account-regions': z.looseObject({ Regions: z.array(z.string()) }),
  'account-compliance': z.looseObject({
    Results: z.array(
      z.looseObject({
        /** Home when it is left out. */
        Region: z.string().optional(),
        Rule: z.string(),
        ResourceType: z.string(),
        ResourceId: z.string(),
        Ordering: z.iso.datetime({ offset: true }),
        Compliance: z.string(),
        Annotation: z.string().nullish(),
      }),
    ),
  }),
} as const;

export const SnapshotPartKinds = {
  organization: z.looseObject({
    Organization: z.looseObject({ Id: id, MasterAccountId: id }),
    Root: z.looseObject({ Id: id }),
    LandingZone: z.looseObject({
      arn: z.string(),
      version: z.string(),
      status: z.string().optional(),
      governedRegions: z.array(z.string()).default([]),
    }),
    HomeRegion: z.string(),
    /** When the reading began, by AWS's clock. Readings of before do not say it. */
    ReadFrom: z.string().optional(),
  }),
  unit: z.looseObject({
    Id: id,
    Arn: z.string(),
    Name: z.string(),
    ParentId: id.nullable(),
    Path: z.string(),
    Policies: z.array(z.looseObject({ Id: id, Name: z.string() })),
    Baseline: z.string().nullable(),
    EnabledControls: z.array(z.looseObject({ controlIdentifier: z.string(), status: z.string().nullish() })),
  }),
  accounts: z.looseObject({
    ParentId: id,
    Accounts: z.array(
      z.looseObject({
        Id: id,
        Name: z.string(),
        Email: z.string(),
        State: z.string().optional(),
        Status: z.string().optional(),
        JoinedTimestamp: z.string().optional(),
      }),
    ),
  }),
  'control-catalog': z.looseObject({
    Controls: z.array(z.looseObject({ id: z.string(), arn: z.string() })),
  }),
  policies: z.looseObject({ Policies: z.array(z.looseObject({ Id: id, Name: z.string() })) }),
  policy: z.looseObject({ PolicyId: id, Content: z.string() }),
  quotas: z.looseObject({
    ServiceCode: z.string(),
    Quotas: z.array(z.looseObject({ QuotaCode: z.string(), QuotaName: z.string(), Value: z.number() })),
  }),
  product: z.looseObject({
    ProductId: id,
    Name: z.string(),
    Artifacts: z.array(
      z.looseObject({ Id: id, Name: z.string().optional(), Active: z.boolean().optional() }),
    ),
  }),
  'provisioned-products': z.looseObject({
    ProvisionedProducts: z.array(
      z.looseObject({ Id: id, Name: z.string(), Status: z.string(), PhysicalId: z.string().nullish() }),
    ),
  }),
  'identity-center': z.looseObject({ InstanceArn: z.string(), IdentityStoreId: z.string() }),
  'permission-sets': z.looseObject({
    PermissionSets: z.array(z.looseObject({ PermissionSetArn: z.string(), Name: z.string() })),
  }),
  groups: z.looseObject({ Groups: z.array(z.looseObject({ GroupId: id, DisplayName: z.string() })) }),
  ...AccountPartKinds,
} as const;

export type SnapshotPartKind = keyof typeof SnapshotPartKinds;

export const SnapshotPartData = z.strictObject({
  snapshotId: z.string(),
  part: z.number().int().positive(),
  kind: z.enum(Object.keys(SnapshotPartKinds) as [SnapshotPartKind, ...SnapshotPartKind[]]),
  value: z.record(z.string(), z.unknown()),
});

export const SnapshotCompletedData = z.strictObject({
  snapshotId: z.string(),
  parts: z.number().int().positive(),
});
export const SnapshotFailedData = z.looseObject({
  snapshotId: z.string(),
  error: z.string().optional(),
  cause: z.string().optional(),
});

/** The organization as planning reads it. Accounts are kept in their own table. */
export const OrganizationSnapshot = z.strictObject({
  id: z.string(),
  takenAt: z.string(),
  organizationId: z.string(),
  managementAccountId: z.string(),
  rootId: z.string(),
  homeRegion: z.string(),
  /** Regions that the landing zone governs: the home Region first, the others by name. */
  governedRegions: z.array(z.string()).min(1),
  landingZoneVersion: z.string(),
  units: z.array(
    z.strictObject({
      id: z.string(),
      arn: z.string(),
      name: z.string(),
      parentId: z.string().nullable(),
      path: z.string(),
      policies: z.array(z.strictObject({ id: z.string(), name: z.string() })),
      baseline: z.string().nullable(),
      controls: z.array(z.strictObject({ id: z.string(), status: z.string() })),
    }),
  ),
  /** ARNs of the controls that Control Tower does not call by their name. Readings of before have none. */
  controlArns: z.record(z.string(), z.string()).optional(),
  /** `content` for what is attached to a unit, and for the quarantine policy. */
  policies: z.array(z.strictObject({ id: z.string(), name: z.string(), content: z.string().optional() })),
  quotas: z.array(
    z.strictObject({ service: z.string(), code: z.string(), name: z.string(), value: z.number() }),
  ),
  /** Account operations that Control Tower runs at once. */
  accountOperations: z.number().int().positive().nullable(),
  product: z.strictObject({
    id: z.string(),
    name: z.string(),
    artifacts: z.array(z.strictObject({ id: z.string(), name: z.string(), active: z.boolean() })),
  }),
  identityCenter: z.strictObject({ instanceArn: z.string(), identityStoreId: z.string() }),
  permissionSets: z.array(z.strictObject({ arn: z.string(), name: z.string() })),
  groups: z.array(z.strictObject({ id: z.string(), name: z.string() })),
  accountCount: z.number().int(),
});
export type OrganizationSnapshot = z.infer<typeof OrganizationSnapshot>;

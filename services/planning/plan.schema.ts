import { z } from '@hono/zod-openapi';
import { PlannedApprovals } from '../approvals/approvals.schema.ts';
import { MirrorCapacity } from '../mirroring/capacity.ts';
import { PlannedFilterRule } from '../mirroring/filter.schema.ts';
import { MirrorHub } from '../mirroring/hub.ts';
import { MirrorSources } from '../mirroring/profile.schema.ts';

/**
 * The frozen plan: everything that will exist, before anyone is asked. Its digest (SHA-256 of RFC 8785 canonical JSON,
 * without the digest itself) is what the approver signs and what the workflow runs.
 */
export const SubnetPlan = z.strictObject({
  name: z.string(),
  cidr: z.string(),
  availabilityZone: z.string(),
  tier: z.enum(['public', 'private', 'isolated']),
});

export const ComponentPlan = z.strictObject({
  name: z.string(),
  version: z.string(),
  /** `deploy`: a CloudFormation stack in the new account. `verify`: proven to be there, made by Control Tower. */
  mode: z.enum(['deploy', 'verify']),
  region: z.string(),
  /** In the home Region: a stack in the account. */
  stackName: z.string().optional(),
  /** In another governed Region: an instance in this stack set, which is named by the digest of its template. */
  stackSetName: z.string().optional(),
  templateDigest: z.string().optional(),
  /** CloudFormation parameters; strings, as CloudFormation takes them. */
  parameters: z.record(z.string(), z.string()),
  /** What is looked at once more before the account is ACTIVE; `{accountId}` is the new account. */
  readBack: z
    .strictObject({
      /** Whom each role lets in: a line for each principal, with the condition of its statement. */
      roles: z.array(z.strictObject({ name: z.string(), trust: z.array(z.string()) })).optional(),
      /** What outputs of the stack have to say. */
      outputs: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});

export const AccessPlan = z.strictObject({
  principal: z.string(),
  permissionSet: z.string(),
  principalType: z.literal('GROUP'),
  /** Missing for a group that the workflow has to make first. */
  principalId: z.string().optional(),
  /** Missing for a permission set that the workflow has to make first. */
  permissionSetArn: z.string().optional(),
});

/** A group that Identity Center lacked when this was planned; it is made without members. */
export const GroupPlan = z.strictObject({ name: z.string(), description: z.string() });

/** A permission set that Jetway ships: made if Identity Center lacks it, its policies attached, before it is assigned. */
export const PermissionSetPlan = z.strictObject({
  name: z.string(),
  description: z.string(),
  sessionDuration: z.string(),
  managedPolicies: z.array(z.string()),
  /** The policy document, minified, as it will be put. */
  inlinePolicy: z.string().optional(),
  /** Missing when it has to be made. */
  permissionSetArn: z.string().optional(),
});

export const PreventivePolicyPlan = z.strictObject({
  policyName: z.string(),
  characters: z.number().int(),
  controls: z.array(z.string()),
  /** The policy document, minified, as it will be created. */
  content: z.string(),
});

export const DetectiveRulePlan = z.strictObject({
  ruleName: z.string(),
  control: z.string(),
  sourceIdentifier: z.string(),
  parameters: z.record(z.string(), z.string()),
  regions: z.array(z.string()),
});

/** A profile as it was when this was planned. */
const PlannedProfile = z.strictObject({
  profile: z.string(),
  sessionNumber: z.number().int(),
  packetLength: z.number().int().optional(),
  virtualNetworkId: z.number().int().optional(),
  sources: MirrorSources,
  filter: z.strictObject({
    networkServices: z.array(z.literal('amazon-dns')),
    rules: z.array(PlannedFilterRule),
  }),
});
export type PlannedProfile = z.infer<typeof PlannedProfile>;

/** The profile with the lowest number, and the further ones in the order of theirs. */
export const PlannedMirroring = PlannedProfile.extend({
  further: z.array(PlannedProfile).optional(),
  /** `NOT_APPLIED`: plans from before `mirror-attach`. What has become of it the ledger says. */
  status: z.enum(['NOT_APPLIED', 'TO_BE_ARMED']),
  /** As it was then; missing in plans from before. A hub that moves is followed. */
  hub: MirrorHub.optional(),
  /** Null: the request told nothing of what is going to run. */
  capacity: MirrorCapacity.nullable(),
});
export type PlannedMirroring = z.infer<typeof PlannedMirroring>;

/** As plans were before profiles were planned. */
const UnplannedMirroring = z.strictObject({ profile: z.string(), status: z.literal('NOT_AVAILABLE') });

/** The account stays ready, and nothing is mirrored. */
const DisarmedMirroring = z.strictObject({ profile: z.null(), status: z.literal('DISARMED') });

export const AccountPlan = z.strictObject({
  digest: z.string(),
  requestId: z.string(),
  account: z.strictObject({ name: z.string(), email: z.string(), organizationalUnitId: z.string() }),
  team: z.string(),
  tags: z.record(z.string(), z.string()),
  organization: z.strictObject({
    id: z.string(),
    managementAccountId: z.string(),
    rootId: z.string(),
    homeRegion: z.string(),
    /** Accounts that the landing zone stands on: no workflow touches them, whoever names them. */
    reservedAccountIds: z.array(z.string()).optional(),
    /** arn:aws:organizations::<management>:ou/<org>/<ou> of the target OU */
    organizationalUnitArn: z.string(),
    organizationalUnitName: z.string(),
  }),
  product: z.strictObject({
    productId: z.string(),
    provisioningArtifactId: z.string(),
    provisionToken: z.string(),
    provisionedProductName: z.string(),
    parameters: z.array(z.strictObject({ key: z.string(), value: z.string() })),
  }),
  fence: z.strictObject({ quarantinePolicyId: z.string() }),
  network: z.strictObject({ vpcCidr: z.string(), subnets: z.array(SubnetPlan) }).nullable(),
  /** Where templates are read from: `<templateBaseUrl>/<templateDigest without sha256:>.template.json`. */
  templateBaseUrl: z.string(),
  /** Missing in plans from before it was written down. */
  blueprint: z.strictObject({ name: z.string(), version: z.string() }).optional(),
  components: z.array(ComponentPlan),
  identityCenter: z.strictObject({ instanceArn: z.string(), identityStoreId: z.string() }),
  /** The groups of `access` that have to be made. */
  groups: z.array(GroupPlan),
  /** The permission sets of `access` that Jetway ships. */
  permissionSets: z.array(PermissionSetPlan),
  access: z.array(AccessPlan),
  guardrails: z.strictObject({
    preventive: z.array(PreventivePolicyPlan),
    detective: z.array(DetectiveRulePlan),
    /** Controls that the OU chain enforces already; verified by read-back, never attached twice. */
    inherited: z.array(z.string()),
    /** What Control Tower calls those of them that do not go by their name. */
    identifiers: z.array(z.strictObject({ control: z.string(), identifier: z.string() })).optional(),
  }),
  trafficMirroring: z.union([PlannedMirroring, DisarmedMirroring, UnplannedMirroring]).nullable(),
  /** Null: nobody could say. */
  quotas: z.array(z.strictObject({ name: z.string(), used: z.number(), limit: z.number().nullable() })),
  eta: z.strictObject({ p50Seconds: z.number(), p90Seconds: z.number() }),
  monthlyCost: z.strictObject({
    currency: z.literal('USD'),
    amount: z.number(),
    items: z.array(z.strictObject({ name: z.string(), amount: z.number() })),
  }),
  approvals: PlannedApprovals,
  snapshot: z.strictObject({ id: z.string(), takenAt: z.string() }),
  warnings: z.array(z.string()),
});
export type AccountPlan = z.infer<typeof AccountPlan>;

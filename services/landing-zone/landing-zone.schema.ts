import { z } from 'zod';
import { RequestedGuardrail } from '../guardrails/choose.ts';
import { QUARANTINE_POLICY_NAME, ROOT_FENCE_POLICY_NAME } from '../guardrails/fence.ts';
import { MirrorHub } from '../mirroring/hub.ts';
import { ApprovalPolicy, Channel, PolicyConditions, Selector } from '../settings/settings.schema.ts';

/**
 * A landing-zone file: what an organization has to have before accounts are vended into it, and who decides about them. Units
 * are named by their path from below the root, as in `Workloads/Prod`: their ids are Organizations' to give.
 */
const AccountId = z
  .string('is an account id: twelve digits, in quotes')
  .regex(/^\d{12}$/, 'is twelve digits, in quotes');
const Region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is a Region code, as in eu-west-1');
const Name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is lower case letters, digits and hyphens, at most 63');
const UnitPath = z.string().min(1).max(1_000);

export const FileUnit = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[^/]+$/, 'has a slash: write units that lie in others under `units`'),
  /** May accounts be asked for in it? What lies below says the same when it says nothing. */
  takesAccounts: z.boolean().optional(),
  /** False: Control Tower runs this unit itself (the one with the log archive and audit accounts). */
  register: z.boolean().default(true),
  controls: z.array(RequestedGuardrail).max(100).default([]),
  get units(): z.ZodOptional<z.ZodArray<typeof FileUnit>> {
    return z.array(FileUnit).max(100).optional();
  },
});
export type FileUnit = z.infer<typeof FileUnit>;

const PermissionSet = z.strictObject({
  name: z.string().regex(/^[\w+=,.@-]{1,32}$/, 'is at most 32 letters, digits and +=,.@_-'),
  description: z.string().max(700).default(''),
  sessionHours: z.number().int().min(1).max(12).default(1),
  managedPolicies: z
    .array(z.string().regex(/^arn:aws[a-z-]*:iam::aws:policy\/.+$/, 'is the ARN of a policy of AWS'))
    .max(10)
    .default([]),
  inlinePolicy: z
    .strictObject({
      Version: z.literal('2012-10-17'),
      Statement: z.array(z.record(z.string(), z.unknown())).min(1),
    })
    .optional(),
});

const Group = z.strictObject({
  name: z.string().min(1).max(256),
  description: z.string().max(1_024).default(''),
});

/** As in the settings, or one of the groups of this file. */
const FileSelector = z.union([...Selector.options, z.strictObject({ group: Name })]);
export type FileSelector = z.infer<typeof FileSelector>;

const { organizationalUnitIds: _ids, ...conditions } = PolicyConditions.shape;
const FilePolicy = z.strictObject({
  ...ApprovalPolicy.shape,
  when: z.strictObject({ ...conditions, units: z.array(UnitPath).min(1).max(100).optional() }).default({}),
  stages: z
    .array(
      z.strictObject({
        name: Name,
        approvers: z.array(FileSelector).min(1).max(20),
        quorum: z.number().int().min(1).max(10).default(1),
      }),
    )
    .min(1)
    .max(5),
  escalation: z
    .strictObject({
      afterHours: z.number().positive().max(720),
      approvers: z.array(FileSelector).min(1).max(20),
    })
    .optional(),
});
export type FilePolicy = z.infer<typeof FilePolicy>;

const channelFor = Channel.shape.for.unwrap().shape;
const FileChannel = z.strictObject({
  ...Channel.shape,
  for: z
    .strictObject({
      units: z.array(UnitPath).min(1).max(100).optional(),
      teams: channelFor.teams,
      kinds: channelFor.kinds,
    })
    .default({}),
});

/** People, and groups of this file that count as theirs too. */
const ApprovalGroup = z.strictObject({
  people: z.array(z.string().trim().min(1).max(256)).max(100).default([]),
  groups: z.array(Name).max(20).default([]),
});

export const LandingZoneFile = z.strictObject({
  version: z.literal(1),
  homeRegion: Region,
  governedRegions: z.array(Region).min(1).max(40),
  accounts: z.strictObject({ management: AccountId, logArchive: AccountId, audit: AccountId }),
  /** How many accounts the organization may have. Needed where home is not us-east-1: nowhere else does AWS tell it. */
  accountQuota: z.number().int().min(1).max(1_000_000).optional(),
  organizationalUnits: z.array(FileUnit).min(1).max(100),
  identityCenter: z
    .strictObject({
      groups: z.array(Group).max(500).default([]),
      permissionSets: z.array(PermissionSet).max(100).default([]),
    })
    .default({ groups: [], permissionSets: [] }),
  /** The two policies of the fence, which the stack `fence` makes. Their names are those that the workflows look for. */
  quarantine: z.strictObject({
    policy: z.literal(QUARANTINE_POLICY_NAME),
    rootFence: z.literal(ROOT_FENCE_POLICY_NAME),
  }),
  accountFactory: z.strictObject({
    product: z.string().min(1).max(100),
    /** The day on which its network settings were switched off: no API tells them, so a person vouches for it. */
    noVpcSince: z.iso.date('is a day, as in 2026-03-01'),
    platformEmail: z.email(),
  }),
  networkPools: z
    .array(z.strictObject({ name: Name, cidr: z.string() }))
    .min(1)
    .max(20),
  /** The account that mirrored traffic goes to, and its target; without one, what the service was started with. */
  mirrorHub: z.strictObject({ account: AccountId, target: MirrorHub.optional() }).optional(),
  approvals: z.strictObject({
    groups: z.record(Name, ApprovalGroup).default({}),
    policies: z.array(FilePolicy).min(1).max(200),
  }),
  channels: z.array(FileChannel).max(200).default([]),
});
export type LandingZoneFile = z.infer<typeof LandingZoneFile>;

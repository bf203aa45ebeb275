import { z } from '@hono/zod-openapi';
import { MirrorHub } from '../mirroring/hub.ts';
import { REQUEST_KINDS } from '../requests/kinds.ts';

/**
 * Who may ask, who may say yes, and where they are asked: one document, versioned. Changing it is itself a request that
 * a second person approves (kind `settings-change`); nothing else writes it.
 */

const Name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is lower case letters, digits and hyphens, at most 63');
const Subject = z.string().trim().min(1).max(256);
const Team = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);
const Unit = z.string().regex(/^ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}$/);

/** Who may decide at a stage. Every one of them needs the role `approver` besides, and is never the person who asked. */
export const Selector = z.union([
  /** Approvers of the request's own team. */
  z.strictObject({ requestTeam: z.literal(true) }),
  /** Approvers of a named team. */
  z.strictObject({ team: Team }),
  /** These people. */
  z.strictObject({ people: z.array(Subject).min(1).max(100) }),
  /** Every approver of the organization. */
  z.strictObject({ anyTeam: z.literal(true) }),
]);
export type Selector = z.infer<typeof Selector>;

export const Stage = z.strictObject({
  name: Name,
  /** Any of these. */
  approvers: z.array(Selector).min(1).max(20),
  /** That many different people. */
  quorum: z.number().int().min(1).max(10).default(1),
});
export type Stage = z.infer<typeof Stage>;

/** Every condition that is given has to hold; none given holds always. */
export const PolicyConditions = z.strictObject({
  kinds: z.array(z.enum(REQUEST_KINDS)).min(1).optional(),
  /** The unit of the account, or one above it. */
  organizationalUnitIds: z.array(Unit).min(1).max(100).optional(),
  blueprints: z.array(z.string().max(63)).min(1).max(50).optional(),
  teams: z.array(Team).min(1).max(200).optional(),
  /** Does it take guardrails away (a change that drops or disables controls, an exception)? */
  guardrailExceptions: z.boolean().optional(),
  /** USD a month, by the plan. */
  monthlyCost: z
    .strictObject({ over: z.number().nonnegative().optional(), atMost: z.number().nonnegative().optional() })
    .optional(),
});
export type PolicyConditions = z.infer<typeof PolicyConditions>;

/** The first policy whose conditions hold decides. */
export const ApprovalPolicy = z.strictObject({
  name: Name,
  when: PolicyConditions.default({}),
  /** Decides by itself, while the team's accounts that were approved so cost no more than this together. */
  automatic: z.strictObject({ teamMonthlyCostAtMost: z.number().nonnegative() }).optional(),
  /** One after the other. Where `automatic` is given, these serve when its budget is used up. */
  stages: z.array(Stage).min(1).max(5),
  /** Hours after which who has not answered is reminded. */
  remindAfterHours: z.array(z.number().positive().max(720)).max(5).default([24]),
  /** Hours after which these people are asked too; they may decide at any open stage. */
  escalation: z
    .strictObject({ afterHours: z.number().positive().max(720), approvers: z.array(Selector).min(1).max(20) })
    .optional(),
  expiresAfterDays: z.number().positive().max(30).optional(),
});
export type ApprovalPolicy = z.infer<typeof ApprovalPolicy>;

/** Another name of a person, as some other system writes it. */
export const Identity = z.union([
  z.strictObject({
    provider: z.literal('slack'),
    /** Empty where the workspace is in no Enterprise organization. */
    enterprise: z.string().max(40).default(''),
    team: z.string().min(1).max(40),
    user: z.string().min(1).max(40),
  }),
  z.strictObject({
    provider: z.literal('teams'),
    tenant: z.string().min(1).max(64),
    user: z.string().min(1).max(64),
  }),
  /** A person as an endpoint of a generic webhook names them. */
  z.strictObject({ provider: z.literal('webhook'), endpoint: Name, user: z.string().min(1).max(256) }),
  /** Another subject of tokens. */
  z.strictObject({ provider: z.literal('token'), subject: Subject }),
]);
export type Identity = z.infer<typeof Identity>;

export const Person = z.strictObject({
  /** The subject of this person's tokens; it names the person everywhere. */
  subject: Subject,
  identities: z.array(Identity).max(20).default([]),
  /** May neither ask nor decide, whatever the identity provider says. */
  suspended: z.boolean().default(false),
});
export type Person = z.infer<typeof Person>;

/** A program with tokens of its own. It may ask, as its owners; it never decides. */
export const ServiceUser = z.strictObject({ subject: Subject, owners: z.array(Subject).min(1).max(20) });
export type ServiceUser = z.infer<typeof ServiceUser>;

/** While `from` is away, `to` may decide in that person's place. */
export const Delegation = z.strictObject({
  from: Subject,
  to: Subject,
  startsAt: z.iso.datetime({ offset: true }),
  endsAt: z.iso.datetime({ offset: true }),
});
export type Delegation = z.infer<typeof Delegation>;

/** What is told in a channel without asking: new violations. */
export const ALERT = 'compliance-alert';

/** Where approvers are asked and new violations are told: the first channel whose conditions hold. */
export const Channel = z.strictObject({
  name: Name,
  provider: z.enum(['slack', 'teams']),
  /** Slack: the channel's id. Teams: the name of the outbound endpoint of its Workflows webhook. */
  channel: z.string().min(1).max(100),
  /** Slack only: the workspace, where the app is installed in several. */
  team: z.string().max(40).optional(),
  for: z
    .strictObject({
      organizationalUnitIds: z.array(Unit).min(1).max(100).optional(),
      teams: z.array(Team).min(1).max(200).optional(),
      kinds: z
        .array(z.enum([...REQUEST_KINDS, ALERT]))
        .min(1)
        .optional(),
    })
    .default({}),
});
export type Channel = z.infer<typeof Channel>;

/** A webhook in or out (Standard Webhooks). Each key was approved with this document; its secret is shown once. */
export const Endpoint = z.discriminatedUnion('direction', [
  z.strictObject({
    name: Name,
    direction: z.literal('out'),
    /** `standard`: signed events. `teams-workflow`: an Adaptive Card, unsigned; the address is the secret. */
    format: z.enum(['standard', 'teams-workflow']).default('standard'),
    /** https, of a host that the installation allows (JETWAY_WEBHOOK_HOSTS). */
    url: z.url({ protocol: /^https$/ }),
    /** Types of facts; none given: every outbound type. */
    events: z.array(z.string().max(63)).max(50).default([]),
    keys: z.array(Name).max(2).default([]),
  }),
  z.strictObject({
    name: Name,
    direction: z.literal('in'),
    /** `standard`: Standard Webhooks. `teams-outgoing`: HMAC of a Teams outgoing webhook. */
    format: z.enum(['standard', 'teams-outgoing']).default('standard'),
    /** Two while one replaces the other. */
    keys: z.array(Name).min(1).max(2),
  }),
]);
export type Endpoint = z.infer<typeof Endpoint>;

/** What of the landing zone planning works with; the command `landing-zone` asks for it. */
export const LandingZoneSettings = z.strictObject({
  /** Networks are taken from the first pool that has room. They overlap nowhere. */
  networkPools: z
    .array(z.strictObject({ name: Name, cidr: z.cidrv4() }))
    .min(1)
    .max(20),
  /** No account is asked for in these, nor in what lies below them. */
  unitsWithoutAccounts: z.array(Unit).max(100),
  /** The locked identity that Account Factory gives accounts to. */
  platformEmail: z.email(),
  /** Where mirrored traffic goes; left out: what the installation was started with. */
  mirrorHub: MirrorHub.optional(),
  /** How many accounts the organization may have, where AWS does not tell it: its quotas are readable in us-east-1 alone. */
  accountQuota: z.number().int().min(1).max(1_000_000).optional(),
});
export type LandingZoneSettings = z.infer<typeof LandingZoneSettings>;

export const Settings = z.strictObject({
  policies: z.array(ApprovalPolicy).max(200).default([]),
  people: z.array(Person).max(10_000).default([]),
  serviceUsers: z.array(ServiceUser).max(1_000).default([]),
  delegations: z.array(Delegation).max(1_000).default([]),
  channels: z.array(Channel).max(200).default([]),
  endpoints: z.array(Endpoint).max(100).default([]),
  /** Absent: what the installation was started with. */
  landingZone: LandingZoneSettings.optional(),
});
export type Settings = z.infer<typeof Settings>;

import { z } from '@hono/zod-openapi';
import { PlannedApprovals } from '../approvals/approvals.schema.ts';
import { Delegation, Settings } from './settings.schema.ts';

/** Sections of the document, each one whole. What is not named stays as it is. */
const SettingsSections = z.strictObject({
  policies: Settings.shape.policies.unwrap().optional(),
  people: Settings.shape.people.unwrap().optional(),
  serviceUsers: Settings.shape.serviceUsers.unwrap().optional(),
  delegations: Settings.shape.delegations.unwrap().optional(),
  channels: Settings.shape.channels.unwrap().optional(),
  endpoints: Settings.shape.endpoints.unwrap().optional(),
  landingZone: Settings.shape.landingZone,
});
export type SettingsSections = z.infer<typeof SettingsSections>;

export const SECTIONS = SettingsSections.keyof().options;

const Reason = z.string().min(1).max(1_000);

/** What an admin sends. */
export const SettingsChangeBody = z.strictObject({ set: SettingsSections, reason: Reason });

/** What an approver sends who will be away, and the same again who is not any more. */
export const DelegationBody = z.strictObject({
  to: Delegation.shape.to,
  startsAt: Delegation.shape.startsAt,
  endsAt: Delegation.shape.endsAt,
  reason: Reason,
});

/** What is stored: sections as they will be, or one delegation more or less. */
export const SettingsChange = z.union([
  SettingsChangeBody,
  z.strictObject({ delegation: Delegation, reason: Reason }),
  z.strictObject({ retraction: Delegation, reason: Reason }),
]);
export type SettingsChange = z.infer<typeof SettingsChange>;

/** What a settings change comes to; its digest is what the approver signs. */
export const SettingsChangePlan = z.strictObject({
  digest: z.string(),
  kind: z.literal('settings-change'),
  requestId: z.string(),
  /** The version that it was planned from: the change fits no other. */
  baseVersion: z.number().int(),
  /** Digests of the whole document, as it is and as it will be. */
  before: z.string(),
  after: z.string(),
  /** The sections that become others. */
  sections: z.array(z.enum(SECTIONS)),
  /** In a person's words, what is different. */
  differences: z.array(z.string()),
  approvals: PlannedApprovals,
  warnings: z.array(z.string()),
});
export type SettingsChangePlan = z.infer<typeof SettingsChangePlan>;

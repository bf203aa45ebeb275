import { z } from 'zod';

/** Who clicked, as Slack's signed call says. */
export const SlackActor = z.strictObject({
  /** Empty where the workspace is in no Enterprise organization. */
  enterprise: z.string(),
  /** The workspace in which it was clicked. */
  team: z.string(),
  user: z.string(),
  /** The workspace that the user belongs to, where the call says it. */
  home: z.string().nullable(),
});
export type SlackActor = z.infer<typeof SlackActor>;

/** What `users.info` has to say of somebody who may decide. A flag that is missing is no flag that is off. */
const Member = z.object({
  id: z.string(),
  team_id: z.string(),
  deleted: z.literal(false),
  is_bot: z.literal(false),
  is_restricted: z.literal(false),
  is_ultra_restricted: z.literal(false),
  /** Only users of other organizations have it. */
  is_stranger: z.literal(false).optional(),
  enterprise_user: z.object({ enterprise_id: z.string() }).optional(),
});

/**
 * Is the user a full member of the workspace in which was clicked? Guests, users of other organizations (Slack Connect),
 * bots and those who have left are not. @param user what Slack says of the user now
 */
export function isFullMember(user: unknown, actor: SlackActor): boolean {
  const member = Member.safeParse(user).data;
  return (
    member !== undefined &&
    member.id === actor.user &&
    member.team_id === actor.team &&
    (actor.home === null || actor.home === actor.team) &&
    (member.enterprise_user?.enterprise_id ?? actor.enterprise) === actor.enterprise
  );
}

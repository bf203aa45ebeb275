import { z } from '@hono/zod-openapi';
import { RequestedGuardrail } from '../guardrails/choose.ts';
import { AccountPlan } from '../planning/plan.schema.ts';
import { AccountRequest } from '../requests/request.schema.ts';

const {
  account,
  blueprint: _,
  guardrails: _g,
  access,
  owner,
  team,
  tags,
  trafficMirroring,
} = AccountRequest.shape;

/** What a client may want changed on an account; at least one member besides the reason. */
const changeMembers = z
  .strictObject({
    rename: account.shape.name,
    organizationalUnitId: account.shape.organizationalUnitId,
    /** Without `parameters` the account keeps the ones that it has. */
    blueprint: z.strictObject({
      name: z.string().min(1).max(64),
      parameters: z.record(z.string().max(64), z.unknown()).optional(),
    }),
    /** The whole new list: what is not in it is taken off. */
    guardrails: z.array(RequestedGuardrail).max(100),
    access: access.unwrap(),
    /** The whole new list of profiles; `{ "profiles": [] }` for none. */
    trafficMirroring: trafficMirroring.unwrap(),
    owner,
    team,
    tags: tags.unwrap(),
    reason: z.string().min(1).max(1_000),
  })
  .partial();

export const AccountChangeBody = changeMembers.refine(
  ({ reason: _reason, ...changes }) => Object.keys(changes).length > 0,
  { message: 'says nothing that is to be changed' },
);
export type AccountChangeBody = z.infer<typeof AccountChangeBody>;

const Controls = z.array(z.string());

/** What is stored: the same, with the account of the path. */
export const AccountChange = changeMembers.extend({ accountId: z.string().regex(/^\d{12}$/) });
export type AccountChange = z.infer<typeof AccountChange>;

/** What a change would do, in words and one by one. */
export const AccountChangePreview = z
  .object({
    accountId: z.string(),
    /** The request whose plan the account was made by. */
    requestId: z.string(),
    /** What the account was asked for as, last. */
    made: AccountRequest,
    blueprint: z.object({ name: z.string(), version: z.string() }),
    /** Everything in sentences, in the order in which it would be done. */
    summary: z.array(z.string()),
    components: z.array(
      z.object({
        name: z.string(),
        region: z.string(),
        action: z.enum(['added', 'removed', 'changed', 'unchanged']),
        changes: z.array(z.string()),
      }),
    ),
    policies: z.array(
      z.object({ policyName: z.string(), action: z.enum(['attach', 'detach', 'keep']), controls: Controls }),
    ),
    rules: z.array(
      z.object({
        ruleName: z.string(),
        control: z.string(),
        action: z.enum(['added', 'removed', 'changed', 'unchanged']),
        changes: z.array(z.string()),
      }),
    ),
    controls: z.object({ gained: Controls, lost: Controls }),
    warnings: z.array(z.string()),
    snapshot: z.object({ id: z.string(), takenAt: z.string() }),
  })
  .openapi('AccountChangePreview');
export type AccountChangePreview = z.infer<typeof AccountChangePreview>;

/** Resources by logical id, or `*` for any of the stack. */
const LogicalIds = z.array(z.string());

/**
 * A change of one account, frozen; its digest is what the approver signs. The workflow makes the account into what
 * `target` says, and touches only what `work` names.
 */
export const AccountChangePlan = z.strictObject({
  digest: z.string(),
  kind: z.literal('account-change'),
  requestId: z.string(),
  accountId: z.string(),
  /** The request whose plan the account was made by, or changed to last, and that plan's digest. */
  from: z.strictObject({ requestId: z.string(), planDigest: z.string() }),
  /** The request that the account would be made by today: what the next change begins with. */
  wanted: AccountRequest,
  /** The whole account as it will be. `target.requestId` is the request that made the account. */
  target: AccountPlan.omit({ digest: true }),
  work: z.strictObject({
    /** Stacks of the home Region with another template or other parameters, changed by change sets. */
    changed: z.array(
      z.strictObject({
        name: z.string(),
        stackName: z.string(),
        /** What CloudFormation may replace and remove here; anything else that it would stops the change. */
        announced: z.strictObject({ replaces: LogicalIds, removes: LogicalIds }),
      }),
    ),
    /** Components of `target` that become stacks of the home Region. */
    created: z.array(z.string()),
    removed: z.array(z.strictObject({ name: z.string(), stackName: z.string() })),
    /** Instances in other Regions that get other parameters in the same stack set. */
    instancesChanged: z.array(
      z.strictObject({ name: z.string(), stackSetName: z.string(), region: z.string() }),
    ),
    /** Instances that go: their stack set is not the component's any more. Its new one gets new ones afterwards. */
    instancesRemoved: z.array(
      z.strictObject({ name: z.string(), stackSetName: z.string(), regions: z.array(z.string()) }),
    ),
    /** Taken off after the policies of `target` are on. */
    detached: z.array(z.strictObject({ policyName: z.string(), controls: z.array(z.string()) })),
  }),
  /** The same in words: what the approver reads. */
  summary: z.array(z.string()),
  controls: z.strictObject({ gained: z.array(z.string()), lost: z.array(z.string()) }),
  approvals: AccountPlan.shape.approvals,
  snapshot: AccountPlan.shape.snapshot,
  warnings: z.array(z.string()),
});
export type AccountChangePlan = z.infer<typeof AccountChangePlan>;

import { z } from '@hono/zod-openapi';
import { RequestedGuardrail } from '../guardrails/choose.ts';
import { AccountRequest } from '../requests/request.schema.ts';

const { account, blueprint: _, guardrails: _g, access, owner, team, tags } = AccountRequest.shape;

/** What a client may want changed on an account; at least one member besides the reason. */
export const AccountChangeBody = z
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
    owner,
    team,
    tags: tags.unwrap(),
    reason: z.string().min(1).max(1_000),
  })
  .partial()
  .refine(({ reason: _reason, ...changes }) => Object.keys(changes).length > 0, {
    message: 'says nothing that is to be changed',
  });
export type AccountChangeBody = z.infer<typeof AccountChangeBody>;

const Controls = z.array(z.string());

/** What a change would do, in words and one by one. */
export const AccountChangePlan = z
  .object({
    accountId: z.string(),
    /** The request whose plan the account was made by. */
    requestId: z.string(),
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
  .openapi('AccountChangePlan');
export type AccountChangePlan = z.infer<typeof AccountChangePlan>;

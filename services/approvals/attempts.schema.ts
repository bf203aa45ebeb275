import { z } from '@hono/zod-openapi';

/** What only few may do. `webhook-key`: see, set or end the secret of an endpoint. */
export type Act = 'decide' | 'cancel' | 'confirm' | 'resume' | 'change-settings' | 'webhook-key';

/** What somebody tried, as an auditor reads it. */
export const AttemptBody = z
  .object({
    /** Place in the ledger. */
    seq: z.number().int(),
    at: z.string(),
    /** Subject; `policy:<name>` for a policy, `workflow` for a workflow's own question; null for a callback that proved nobody. */
    who: z.string().nullable(),
    act: z.string(),
    outcome: z.enum(['allowed', 'refused']),
    /** Code of the refusal; of callbacks that were counted every code that there was. */
    reason: z.string().nullable(),
    /** The road that it came by; for a refused callback its endpoint. */
    via: z.string(),
    decision: z.string().nullable(),
    requestId: z.string().nullable(),
    planDigest: z.string().nullable(),
    /** Refused callbacks of a minute are counted, not listed. */
    count: z.number().int(),
    /** Of the ledger's chain. */
    hash: z.string(),
  })
  .openapi('ApprovalAttempt');
export type AttemptBody = z.infer<typeof AttemptBody>;

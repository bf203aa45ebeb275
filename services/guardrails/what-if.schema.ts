import { z } from '@hono/zod-openapi';
import { OrganizationalUnitId } from '../requests/request.schema.ts';
import { RequestedGuardrail } from './choose.ts';
import { CloudTrailRecord } from './cloudtrail-record.schema.ts';

export const MAX_REQUESTS = 1_000;
export const MAX_RECORDS = 5_000;

const ContextValue = z.union([z.string().max(2_048), z.number(), z.boolean()]).transform(String);

/** The call that is asked about. `context` holds further condition keys; an empty list says that a key is absent. */
const WhatIfRequest = z.strictObject({
  action: z
    .string()
    .max(256)
    .regex(/^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/, 'is not an action (service:Action)'),
  resource: z
    .string()
    .min(1)
    .max(2_048)
    .regex(/^(\*$|arn:)/, 'is neither an ARN nor *'),
  principalArn: z
    .string()
    .max(2_048)
    .regex(
      /^arn:aws[a-z-]*:(iam|sts)::\d{12}:(root|assumed-root|(user|role|assumed-role|assumed-root|federated-user)\/[^*?]+)$/,
      'is not the ARN of a user, role, session or root user',
    ),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is not a Region code')
    .optional(),
  context: z
    .record(
      z
        .string()
        .max(256)
        .regex(/^[A-Za-z0-9-]+:.+$/, 'is not a condition key (prefix:Name)'),
      z.union([ContextValue, z.array(ContextValue).max(100)]),
    )
    .refine((context) => Object.keys(context).length <= 100, 'has more than 100 keys')
    .optional(),
});

export const WhatIf = z
  .strictObject({
    guardrails: z.array(RequestedGuardrail).max(300).optional(),
    organizationalUnitId: OrganizationalUnitId.optional(),
    accountId: z
      .string()
      .regex(/^\d{12}$/, 'is not an account id (12 digits)')
      .optional(),
    requests: z.array(WhatIfRequest).max(MAX_REQUESTS).optional(),
    cloudTrailRecords: z.array(CloudTrailRecord).max(MAX_RECORDS).optional(),
  })
  .refine((body) => body.guardrails || body.organizationalUnitId || body.accountId, {
    error: 'name guardrails, an organizational unit or an account to ask about',
  })
  .refine((body) => body.requests || body.cloudTrailRecords, {
    error: 'send requests or cloudTrailRecords to be decided',
  });
export type WhatIf = z.infer<typeof WhatIf>;

const WhatIfItem = z
  .object({
    decision: z.enum(['allowed', 'denied', 'unknown']),
    /** Every statement that denies, or for `unknown` may deny; `control` is null for a policy of no control. */
    by: z.array(
      z.object({ control: z.string().nullable(), sid: z.string(), policyName: z.string().optional() }),
    ),
    why: z.string().optional(),
  })
  .openapi('WhatIfItem');
export type WhatIfItem = z.infer<typeof WhatIfItem>;

export const WhatIfAnswer = z
  .object({
    /** First the requests, then the CloudTrail records, each in the order sent. */
    items: z.array(WhatIfItem),
    /** Over the CloudTrail records. What had been denied when it was made is counted apart. */
    summary: z
      .object({
        denied: z.number().int(),
        unknown: z.number().int(),
        principals: z.number().int(),
        alreadyDenied: z.number().int(),
      })
      .optional(),
  })
  .openapi('WhatIfAnswer');
export type WhatIfAnswer = z.infer<typeof WhatIfAnswer>;

import { z } from '@hono/zod-openapi';

/** Shapes that the API answers with. Kept apart from the ledger's own types: the contract is here. */
export const ProblemBody = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    errors: z.array(z.object({ pointer: z.string(), message: z.string() })).optional(),
    decidedBy: z.string().optional(),
    decidedAt: z.string().optional(),
  })
  .openapi('Problem');

export const FailureBody = z
  .object({
    code: z.string(),
    title: z.string(),
    detail: z.string(),
    step: z.string(),
    retriable: z.boolean(),
    nextAction: z.string(),
  })
  .openapi('Failure');

export const StepBody = z
  .object({
    name: z.string(),
    title: z.string(),
    status: z.enum(['pending', 'running', 'succeeded', 'failed', 'skipped']),
    startedAt: z.string().optional(),
    endedAt: z.string().optional(),
  })
  .openapi('Step');

const CommonRequest = {
  id: z.string(),
  status: z.string(),
  requestedBy: z.string(),
  plan: z.object({ digest: z.string() }),
  accountId: z.string().optional(),
  failure: FailureBody.optional(),
  steps: z.array(StepBody),
  etaAt: z.string().optional(),
  queuePosition: z.number().int().optional(),
  createdAt: z.string(),
  updatedAt: z.string(),
  links: z.record(z.string(), z.string()),
};

const AccountRequestBody = z
  .object({
    ...CommonRequest,
    kind: z.literal('account'),
    team: z.string(),
    account: z.object({ name: z.string(), email: z.string(), organizationalUnitId: z.string() }),
  })
  .openapi('AccountRequestStatus');

const UnitChangeRequestBody = z
  .object({
    ...CommonRequest,
    kind: z.literal('organizational-unit-change'),
    organizationalUnit: z.object({ id: z.string(), name: z.string(), path: z.string(), arn: z.string() }),
    enable: z.array(z.any()),
    disable: z.array(z.string()),
    reason: z.string(),
  })
  .openapi('OrganizationalUnitChangeStatus');

const AccountChangeRequestBody = z
  .object({
    ...CommonRequest,
    kind: z.literal('account-change'),
    team: z.string(),
    accountId: z.string(),
    account: z.object({ name: z.string(), email: z.string(), organizationalUnitId: z.string() }),
    change: z.record(z.string(), z.any()),
    summary: z.array(z.string()),
    reason: z.string().optional(),
  })
  .openapi('AccountChangeStatus');

const SettingsChangeRequestBody = z
  .object({
    ...CommonRequest,
    kind: z.literal('settings-change'),
    baseVersion: z.number().int(),
    sections: z.array(z.string()),
    summary: z.array(z.string()),
    reason: z.string(),
  })
  .openapi('SettingsChangeStatus');

const ExceptionRequestBody = z
  .object({
    ...CommonRequest,
    kind: z.literal('control-exception'),
    team: z.string(),
    accountId: z.string(),
    account: z.object({ name: z.string(), organizationalUnitId: z.string() }),
    control: z.string(),
    resource: z.string().optional(),
    owner: z.string(),
    reason: z.string(),
    expiresAt: z.string(),
    summary: z.array(z.string()),
  })
  .openapi('ExceptionStatus');

/** A request of any kind. */
export const RequestBody = z.union([
  AccountRequestBody,
  UnitChangeRequestBody,
  AccountChangeRequestBody,
  SettingsChangeRequestBody,
  ExceptionRequestBody,
]);

export const TimelineBody = z
  .object({
    items: z.array(
      z.object({
        seq: z.number().int(),
        id: z.string(),
        type: z.string(),
        occurredAt: z.string(),
        recordedAt: z.string(),
        actor: z.string().optional(),
        data: z.record(z.string(), z.unknown()),
      }),
    ),
  })
  .openapi('Timeline');

/** Page by page, where somebody asks for pages. */
export const AccountTimelineBody = TimelineBody.extend({ nextCursor: z.string().nullable() }).openapi(
  'AccountTimeline',
);

export const AccountBody = z
  .object({
    accountId: z.string(),
    name: z.string(),
    email: z.string(),
    organizationalUnitId: z.string().nullable(),
    team: z.string().nullable(),
    status: z.string(),
    origin: z.enum(['VENDED', 'ADOPTED', 'ORPHAN', 'FOREIGN']),
    requestId: z.string().optional(),
    blueprint: z.object({ name: z.string() }).optional(),
    createdAt: z.string(),
  })
  .openapi('Account');

export const Page = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export const ListQueryShape = {
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(512).optional(),
};

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: ProblemBody } },
});

/** The refusals that every guarded route may answer with. */
export const refusals = {
  401: problem('No token, or a bad one'),
  403: problem('Not allowed'),
  404: problem('Absent, or not yours'),
  422: problem('Validation failed; see errors'),
} as const;

export const precondition = {
  412: problem('Changed since it was read'),
  428: problem('If-Match is missing'),
} as const;

export const conflict = { 409: problem('No longer possible') } as const;

export const json = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { 'application/json': { schema } },
});

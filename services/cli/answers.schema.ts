import { z } from 'zod';

/**
 * What the command line reads of the API's answers. Members that it does not know are left alone, so that it works with a
 * newer service; one that it needs and does not find says that the two do not fit together.
 */
const Step = z.looseObject({
  name: z.string(),
  title: z.string(),
  status: z.string(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
});

export const RequestStatus = z.looseObject({
  id: z.string(),
  status: z.string(),
  kind: z.string().default('account'),
  team: z.string().optional(),
  requestedBy: z.string().optional(),
  account: z
    .looseObject({ name: z.string(), email: z.string().optional(), organizationalUnitId: z.string() })
    .optional(),
  organizationalUnit: z.looseObject({ id: z.string(), name: z.string() }).optional(),
  control: z.string().optional(),
  summary: z.array(z.string()).optional(),
  plan: z.looseObject({ digest: z.string() }),
  accountId: z.string().optional(),
  failure: z
    .looseObject({
      code: z.string(),
      title: z.string(),
      detail: z.string(),
      step: z.string(),
      nextAction: z.string(),
    })
    .optional(),
  steps: z.array(Step),
  queuePosition: z.number().optional(),
  etaAt: z.string().optional(),
  createdAt: z.string().optional(),
});
export type RequestStatus = z.infer<typeof RequestStatus>;

export const Fact = z.looseObject({
  seq: z.number(),
  type: z.string(),
  occurredAt: z.string(),
  actor: z.string().optional(),
  data: z.record(z.string(), z.unknown()),
});
export type Fact = z.infer<typeof Fact>;

export const Timeline = z.looseObject({ items: z.array(Fact) });

export const Account = z.looseObject({
  accountId: z.string(),
  name: z.string(),
  email: z.string(),
  organizationalUnitId: z.string().nullable(),
  team: z.string().nullable(),
  status: z.string(),
  origin: z.string(),
  requestId: z.string().optional(),
  blueprint: z.looseObject({ name: z.string() }).optional(),
  createdAt: z.string(),
});
export type Account = z.infer<typeof Account>;

const page = <T extends z.ZodType>(item: T) =>
  z.looseObject({ items: z.array(item), nextCursor: z.string().nullable() });
export const Accounts = page(Account);
export const Requests = page(RequestStatus);

/** Of any kind of request; what only some have is optional. */
export const Plan = z.looseObject({
  digest: z.string(),
  kind: z.string().optional(),
  account: z.looseObject({ name: z.string(), organizationalUnitId: z.string() }).optional(),
  organization: z.looseObject({ organizationalUnitName: z.string().optional() }).optional(),
  network: z
    .looseObject({ vpcCidr: z.string(), subnets: z.array(z.unknown()) })
    .nullable()
    .optional(),
  components: z.array(z.looseObject({ name: z.string(), version: z.string(), mode: z.string() })).optional(),
  guardrails: z
    .looseObject({
      preventive: z.array(z.looseObject({ controls: z.array(z.string()) })),
      detective: z.array(z.looseObject({ control: z.string() })),
      inherited: z.array(z.string()),
    })
    .optional(),
  access: z.array(z.looseObject({ principal: z.string(), permissionSet: z.string() })).optional(),
  monthlyCost: z.looseObject({ currency: z.string(), amount: z.number() }).optional(),
  eta: z.looseObject({ p50Seconds: z.number(), p90Seconds: z.number() }).optional(),
  summary: z.array(z.string()).optional(),
  warnings: z.array(z.string()).default([]),
});
export type Plan = z.infer<typeof Plan>;

const Exception = z.looseObject({ requestId: z.string(), expiresAt: z.string() });

export const ControlException = z.looseObject({
  requestId: z.string(),
  accountId: z.string(),
  accountName: z.string(),
  control: z.string(),
  resource: z.string().optional(),
  state: z.string(),
  owner: z.string(),
  reason: z.string(),
  expiresAt: z.string(),
});
export type ControlException = z.infer<typeof ControlException>;

export const ControlExceptions = z.looseObject({
  items: z.array(ControlException),
  nextCursor: z.string().nullable(),
});

export const AccountCompliance = z.looseObject({
  accountId: z.string(),
  items: z.array(
    z.looseObject({
      control: z.string(),
      kind: z.string(),
      status: z.string(),
      resources: z
        .array(
          z.looseObject({
            resourceType: z.string(),
            resourceId: z.string(),
            status: z.string(),
            exception: Exception.optional(),
          }),
        )
        .optional(),
    }),
  ),
});
export type AccountCompliance = z.infer<typeof AccountCompliance>;

export const Summary = z.looseObject({
  accounts: z.looseObject({ total: z.number(), byStatus: z.record(z.string(), z.number()) }),
  guardrails: z.looseObject({ enabled: z.number(), byGuidance: z.record(z.string(), z.number()) }),
  compliance: z.looseObject({
    compliant: z.number(),
    nonCompliant: z.number(),
    /** Absent from an older service. */
    excepted: z.number().default(0),
    unknown: z.number(),
  }),
});
export type Summary = z.infer<typeof Summary>;

export const Findings = page(
  z.looseObject({
    accountId: z.string(),
    accountName: z.string(),
    control: z.string().nullable(),
    rule: z.string(),
    resourceId: z.string(),
    status: z.string(),
    evaluatedAt: z.string(),
    exception: Exception.optional(),
  }),
);
export type Findings = z.infer<typeof Findings>;

export const Simulated = z.looseObject({
  items: z.array(
    z.looseObject({
      decision: z.string(),
      by: z.array(z.looseObject({ control: z.string().nullable(), sid: z.string() })),
      why: z.string().optional(),
    }),
  ),
  summary: z.record(z.string(), z.number()).optional(),
});
export type Simulated = z.infer<typeof Simulated>;

export const Mirrored = z.looseObject({
  mirrored: z.boolean(),
  sessionNumber: z.number().optional(),
  ruleNumber: z.number().optional(),
  truncatedTo: z.number().optional(),
});
export type Mirrored = z.infer<typeof Mirrored>;

export const SamplesTaken = z.looseObject({ taken: z.number() });

export const Verified = z.looseObject({
  ok: z.boolean(),
  facts: z.number(),
  head: z.string(),
  brokenAt: z.number().optional(),
  checkpoints: z
    .looseObject({ held: z.number(), refused: z.number(), newest: z.string().optional() })
    .optional(),
});
export type Verified = z.infer<typeof Verified>;

const Acted = z.array(z.looseObject({ action: z.string() }));

/** A change of an account that is only planned. `made`: what the account was asked for as, last. */
export const ChangePreview = z.looseObject({
  accountId: z.string(),
  summary: z.array(z.string()),
  components: Acted,
  policies: Acted,
  rules: Acted,
  warnings: z.array(z.string()),
  made: z.record(z.string(), z.unknown()).optional(),
});
export type ChangePreview = z.infer<typeof ChangePreview>;

/** `/.well-known/oauth-protected-resource` (RFC 9728), with what we add. */
export const SignInDocument = z.looseObject({
  authorization_servers: z.array(z.string()).optional(),
  jetway_version: z.string(),
  jetway_sign_in: z.enum(['local', 'oidc']),
  jetway_cli: z.looseObject({ client_id: z.string(), scope: z.string(), audience: z.string() }).optional(),
});
export type SignInDocument = z.infer<typeof SignInDocument>;

export const DevToken = z.looseObject({ token: z.string() });

export const Problem = z.looseObject({
  title: z.string().optional(),
  detail: z.string().optional(),
  code: z.string().optional(),
  errors: z.array(z.looseObject({ pointer: z.string(), message: z.string() })).optional(),
  decidedBy: z.string().optional(),
  decidedAt: z.string().optional(),
});
export type Problem = z.infer<typeof Problem>;

import { z } from '@hono/zod-openapi';
import { PlannedApprovals } from '../approvals/approvals.schema.ts';
import { RequestedGuardrail } from '../guardrails/choose.ts';
import { OrganizationalUnitId } from '../requests/request.schema.ts';

const ControlId = z.string().min(1).max(128);

/** What a client sends. */
export const UnitChangeBody = z.strictObject({
  enable: z.array(RequestedGuardrail).max(100).default([]),
  disable: z.array(ControlId).max(100).default([]),
  reason: z.string().min(1).max(1_000),
});

/** What is stored: the same, with the unit of the path. */
export const UnitChange = z.strictObject({
  organizationalUnitId: OrganizationalUnitId,
  ...UnitChangeBody.shape,
});
export type UnitChange = z.infer<typeof UnitChange>;

const PlannedControl = z.strictObject({
  control: z.string(),
  /** Control Tower's own name of the control: an ARN of the home Region. */
  identifier: z.string(),
  title: z.string(),
  guidance: z.enum(['strongly-recommended', 'elective']),
  behavior: z.enum(['preventive', 'detective', 'proactive']),
  /** Reaches the units below as well; otherwise only the accounts that lie in the unit itself. */
  reachesBelow: z.boolean(),
});

/** Parameters as EnableControl takes them, in the order of their keys. */
const ControlParameters = z.array(
  z.strictObject({ key: z.string(), value: z.union([z.string(), z.boolean(), z.array(z.string())]) }),
);

/** What will be changed on one organizational unit, frozen; its digest is what the approver signs. */
export const UnitChangePlan = z.strictObject({
  digest: z.string(),
  kind: z.literal('organizational-unit-change'),
  requestId: z.string(),
  organization: z.strictObject({ id: z.string(), managementAccountId: z.string(), homeRegion: z.string() }),
  organizationalUnit: z.strictObject({ id: z.string(), name: z.string(), path: z.string(), arn: z.string() }),
  enable: z.array(z.strictObject({ ...PlannedControl.shape, parameters: ControlParameters })),
  disable: z.array(PlannedControl),
  /** Asked for, but a unit above enforces it already: not enabled a second time. */
  inherited: z.array(z.strictObject({ control: z.string(), organizationalUnitId: z.string() })),
  /** Every account that is affected, by id. Never the management account. */
  accounts: z.array(z.strictObject({ accountId: z.string(), name: z.string() })),
  quotas: z.array(z.strictObject({ name: z.string(), used: z.number(), limit: z.number() })),
  approvals: PlannedApprovals,
  snapshot: z.strictObject({ id: z.string(), takenAt: z.string() }),
  warnings: z.array(z.string()),
});
export type UnitChangePlan = z.infer<typeof UnitChangePlan>;

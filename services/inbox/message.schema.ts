import { z } from 'zod';

/**
 * What state machines write to the inbox queue. An ask is parked with its task token until a fact, a click or a free
 * slot answers it; a fact says that something happened. EventBridge envelopes arrive on the same queue (see
 * services/ledger/envelope.schema.ts).
 */
export const AskKind = z.enum([
  'approval',
  'admission',
  'confirm-approval',
  'account-event',
  'repair',
  'fence',
  'exception-end',
]);
export type AskKind = z.infer<typeof AskKind>;

export const Ask = z.strictObject({
  kind: z.literal('ask'),
  ask: AskKind,
  /** Execution name and position, unique for each state entry: `<execution name>:<order>`. */
  id: z.string().min(1).max(256),
  requestId: z.string().max(80).optional(),
  planDigest: z.string().max(80).optional(),
  token: z.string().min(1).max(2048),
  execution: z.string().max(512),
  order: z.number().int().nonnegative(),
  /** RFC 3339: when the state was entered. */
  occurredAt: z.iso.datetime({ offset: true }),
  data: z.record(z.string(), z.unknown()).default({}),
});
export type Ask = z.infer<typeof Ask>;

/** Facts of the workflows, each in the order in which a smooth run writes them: vends, changes, looks, reconciles. */
export const WorkflowFactType = z.enum([
  'RequestRejected',
  'RequestExpired',
  'ProvisioningStarted',
  'AccountProvisioned',
  'BlueprintApplied',
  'GuardrailsAttached',
  'AccountVended',
  'AccessAssigned',
  'AccountQuarantined',
  'VendResumed',
  'AccountFenced',
  'ChangePreviewed',
  'ChangeStarted',
  'ControlChanged',
  'ChangeCompleted',
  'ChangeStopped',
  'ChangeResumed',
  'AccountChanged',
  'ChangeGivenUp',
  'ExceptionExpired',
  'DriftChecked',
  'PoliciesCollected',
  'MirrorSessionChanged',
  'SnapshotPart',
  'SnapshotCompleted',
  'SnapshotFailed',
]);
export type WorkflowFactType = z.infer<typeof WorkflowFactType>;

export const WorkflowFact = z.strictObject({
  kind: z.literal('fact'),
  id: z.string().min(1).max(256),
  type: WorkflowFactType,
  requestId: z.string().max(80).optional(),
  planDigest: z.string().max(80).optional(),
  accountId: z
    .string()
    .regex(/^\d{12}$/)
    .optional(),
  execution: z.string().max(512),
  /** Grows by one with every message of one vend, over resumes and new executions (epoch * 100,000 + n). */
  order: z.number().int().nonnegative(),
  occurredAt: z.iso.datetime({ offset: true }),
  data: z.record(z.string(), z.unknown()).default({}),
});
export type WorkflowFact = z.infer<typeof WorkflowFact>;

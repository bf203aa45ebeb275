import { z } from 'zod';

/** What `account-drift` found, in AWS's words; see workflows/account-drift. */
const Difference = z.strictObject({
  path: z.string(),
  change: z.string(),
  expected: z.string(),
  actual: z.string(),
});

const ResourceFinding = z.strictObject({
  logicalId: z.string(),
  physicalId: z.string(),
  resourceType: z.string(),
  difference: z.enum(['MODIFIED', 'DELETED']),
  /** The first ones; `changes` counts all. */
  properties: z.array(Difference),
  changes: z.number().int(),
});
export type ResourceFinding = z.infer<typeof ResourceFinding>;

const StackFinding = z.strictObject({
  name: z.string(),
  stackName: z.string(),
  /** Digest of the planned template. */
  planned: z.string(),
  /** `PARTLY_COMPARED`: CloudFormation could not look at some resource. `UNKNOWN` says nothing about drift. */
  state: z.enum(['COMPARED', 'PARTLY_COMPARED', 'MISSING', 'BROKEN', 'UNKNOWN']),
  status: z.string(),
  digest: z.string(),
  /** The first ones; `changed` counts all. */
  resources: z.array(ResourceFinding),
  changed: z.number().int(),
  why: z.string(),
  /** The drift detections that this check has asked for. */
  detections: z.array(z.string()),
});
export type StackFinding = z.infer<typeof StackFinding>;

/** An instance of a stack set, in another Region than home. */
const InstanceFinding = z.strictObject({
  name: z.string(),
  stackSetName: z.string(),
  region: z.string(),
  /** Controls that it carries there. */
  controls: z.array(z.string()),
  /** `MISSING`, `UNKNOWN` while an operation is under way, or CloudFormation's own status: `CURRENT` is as planned. */
  state: z.string(),
  /** What CloudFormation found when somebody last had it look: `DRIFTED`, `IN_SYNC`, `NOT_CHECKED`, `UNKNOWN`. */
  drift: z.string(),
  reason: z.string(),
});
export type InstanceFinding = z.infer<typeof InstanceFinding>;

export const DriftChecked = z.strictObject({
  checkId: z.string(),
  /** Of the stacks and the Config rules. */
  region: z.string(),
  stacks: z.array(StackFinding),
  /** Looks of before knew nothing of them. */
  instances: z.array(InstanceFinding).default([]),
  policies: z.array(
    z.strictObject({
      policyName: z.string(),
      controls: z.array(z.string()),
      state: z.enum(['ATTACHED', 'CHANGED', 'MISSING']),
    }),
  ),
  /** Config's own states, or `MISSING`. */
  rules: z.array(z.strictObject({ ruleName: z.string(), control: z.string(), state: z.string() })),
  /** `ENFORCED`, `MISSING`, or Control Tower's own status. */
  controls: z.array(z.strictObject({ control: z.string(), state: z.string() })),
  /** Areas that could not be read. */
  trouble: z.array(
    z.strictObject({
      area: z.enum(['stacks', 'instances', 'policies', 'rules', 'controls']),
      error: z.string(),
      cause: z.string(),
    }),
  ),
});
export type DriftChecked = z.infer<typeof DriftChecked>;

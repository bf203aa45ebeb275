import { z } from 'zod';

/**
 * What the workflow `landing-zone` has read: the output of its execution. It comes from AWS, so that what it has besides is
 * let through and what is missing is said.
 */
const Parameter = z.object({ key: z.string(), value: z.unknown() });

export const LiveControl = z.object({
  arn: z.string(),
  identifier: z.string(),
  status: z.string(),
  /** Only of controls for which the file gives parameters. */
  parameters: z.array(Parameter).optional(),
});

export const LiveUnit = z.object({
  id: z.string(),
  arn: z.string(),
  name: z.string(),
  parentId: z.string().nullable(),
  /** Names from below the root, with `/` between; the root's is empty. */
  path: z.string(),
  /** The state of its registration with Control Tower; NONE without one. */
  baseline: z.string(),
  /** Of units that the file names. */
  controls: z.array(LiveControl),
  /** Accounts that were seen in it: more than none says that there are some, not how many. */
  accounts: z.number().int(),
});
export type LiveUnit = z.infer<typeof LiveUnit>;

export const Live = z.object({
  organizationId: z.string(),
  managementAccountId: z.string(),
  homeRegion: z.string(),
  landingZone: z.object({
    arn: z.string(),
    version: z.string(),
    status: z.string(),
    governedRegions: z.array(z.string()),
    logArchiveAccountId: z.string().optional(),
    auditAccountId: z.string().optional(),
  }),
  /** Services that the organization trusts, as in `ram.amazonaws.com`. */
  trustedServices: z.array(z.string()),
  /** Accounts that joined after the network settings were switched off and have Account Factory's VPC all the same. */
  accountsWithFactoryVpc: z.array(z.string()),
  /** Those of the accounts that were asked about and are there. */
  accounts: z.array(z.object({ id: z.string(), name: z.string(), email: z.string(), state: z.string() })),
  units: z.array(LiveUnit),
  /** Empty version: no unit is registered yet, so that nothing says which version of the baseline fits. */
  baseline: z.object({ arn: z.string(), version: z.string() }),
  product: z.object({ name: z.string(), productId: z.string(), activeVersions: z.number().int() }).nullable(),
  identityCenter: z.object({ instanceArn: z.string(), identityStoreId: z.string() }).nullable(),
  /** Those of the asked groups that are there. */
  groups: z.array(z.string()),
  permissionSets: z.array(
    z.object({
      name: z.string(),
      arn: z.string(),
      sessionDuration: z.string(),
      managedPolicies: z.array(z.string()),
      /** Empty: none. */
      inlinePolicy: z.string(),
    }),
  ),
  /** The policies of the fence that are there. */
  policies: z.array(z.object({ id: z.string(), name: z.string(), content: z.string() })),
  /** Names of the policies attached to the root. */
  rootPolicies: z.array(z.string()),
  /** Of controls that the file names and Control Tower calls otherwise. */
  controlArns: z.array(z.object({ id: z.string(), arn: z.string() })).default([]),
});
export type Live = z.infer<typeof Live>;

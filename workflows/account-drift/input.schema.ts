import { z } from 'zod';

const name = z.string().min(1).max(256);

/** Input of an `account-drift` execution: what the account is planned to have. */
export const AccountDriftInput = z.strictObject({
  checkId: z.string().min(1).max(80),
  accountId: z.string().regex(/^\d{12}$/),
  /** The unit of the plan, and its ARN: the account may have been moved since. */
  unitId: name,
  unitArn: z.string().max(512),
  stacks: z.array(z.strictObject({ name, stackName: name, templateDigest: z.string() })),
  /** In other Regions than home, with the controls that an instance carries there. */
  instances: z.array(
    z.strictObject({ name, stackSetName: name, region: name, controls: z.array(z.string()) }),
  ),
  policies: z.array(z.strictObject({ policyName: name, controls: z.array(z.string()), content: z.string() })),
  rules: z.array(z.strictObject({ ruleName: name, control: z.string() })),
  /** Controls that the units above the account enforce. */
  controls: z.array(z.string()),
  /** What Control Tower calls those of them that do not go by their name. */
  identifiers: z.array(z.strictObject({ control: name, identifier: name })).optional(),
});
export type AccountDriftInput = z.infer<typeof AccountDriftInput>;

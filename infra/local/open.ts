import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { quarantinePolicy, rootFencePolicy } from '../../services/guardrails/fence.ts';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import { EVALUATOR_TEMPLATE } from '../../workflows/artifacts.ts';
import { WORKFLOWS } from '../../workflows/index.ts';
import { deploy, deployFence } from './deploy.ts';
import { createLocalAws, type LocalAws, type LocalAwsOptions } from './index.ts';
import { EXAMPLE_LANDING_ZONE } from './landing-zone.ts';

/** The embedded AWS with everything that Jetway deploys into a real one: the example landing zone, ready to vend. */
export async function openLocalAws(options: Omit<LocalAwsOptions, 'fencePolicies'>): Promise<LocalAws> {
  const root = packageRoot();
  const fencePolicies = { root: rootFencePolicy(EXAMPLE_LANDING_ZONE), quarantine: quarantinePolicy() };
  const aws = await createLocalAws({ ...options, fencePolicies });
  deployFence(aws, fencePolicies);
  deploy(
    aws,
    WORKFLOWS.map(({ name, path }) => ({ name, definition: readFileSync(join(root, path), 'utf8') })),
    readFileSync(join(root, EVALUATOR_TEMPLATE.path), 'utf8'),
  );
  return aws;
}

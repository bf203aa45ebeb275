import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnPolicy } from 'aws-cdk-lib/aws-organizations';
import type { Construct } from 'constructs';
import {
  QUARANTINE_POLICY_NAME,
  quarantinePolicy,
  ROOT_FENCE_POLICY_NAME,
  rootFencePolicy,
} from '../../../services/guardrails/fence.ts';
import { JetwayStack } from '../jetway-stack.ts';
import { textOf } from '../parameters.ts';

/** The two policies that keep a new account closed until it is handed over. The machines find them by name. */
export class FenceStack extends JetwayStack {
  constructor(scope: Construct) {
    super(scope, 'fence', { account: 'management', region: 'home' }, 'policies that fence new accounts');
    const rootId = textOf(this, 'RootId');
    const organization = { organizationId: textOf(this, 'OrganizationId'), rootId };
    const policies = [
      new CfnPolicy(this, 'RootFence', {
        name: ROOT_FENCE_POLICY_NAME,
        type: 'SERVICE_CONTROL_POLICY',
        description: 'Denies everything in accounts that sit directly under the root',
        content: JSON.parse(rootFencePolicy(organization)),
        targetIds: [rootId],
      }),
      new CfnPolicy(this, 'Quarantine', {
        name: QUARANTINE_POLICY_NAME,
        type: 'SERVICE_CONTROL_POLICY',
        description: 'Denies everything in an account until it has been handed over',
        content: JSON.parse(quarantinePolicy()),
      }),
    ];
    for (const policy of policies) policy.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}

import { Aws, CfnCondition, CfnStackSet, Fn } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { machineRole } from '../../../workflows/index.ts';
import { EVENT_BUS } from '../../events.ts';
import { JetwayStack } from '../jetway-stack.ts';
import { artifactBucketName } from '../names.ts';
import { parameter, textOf } from '../parameters.ts';

/** A template of a component, by its content. */
export type ComponentTemplate = { component: string; fileName: string };

/**
 * For accounts that Jetway did not make: the execution role and event forwarding, which a vend puts into its account
 * itself. The accounts are named one by one: in a vended account these stacks are there already.
 */
export class MembersStack extends JetwayStack {
  private readonly adopts: CfnCondition;

  constructor(scope: Construct, templates: { role: ComponentTemplate; forwarding: ComponentTemplate }) {
    super(
      scope,
      'members',
      { account: 'management', region: 'home' },
      'execution role and event forwarding in accounts that were adopted',
    );
    const vending = this.arnOf('states', 'stateMachine:account-vending');
    this.adopts = new CfnCondition(this, 'Adopts', {
      expression: Fn.conditionNot(
        Fn.conditionEquals(Fn.join('', parameter(this, 'AdoptedAccounts').valueAsList), ''),
      ),
    });
    const role = this.stackSet('ExecutionRole', templates.role, [Aws.REGION], {
      ManagementAccountId: Aws.ACCOUNT_ID,
      ExternalId: vending,
    });
    const forwarding = this.stackSet(
      'EventForwarding',
      templates.forwarding,
      parameter(this, 'GovernedRegions').valueAsList,
      { EventBusArn: this.arnOf('events', `event-bus/${EVENT_BUS}`), HomeRegion: Aws.REGION },
    );
    forwarding.addResourceDependency(role);
  }

  private stackSet(
    id: string,
    { component, fileName }: ComponentTemplate,
    regions: string[],
    given: Record<string, string>,
  ): CfnStackSet {
    const set = new CfnStackSet(this, id, {
      stackSetName: `jetway-adopted-${component}`,
      description: `Jetway: ${component} in adopted accounts; taken by ${machineRole('account-vending')}`,
      permissionModel: 'SERVICE_MANAGED',
      autoDeployment: { enabled: false },
      managedExecution: { Active: true },
      capabilities: ['CAPABILITY_NAMED_IAM'],
      templateUrl: `https://${artifactBucketName(Aws.ACCOUNT_ID, Aws.REGION)}.s3.${Aws.REGION}.${Aws.URL_SUFFIX}/${fileName}`,
      parameters: Object.entries(given).map(([parameterKey, parameterValue]) => ({
        parameterKey,
        parameterValue,
      })),
      operationPreferences: {
        regionConcurrencyType: 'PARALLEL',
        failureToleranceCount: 0,
        maxConcurrentCount: 10,
      },
      stackInstancesGroup: [
        {
          deploymentTargets: {
            organizationalUnitIds: [textOf(this, 'RootId')],
            accounts: parameter(this, 'AdoptedAccounts').valueAsList,
            accountFilterType: 'INTERSECTION',
          },
          regions,
        },
      ],
    });
    set.cfnOptions.condition = this.adopts;
    return set;
  }
}

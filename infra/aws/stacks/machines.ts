import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnPortfolioPrincipalAssociation } from 'aws-cdk-lib/aws-servicecatalog';
import { CfnStateMachine, CfnStateMachineAlias, CfnStateMachineVersion } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { machineRole } from '../../../workflows/index.ts';
import { INBOX_QUEUE } from '../../events.ts';
import { JetwayStack } from '../jetway-stack.ts';
import type { Machine } from '../machines.node.ts';
import { artifactBucketName, LOG_RETENTION_DAYS, MACHINE_ALIAS } from '../names.ts';
import { textOf } from '../parameters.ts';
import { calledActions, machinePolicy } from '../permissions/machine-policy.ts';
import type { Place } from '../permissions/statement.ts';

/** The state machines, each with the definition as it is committed and a role that may do what that text calls. */
export class MachinesStack extends JetwayStack {
  /** @param keyArn the key of the inbox */
  constructor(scope: Construct, machines: readonly Machine[], keyArn: string) {
    super(scope, 'machines', { account: 'management', region: 'home' }, 'state machines and their roles');
    const place = this.place(keyArn);
    for (const machine of machines) this.machine(machine, place);
  }

  private place(inboxKeyArn: string): Place {
    return {
      partition: Aws.PARTITION,
      region: Aws.REGION,
      managementAccountId: Aws.ACCOUNT_ID,
      organizationId: textOf(this, 'OrganizationId'),
      productId: textOf(this, 'ProductId'),
      inboxArn: this.arnOf('sqs', INBOX_QUEUE),
      inboxKeyArn,
      artifactBucket: artifactBucketName(Aws.ACCOUNT_ID, Aws.REGION),
    };
  }

  private machine(machine: Machine, place: Place): void {
    const { name, definition } = machine;
    const id = name.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
    const role = new CfnRole(this, `${id}Role`, {
      roleName: machineRole(name),
      description: `State machine ${name} of Jetway`,
      maxSessionDuration: 3600,
      assumeRolePolicyDocument: this.trust(name),
      policies: [
        {
          policyName: 'machine',
          policyDocument: { Version: '2012-10-17', Statement: machinePolicy(definition, place) },
        },
      ],
    });
    const log = new CfnLogGroup(this, `${id}Log`, {
      logGroupName: `/aws/vendedlogs/states/jetway-${name}`,
      retentionInDays: LOG_RETENTION_DAYS,
    });
    log.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const made = this.stateMachine(id, machine, role, log);
    if (calledActions(definition).includes('servicecatalog:ProvisionProduct')) {
      // Some actions of the guide are missing in AWS's own list of actions.
      role.addMetadata('cfn-lint', { config: { ignore_checks: ['W3037'] } });
      new CfnPortfolioPrincipalAssociation(this, `${id}Portfolio`, {
        portfolioId: textOf(this, 'PortfolioId'),
        principalArn: role.attrArn,
        principalType: 'IAM',
      });
    }
    this.versions(id, made);
  }

  private stateMachine(id: string, { name, fileName }: Machine, role: CfnRole, log: CfnLogGroup) {
    const made = new CfnStateMachine(this, id, {
      stateMachineName: name,
      stateMachineType: 'STANDARD',
      roleArn: role.attrArn,
      // Named by its content: another text is another key, and the stack sees that it changed.
      definitionS3Location: { bucket: artifactBucketName(Aws.ACCOUNT_ID, Aws.REGION), key: fileName },
      loggingConfiguration: {
        level: 'ALL',
        // Task tokens and people's addresses are in the data.
        includeExecutionData: false,
        destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: log.attrArn } }],
      },
      tracingConfiguration: { enabled: true },
    });
    made.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return made;
  }

  /** An old version is kept when the next one comes: executions that run stay with theirs, and one can go back. */
  private versions(id: string, made: CfnStateMachine): void {
    const version = new CfnStateMachineVersion(this, `${id}Version`, {
      stateMachineArn: made.attrArn,
      stateMachineRevisionId: made.attrStateMachineRevisionId,
    });
    version.applyRemovalPolicy(RemovalPolicy.RETAIN);
    new CfnStateMachineAlias(this, `${id}Alias`, {
      name: MACHINE_ALIAS,
      routingConfiguration: [{ stateMachineVersionArn: version.ref, weight: 100 }],
    });
  }

  private trust(name: string) {
    return {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'states.amazonaws.com' },
          Action: 'sts:AssumeRole',
          Condition: {
            StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
            ArnLike: { 'aws:SourceArn': this.arnOf('states', `stateMachine:${name}`) },
          },
        },
      ],
    };
  }
}

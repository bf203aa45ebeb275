import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../services/kernel/canonical-json.ts';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import { NOBODY_WAITS } from '../../services/telemetry/figures.fixture.ts';
import { startFigures } from '../../services/telemetry/figures.task.ts';
import { lint, withoutLint } from '../../workflows/blueprints/contract.fixture.ts';
import { DEFINITIONS } from '../../workflows/definitions.ts';
import { machineRole } from '../../workflows/index.ts';
import { rendered } from '../../workflows/rendered.ts';
import { eventRules, globalRules } from '../events.ts';
import { ALARMS } from './alarm-names.ts';
import { calledActions, machinePolicy } from './permissions/machine-policy.ts';
import { type Resource, readSources, synthesize } from './synth.node.ts';

/** CloudFormation's text of a value, references in angle brackets; in objects too. */
function flat(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(flat);
  if (typeof value !== 'object' || value === null) return value;
  const {
    Ref,
    'Fn::Join': join,
    'Fn::GetAtt': att,
    'Fn::ImportValue': imported,
  } = value as Record<string, never>;
  if (Ref) return `<${Ref}>`;
  if (att) return `<${(att as string[]).join('.')}>`;
  if (imported) return `<import>`;
  if (join) return (join[1] as unknown[]).map(flat).join(join[0]);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, flat(one)]));
}

const stacks = synthesize();
const resourcesOf = (stack: string, type: string): Resource[] => {
  const found = stacks.find(({ name }) => name === stack);
  if (!found) throw new Error(`no stack ${stack}`);
  return Object.values(found.template.Resources).filter(({ Type }) => Type === type);
};
// biome-ignore lint/suspicious/noExplicitAny: properties of many types
const props = (resource: Resource | undefined): any => flat(resource?.Properties ?? {});

describe('the templates', () => {
  it('are the same each time', () => {
    expect(JSON.stringify(synthesize())).toBe(JSON.stringify(stacks));
  });

  it.each(stacks.map(({ name, template }) => [name, template] as const))(
    '%s stands alone: no bootstrap, no assets, no custom resources, less than 1 MB',
    (_name, template) => {
      const text = JSON.stringify(template);
      expect(text).not.toMatch(/cdk-hnb659fds|BootstrapVersion|AssetParameters|AWS::CDK::Metadata|Custom::/);
      expect(text.length).toBeLessThan(1_000_000);
      expect(Object.keys(template.Resources).length).toBeLessThan(500);
    },
  );

  it.skipIf(withoutLint)('pass cfn-lint', () => {
    const folder = mkdtempSync(join(tmpdir(), 'jetway-infra-'));
    for (const { name, template } of stacks)
      writeFileSync(join(folder, `${name}.template.json`), JSON.stringify(template, null, 1));
    expect(lint(join(folder, '*.template.json'))).toEqual({ status: 0, output: '' });
    // Every type is there in another home Region too.
    expect(lint(join(folder, '*.template.json'), 'eu-west-1')).toEqual({ status: 0, output: '' });
  });

  it('have their home where they are deployed: no resource names a Region', () => {
    for (const { name, template } of stacks)
      expect([name, JSON.stringify(template.Resources).match(/\b(us|eu|ap)-[a-z]+-\d\b/g) ?? []]).toEqual([
        name,
        [],
      ]);
  });
});

describe('the state machines', () => {
  it.each(DEFINITIONS.map((one) => [one.name, one.definition] as const))(
    '%s is deployed as it is committed, with a role of its own',
    (name, definition) => {
      const machine = resourcesOf('jetway-machines', 'AWS::StepFunctions::StateMachine').find(
        (one) => one.Properties.StateMachineName === name,
      );
      const { DefinitionS3Location } = props(machine);
      expect(DefinitionS3Location.Key).toBe(`${sha256(rendered(definition)).slice(7)}.asl.json`);
      const role = resourcesOf('jetway-machines', 'AWS::IAM::Role').find(
        (one) => one.Properties.RoleName === machineRole(name),
      );
      const { Policies, AssumeRolePolicyDocument } = props(role);
      const [statement] = AssumeRolePolicyDocument.Statement;
      expect(statement.Principal).toEqual({ Service: 'states.amazonaws.com' });
      expect(statement.Condition.ArnLike['aws:SourceArn']).toContain(`:stateMachine:${name}`);
      const place = {
        partition: '<AWS::Partition>',
        region: '<AWS::Region>',
        managementAccountId: '<AWS::AccountId>',
        organizationId: '<OrganizationId>',
        productId: '<ProductId>',
        inboxArn: 'arn:<AWS::Partition>:sqs:<AWS::Region>:<AWS::AccountId>:jetway-inbox',
        inboxKeyArn: '<import>',
        artifactBucket: 'jetway-artifacts-<AWS::AccountId>-<AWS::Region>',
      };
      expect(Policies[0].PolicyDocument.Statement).toEqual(machinePolicy(definition, place));
    },
  );

  it('puts whoever provisions, and nobody else, into the Account Factory portfolio', () => {
    const principals = resourcesOf(
      'jetway-machines',
      'AWS::ServiceCatalog::PortfolioPrincipalAssociation',
    ).map((one) => props(one).PrincipalARN);
    const provisioning = DEFINITIONS.filter(({ definition }) =>
      calledActions(definition).includes('servicecatalog:ProvisionProduct'),
    );
    expect(principals).toEqual(['<AccountVendingRole.Arn>']);
    expect(provisioning.map(({ name }) => name)).toEqual(['account-vending']);
  });
});

describe('events', () => {
  const context = {
    managementAccountId: '<AWS::AccountId>',
    region: '<AWS::Region>',
    stateMachines: readSources().machines.map(({ name }) => name),
  };

  it('are let through by the rules that the embedded AWS has', () => {
    const deployed = resourcesOf('jetway-messaging', 'AWS::Events::Rule').map(props);
    expect(Object.fromEntries(deployed.map((one) => [one.Name, one.EventPattern]))).toEqual(
      Object.fromEntries(eventRules(context).map(({ name, pattern }) => [name, pattern])),
    );
    for (const { Targets } of deployed)
      for (const target of Targets) {
        expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 });
        expect(target.DeadLetterConfig.Arn).toMatch(/:jetway-inbox-dlq$/);
      }
  });

  it('come from accounts of the organization, and only kinds that a rule reads', () => {
    const [bus] = resourcesOf('jetway-messaging', 'AWS::Events::EventBusPolicy');
    const { Condition } = props(bus).Statement;
    expect(Condition.StringEquals).toEqual({ 'aws:PrincipalOrgID': '<OrganizationId>' });
    const read = Condition['ForAllValues:StringEquals'];
    expect(read['events:source']).toContain('aws.config');
    expect(read['events:source']).not.toContain('jetway');
    // An absent key would match ForAllValues.
    expect(Condition.Null).toEqual({ 'events:source': 'false', 'events:detail-type': 'false' });
  });

  it('of a new account reach the fence from us-east-1 too', () => {
    const forwarded = resourcesOf('jetway-forwarding', 'AWS::Events::Rule').map(
      (one) => props(one).EventPattern,
    );
    const names = forwarded.flatMap((pattern) => pattern.detail?.eventName ?? []);
    for (const { pattern } of globalRules(context))
      for (const name of (pattern.detail as { eventName: string[] }).eventName) expect(names).toContain(name);
    expect(names).toContain('CreateAccountResult');
  });
});

describe('what is kept', () => {
  it.each([
    ['jetway-data', 'AWS::RDS::DBCluster'],
    ['jetway-data', 'AWS::KMS::Key'],
    ['jetway-data', 'AWS::SecretsManager::Secret'],
    ['jetway-messaging', 'AWS::SQS::Queue'],
    ['jetway-artifacts', 'AWS::S3::Bucket'],
    ['jetway-machines', 'AWS::StepFunctions::StateMachine'],
  ])('%s: %s outlives its stack', (stack, type) => {
    const found = resourcesOf(stack, type);
    expect(found.length).toBeGreaterThan(0);
    for (const { DeletionPolicy } of found) expect(['Retain', 'Snapshot']).toContain(DeletionPolicy);
  });

  it('is encrypted, reached by TLS alone, and backed up for as long as RDS keeps it', () => {
    const [cluster] = resourcesOf('jetway-data', 'AWS::RDS::DBCluster');
    expect(props(cluster)).toMatchObject({
      StorageEncrypted: true,
      BackupRetentionPeriod: 35,
      DeletionProtection: true,
      ManageMasterUserPassword: true,
    });
    const [parameters] = resourcesOf('jetway-data', 'AWS::RDS::DBClusterParameterGroup');
    expect(props(parameters).Parameters['rds.force_ssl']).toBe('1');
  });
});

describe('the tasks', () => {
  const tasks = resourcesOf('jetway-service', 'AWS::ECS::TaskDefinition').map(props);

  it('run as nobody in particular, with a root file system that cannot be written', () => {
    expect(tasks.length).toBe(3);
    for (const { ContainerDefinitions } of tasks)
      for (const container of ContainerDefinitions) {
        expect(container).toMatchObject({ ReadonlyRootFilesystem: true, User: '10001' });
        expect(container.Privileged).toBeUndefined();
      }
  });

  it('have no password and no secret in their settings', () => {
    for (const { ContainerDefinitions } of tasks) {
      const [{ Environment, Secrets }] = ContainerDefinitions;
      const url = Environment.find(({ Name }: { Name: string }) => Name === 'DATABASE_URL').Value;
      expect(url).toMatch(/^postgresql:\/\/jetway_owner@[^:]+:5432\/jetway\?sslmode=verify-full$/);
      expect(Secrets.map(({ Name }: { Name: string }) => Name)).toEqual(['JETWAY_ROOT_SECRET']);
    }
  });
});

describe('alarms', () => {
  it('tell somebody, and name their part of the runbook', () => {
    const alarms = resourcesOf('jetway-alarms', 'AWS::CloudWatch::Alarm').map(props);
    for (const alarm of alarms) {
      expect(alarm.AlarmActions.length).toBe(1);
      const [, anchor = ''] = /docs\/operations\.md#([a-z-]+)$/.exec(alarm.AlarmDescription) ?? [];
      expect(Object.keys(ALARMS)).toContain(anchor);
      // CloudWatch takes ten metrics in one alarm.
      expect(alarm.Metrics?.length ?? 1).toBeLessThanOrEqual(10);
    }
    const names = new Set(alarms.map(({ AlarmDescription }) => /#([a-z-]+)$/.exec(AlarmDescription)?.[1]));
    expect(names).toEqual(new Set(Object.keys(ALARMS)));
    const runbook = readFileSync(join(packageRoot(), 'docs/operations.md'), 'utf8');
    const [, alarmPart = ''] = /\n## Alarms\n(.*?)\n## /s.exec(runbook) ?? [];
    const sections = [...alarmPart.matchAll(/^### (.+)$/gm)].map(([, name]) => name);
    // Every alarm has its part, and no part is about an alarm that is gone.
    expect(sections).toEqual(Object.keys(ALARMS));
    for (const section of alarmPart.split(/^### .+$/m).slice(1)) {
      expect(section.trim().length).toBeGreaterThan(100);
      expect(section).toMatch(/^1\. /m);
    }
  });

  it('about how the installation stands read what workers write, in the words of their log', async () => {
    const filters = resourcesOf('jetway-alarms', 'AWS::Logs::MetricFilter').map(props);
    const lines: Record<string, unknown>[] = [];
    const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });
    const stop = startFigures(async () => NOBODY_WAITS, log, 5);
    await expect.poll(() => lines.length).toBeGreaterThan(0);
    stop();
    for (const { FilterPattern, MetricTransformations } of filters) {
      const [, message] = /^\{ \$\.msg = "(.+)" \}$/.exec(FilterPattern) ?? [];
      expect(lines[0]?.msg).toBe(message);
      const [{ MetricNamespace, MetricName, MetricValue }] = MetricTransformations;
      const [, figure = ''] = /^\$\.figures\.(\w+)$/.exec(MetricValue) ?? [];
      expect(lines[0]).toHaveProperty(['figures', figure], expect.any(Number));
      const alarm = resourcesOf('jetway-alarms', 'AWS::CloudWatch::Alarm')
        .map(props)
        .find((one) => one.AlarmName === `jetway-${MetricName}`);
      expect(alarm).toMatchObject({ Namespace: MetricNamespace, MetricName });
    }
    expect(filters.length).toBe(8);
    // Not merely quiet: workers that write nothing are an alarm.
    const [silent] = resourcesOf('jetway-alarms', 'AWS::CloudWatch::Alarm')
      .map(props)
      .filter((one) => one.TreatMissingData === 'breaching');
    expect(silent.AlarmName).toBe('jetway-no-figures');
  });
});

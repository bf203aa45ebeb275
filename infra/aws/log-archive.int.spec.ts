import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import { lint, withoutLint } from '../../workflows/blueprints/contract.fixture.ts';
import { exampleContext } from '../../workflows/blueprints/plan.fixture.ts';
import { NAMED_VALUES } from '../../workflows/blueprints/values.ts';
import { call, REGION, roleCaller, testWorld } from '../local/services/account-test-world.ts';
import { cloudFormationService } from '../local/services/cloudformation.ts';

const path = join(packageRoot(), 'infra/aws/log-archive.template.json');
const text = readFileSync(path, 'utf8');
const template = JSON.parse(text);
const LOG_ARCHIVE = exampleContext.logArchiveAccountId;
type Stacks = { Stacks: { StackStatus: string; Outputs: { OutputKey: string; OutputValue: string }[] }[] };
type Statement = { Effect: string; Principal: unknown; Condition?: Record<string, Record<string, unknown>> };

describe('the log archive', () => {
  it('makes the bucket and the key that plans name', () => {
    const t = testWorld();
    const service = cloudFormationService(t.world);
    t.start();
    const caller = roleCaller('AWSControlTowerExecution', LOG_ARCHIVE);
    const StackName = 'jetway-log-archive';
    const Parameters = [{ ParameterKey: 'OrganizationId', ParameterValue: exampleContext.organizationId }];
    call(t.world, service, 'CreateStack', { StackName, TemplateBody: text, Parameters }, caller);
    t.pass(30 * 60_000);
    const [stack] = call<Stacks>(t.world, service, 'DescribeStacks', { StackName }, caller).Stacks;
    const outputs = Object.fromEntries(stack?.Outputs.map((o) => [o.OutputKey, o.OutputValue]) ?? []);
    expect(stack?.StackStatus).toBe('CREATE_COMPLETE');
    expect(outputs.BucketName).toBe(NAMED_VALUES['context.logBucketName'](exampleContext));
    expect(`arn:aws:kms:${REGION}:${LOG_ARCHIVE}:${outputs.KeyAlias}`).toBe(
      NAMED_VALUES['context.logKeyArn'](exampleContext),
    );
    expect(NAMED_VALUES['context.flowLogBucketArn'](exampleContext)).toContain(`:::${outputs.BucketName}/`);
  });

  it('lets nobody write but services that act for the organization, and nobody without TLS', () => {
    const { BucketPolicy, Key } = template.Resources;
    const statements: Statement[] = [
      ...BucketPolicy.Properties.PolicyDocument.Statement,
      ...Key.Properties.KeyPolicy.Statement,
    ];
    const allowed = statements.filter(
      ({ Effect, Principal }) => Effect === 'Allow' && JSON.stringify(Principal).includes('Service'),
    );
    expect(allowed.length).toBeGreaterThan(6);
    for (const { Condition } of allowed)
      expect(Condition?.StringEquals).toEqual({ 'aws:SourceOrgID': { Ref: 'OrganizationId' } });
    const denied = statements.filter(({ Effect }) => Effect === 'Deny');
    expect(denied.map(({ Condition }) => Condition)).toContainEqual({
      Bool: { 'aws:SecureTransport': 'false' },
    });
  });

  it.skipIf(withoutLint)('passes cfn-lint', () => {
    expect(lint(path)).toEqual({ status: 0, output: '' });
  });
});

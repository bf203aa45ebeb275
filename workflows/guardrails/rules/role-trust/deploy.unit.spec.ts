import { beforeEach, describe, expect, it } from 'vitest';
import { enrolAccount } from '../../../../infra/local/services/account-baseline.ts';
import {
  ALLOW_ALL,
  attachPolicy,
  call,
  joinOrganization,
  MEMBER,
  REGION,
  roleCaller,
  testWorld,
  withFunctions,
} from '../../../../infra/local/services/account-test-world.ts';
import { cloudFormationService } from '../../../../infra/local/services/cloudformation.ts';
import { configService } from '../../../../infra/local/services/config.ts';
import { iamService } from '../../../../infra/local/services/iam-api.ts';
import type { Caller, ServiceModule } from '../../../../infra/local/world.ts';
import { parseCatalogue } from '../../../../services/guardrails/catalogue.ts';
import { chooseControls } from '../../../../services/guardrails/choose.ts';
import { planDetective } from '../../../../services/guardrails/detective.ts';
import member from '../../../blueprints/config-evaluator/config-evaluator.template.json' with {
  type: 'json',
};
import catalogueFile from '../../catalogue.json' with { type: 'json' };
import detective from '../../detective.template.json' with { type: 'json' };
import evaluator from './evaluator.template.json' with { type: 'json' };

const AUDIT = '333344445555';
const MANAGEMENT = '111122223333';
const MINUTES = 60_000;
const RULE = 'jetway-jetway-gr-role-trust';
const ExternalId = 'jetway-audit-o-exampleorg1';
const inMember = roleCaller('jetway-execution');
const inAudit = roleCaller('AWSControlTowerExecution', AUDIT);
const catalogue = parseCatalogue(catalogueFile);
type Input = Record<string, unknown>;

let t: ReturnType<typeof testWorld>;
let services: Record<string, ServiceModule>;
const ask = <T>(service: string, action: string, input: Input, caller: Caller = inMember): T =>
  call<T>(t.world, services[service]!, action, input, caller);

function deploy(StackName: string, template: object, parameters: Record<string, string>, caller: Caller) {
  const Parameters = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
    ParameterKey,
    ParameterValue,
  }));
  const TemplateBody = JSON.stringify(template);
  const input = { StackName, TemplateBody, Parameters, Capabilities: ['CAPABILITY_NAMED_IAM'] };
  ask('cloudformation', 'CreateStack', input, caller);
  t.pass(10 * MINUTES);
  const { Stacks } = ask<{ Stacks: { StackStatus: string }[] }>(
    'cloudformation',
    'DescribeStacks',
    { StackName },
    caller,
  );
  return Stacks[0]?.StackStatus;
}
const deployEvaluator = (organizationId = 'o-exampleorg1') =>
  deploy(
    'jetway-config-rules',
    evaluator,
    { OrganizationId: organizationId, OrganizationAccounts: `${MANAGEMENT},${AUDIT}`, ExternalId },
    inAudit,
  );
const deployMember = () =>
  deploy('jetway-config-evaluator', member, { AuditAccountId: AUDIT, ExternalId }, inMember);
function deployRule(parameters: Record<string, unknown> = {}) {
  const defaults = { governedRegions: [REGION], homeRegion: REGION, organizationId: 'o-exampleorg1' };
  const choice = chooseControls(catalogue, [{ id: 'JETWAY-GR_ROLE_TRUST', parameters }], defaults);
  if ('errors' in choice) throw new Error(JSON.stringify(choice.errors));
  const place = { regions: [REGION], homeRegion: REGION, auditAccountId: AUDIT };
  const { stackParameters } = planDetective(catalogue.controls, choice.controls, place);
  return deploy('jetway-guardrails-detective', detective, stackParameters, inMember);
}

const trust = (AWS: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }],
  });
const makeRole = (RoleName: string, principal: string): string => {
  const input = { RoleName, AssumeRolePolicyDocument: trust(principal) };
  return ask<{ Role: { RoleId: string } }>('iam', 'CreateRole', input).Role.RoleId;
};
type Details = {
  EvaluationResults: {
    EvaluationResultIdentifier: { EvaluationResultQualifier: { ResourceId: string } };
    ComplianceType: string;
    Annotation?: string;
  }[];
};
/** The verdicts on the roles of the account, by their ids. */
function verdicts(): Record<string, string> {
  t.pass(5 * MINUTES);
  const input = { ConfigRuleName: RULE, Limit: 100 };
  const { EvaluationResults } = ask<Details>('config', 'GetComplianceDetailsByConfigRule', input);
  return Object.fromEntries(
    EvaluationResults.map(({ EvaluationResultIdentifier, ComplianceType }) => [
      EvaluationResultIdentifier.EvaluationResultQualifier.ResourceId,
      ComplianceType,
    ]),
  );
}

beforeEach(() => {
  t = testWorld();
  const made = [cloudFormationService, configService, iamService].map((service) => service(t.world));
  services = Object.fromEntries(made.map((one) => [one.shape, one]));
  withFunctions(t, made);
  attachPolicy(t.world, 'r-ab12', 'FullAWSAccess', [ALLOW_ALL]);
  for (const accountId of [MEMBER, AUDIT]) {
    joinOrganization(t.world, accountId);
    attachPolicy(t.world, accountId, 'FullAWSAccess', [ALLOW_ALL]);
    enrolAccount(t.world, accountId);
  }
  t.start();
});

describe('the rule on the trust of roles', () => {
  it('evaluates every role of the account, from the audit account', () => {
    expect([deployEvaluator(), deployMember(), deployRule()]).toEqual([
      'CREATE_COMPLETE',
      'CREATE_COMPLETE',
      'CREATE_COMPLETE',
    ]);
    const found = Object.values(verdicts());
    expect(found.length).toBeGreaterThan(5);
    expect(new Set(found)).toEqual(new Set(['COMPLIANT']));
  });

  it('follows a role that a stranger may assume, until it is mended or gone', () => {
    deployEvaluator();
    deployMember();
    deployRule();
    const id = makeRole('vendor', '999900001111');
    expect(verdicts()[id]).toBe('NON_COMPLIANT');
    ask('iam', 'UpdateAssumeRolePolicy', { RoleName: 'vendor', PolicyDocument: trust(MEMBER) });
    expect(verdicts()[id]).toBe('COMPLIANT');
    ask('iam', 'DeleteRole', { RoleName: 'vendor' });
    expect(verdicts()[id]).toBeUndefined();
    const changes = t.events
      .filter(({ source, detail }) => source === 'aws.config' && detail.resourceId === id)
      .map(({ detail }) => detail.newEvaluationResult as { complianceType: string; annotation?: string });
    expect(changes.map(({ complianceType }) => complianceType)).toEqual([
      'NON_COMPLIANT',
      'COMPLIANT',
      'NOT_APPLICABLE',
    ]);
    expect(changes[0]?.annotation).toBe('Trust policy: 999900001111 is outside the organization.');
  });

  it('is told of a change once', () => {
    deployEvaluator();
    deployMember();
    deployRule();
    verdicts();
    let runs = 0;
    const run = t.world.runFunction;
    t.world.runFunction = (...all) => {
      runs += 1;
      return run!(...all);
    };
    makeRole('one', MEMBER);
    verdicts();
    ask('config', 'StartConfigRulesEvaluation', { ConfigRuleNames: [RULE] });
    verdicts();
    expect(runs).toBe(1);
  });

  it('cannot be made while its function is not there', () => {
    deployMember();
    expect(deployRule()).toBe('ROLLBACK_COMPLETE');
  });

  it('says nothing, and gives up after three attempts, while its role is missing in the account', () => {
    deployEvaluator();
    deployRule();
    expect(verdicts()).toEqual({});
    t.pass(60 * MINUTES);
    expect(t.world.scheduler.nextAwsTimer()).toBeUndefined();
    deployMember();
    const id = makeRole('late', MEMBER);
    expect(verdicts()).toMatchObject({ [id]: 'COMPLIANT' });
  });

  it('never enters an account of another organization', () => {
    deployEvaluator('o-strangers1');
    deployMember();
    deployRule();
    expect(verdicts()).toEqual({});
  });

  it('reports only with the token of its event', () => {
    deployEvaluator();
    deployMember();
    deployRule();
    const Evaluations = [
      {
        ComplianceResourceType: 'AWS::IAM::Role',
        ComplianceResourceId: 'AROA1',
        ComplianceType: 'COMPLIANT',
        OrderingTimestamp: '2026-03-04T10:00:00Z',
      },
    ];
    expect(() => ask('config', 'PutEvaluations', { Evaluations, ResultToken: 'forged' })).toThrow(
      'The resultToken provided is invalid',
    );
  });
});

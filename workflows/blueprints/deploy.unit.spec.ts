import { describe, expect, it } from 'vitest';
import { enrolAccount } from '../../infra/local/services/account-baseline.ts';
import { listResources } from '../../infra/local/services/account-resources.ts';
import {
  ALLOW_ALL,
  attachPolicy,
  call,
  joinOrganization,
  MEMBER,
  REGION,
  roleCaller,
  testWorld,
} from '../../infra/local/services/account-test-world.ts';
import { cloudFormationService } from '../../infra/local/services/cloudformation.ts';
import { configService } from '../../infra/local/services/config.ts';
import { parseCatalogue } from '../../services/guardrails/catalogue.ts';
import { chooseControls } from '../../services/guardrails/choose.ts';
import { planDetective } from '../../services/guardrails/detective.ts';
import { quarantinePolicy, rootFencePolicy } from '../../services/guardrails/fence.ts';
import catalogueFile from '../guardrails/catalogue.json' with { type: 'json' };
import detective from '../guardrails/detective.template.json' with { type: 'json' };
import auditRoles from './audit-roles/audit-roles.template.json' with { type: 'json' };
import { parseBlueprint, parseParameters } from './blueprint.ts';
import budget from './budget/budget.template.json' with { type: 'json' };
import { componentsFor } from './components.ts';
import eventForwarding from './event-forwarding/event-forwarding.template.json' with { type: 'json' };
import executionRole from './execution-role/execution-role.template.json' with { type: 'json' };
import { subnetsFor } from './network.ts';
import standardFile from './standard/blueprint.json' with { type: 'json' };
import vpc from './vpc/vpc.template.json' with { type: 'json' };

const MINUTES = 60_000;
const TEMPLATES: Record<string, object> = {
  'execution-role': executionRole,
  'event-forwarding': eventForwarding,
  'audit-roles': auditRoles,
  'guardrails-detective': detective,
  vpc,
  budget,
};
type Stacks = { Stacks: { StackStatus: string; StackStatusReason?: string }[] };
type Events = { StackEvents: { LogicalResourceId: string; ResourceStatusReason?: string }[] };

/** An enrolled account behind the fence, in quarantine, as the workflow finds it. */
function fencedAccount() {
  const t = testWorld();
  const service = cloudFormationService(t.world);
  configService(t.world);
  joinOrganization(t.world, MEMBER);
  const statements = (content: string): unknown[] => JSON.parse(content).Statement;
  attachPolicy(t.world, 'r-ab12', 'FullAWSAccess', [ALLOW_ALL]);
  attachPolicy(
    t.world,
    'r-ab12',
    'jetway-root-fence',
    statements(rootFencePolicy({ organizationId: 'o-exampleorg1', rootId: 'r-ab12' })),
  );
  attachPolicy(t.world, MEMBER, 'FullAWSAccess', [ALLOW_ALL]);
  attachPolicy(t.world, MEMBER, 'jetway-quarantine', statements(quarantinePolicy()));
  enrolAccount(t.world, MEMBER);
  t.start();
  /** Makes the stack, lets it finish, and says how it ended: with every reason, when it did not end well. */
  const deploy = (name: string, parameters: Record<string, string>, role = 'jetway-execution'): string[] => {
    const caller = roleCaller(role);
    const StackName = `jetway-${name}`;
    const Parameters = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    }));
    const input = {
      StackName,
      TemplateBody: JSON.stringify(TEMPLATES[name]),
      Parameters,
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    };
    call(t.world, service, 'CreateStack', input, caller);
    t.pass(30 * MINUTES);
    const [stack] = call<Stacks>(t.world, service, 'DescribeStacks', { StackName }, caller).Stacks;
    if (stack?.StackStatus === 'CREATE_COMPLETE') return ['CREATE_COMPLETE'];
    const { StackEvents } = call<Events>(t.world, service, 'DescribeStackEvents', { StackName }, caller);
    return StackEvents.map((event) => `${event.LogicalResourceId}: ${event.ResourceStatusReason ?? ''}`);
  };
  const count = (type: string): number => listResources(t.world.store, MEMBER, REGION, type).length;
  return { deploy, count };
}

const standard = parseBlueprint(standardFile);
const componentsWith = (given: Record<string, unknown>) => {
  const read = parseParameters(standard, given);
  if ('errors' in read) throw new Error(JSON.stringify(read.errors));
  const wanted = read.parameters.vpc;
  const zones = ['us-east-1a', 'us-east-1b', 'us-east-1c'].slice(0, wanted?.availabilityZones);
  return componentsFor(standard, read.parameters, {
    homeRegion: REGION,
    managementAccountId: '111122223333',
    auditAccountId: '333344445555',
    stateMachineArn: 'arn:aws:states:us-east-1:111122223333:stateMachine:account-vending',
    eventBusArn: 'arn:aws:events:us-east-1:111122223333:event-bus/jetway',
    auditExternalId: 'jetway-o-exampleorg1',
    flowLogBucketArn: 'arn:aws:s3:::jetway-logs-222233334444-us-east-1',
    ownerEmail: 'ana@example.com',
    network: wanted && { vpcCidr: '10.20.4.0/22', subnets: subnetsFor('10.20.4.0/22', zones, wanted.tiers) },
    templateDigests: new Map(Object.keys(TEMPLATES).map((name) => [name, `sha256:${name}`])),
  });
};

describe('the blueprint, deployed behind the fence', () => {
  it('makes every component with the roles of the execution chain', () => {
    const { deploy } = fencedAccount();
    for (const { name, mode, parameters } of componentsWith({})) {
      if (mode === 'verify') continue;
      const role = name === 'execution-role' ? 'AWSControlTowerExecution' : 'jetway-execution';
      expect([name, ...deploy(name, parameters, role)]).toEqual([name, 'CREATE_COMPLETE']);
    }
  });

  it.each([
    [
      { availabilityZones: 1, tiers: ['isolated'] },
      { Subnet: 1, NatGateway: 0, InternetGateway: 0, Route: 0, FlowLog: 1 },
    ],
    [{ availabilityZones: 2 }, { Subnet: 4, NatGateway: 0, InternetGateway: 0, Route: 0, FlowLog: 1 }],
    [
      { availabilityZones: 2, tiers: ['public', 'private'] },
      { Subnet: 4, NatGateway: 0, InternetGateway: 1, Route: 1, FlowLog: 1 },
    ],
    [
      { availabilityZones: 3, natGateway: true },
      { Subnet: 9, NatGateway: 1, InternetGateway: 1, Route: 2, FlowLog: 1 },
    ],
  ])('makes the network that %j asks for', (given, expected) => {
    const { deploy, count } = fencedAccount();
    const component = componentsWith({ vpc: given }).find(({ name }) => name === 'vpc');
    expect(deploy('vpc', component?.parameters ?? {})).toEqual(['CREATE_COMPLETE']);
    const made = Object.keys(expected).map((type) => [type, count(`AWS::EC2::${type}`)]);
    expect(Object.fromEntries(made)).toEqual(expected);
  });

  it('is refused to a person', () => {
    const { deploy } = fencedAccount();
    const parameters = { MonthlyLimitUsd: '1', OwnerEmail: 'ana@example.com' };
    expect(deploy('budget', parameters, 'aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1')).not.toEqual(
      ['CREATE_COMPLETE'],
    );
  });
});

describe('the detective guardrails, deployed', () => {
  const catalogue = parseCatalogue(catalogueFile);
  const every = catalogue.controls.filter(({ configRule }) => configRule).map(({ id }) => id);
  const defaults = { governedRegions: [REGION], homeRegion: REGION, organizationId: 'o-exampleorg1' };

  it.each([
    ['one', ['AWS-GR_RESTRICTED_SSH']],
    ['all', every],
  ])('make %s', (_name, ids) => {
    const choice = chooseControls(catalogue, ids, defaults);
    if ('errors' in choice) throw new Error(JSON.stringify(choice.errors));
    const { stackParameters, rules } = planDetective(catalogue.controls, choice.controls, [REGION]);
    const { deploy, count } = fencedAccount();
    const before = count('AWS::Config::ConfigRule');
    expect(deploy('guardrails-detective', stackParameters)).toEqual(['CREATE_COMPLETE']);
    expect(count('AWS::Config::ConfigRule') - before).toBe(rules.length);
  });
});

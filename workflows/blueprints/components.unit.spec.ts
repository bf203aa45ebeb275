import { describe, expect, it } from 'vitest';
import { parseCatalogue } from '../../services/guardrails/catalogue.ts';
import { planDetective } from '../../services/guardrails/detective.ts';
import { ComponentPlan } from '../../services/planning/plan.schema.ts';
import catalogueFile from '../../workflows/guardrails/catalogue.json' with { type: 'json' };
import detective from '../guardrails/detective.template.json' with { type: 'json' };
import auditRoles from './audit-roles/audit-roles.template.json' with { type: 'json' };
import { parseBlueprint, parseParameters } from './blueprint.ts';
import budget from './budget/budget.template.json' with { type: 'json' };
import {
  type BlueprintContext,
  componentsFor,
  detectiveComponent,
  type PlannedComponent,
} from './components.ts';
import eventForwarding from './event-forwarding/event-forwarding.template.json' with { type: 'json' };
import executionRole from './execution-role/execution-role.template.json' with { type: 'json' };
import { subnetsFor } from './network.ts';
import sandboxFile from './sandbox/blueprint.json' with { type: 'json' };
import standardFile from './standard/blueprint.json' with { type: 'json' };
import vpc from './vpc/vpc.template.json' with { type: 'json' };

type Definition = { Default?: unknown; AllowedPattern?: string; AllowedValues?: unknown[] };
type Template = { Resources: object; Parameters?: Record<string, Definition> };
const TEMPLATES: Record<string, Template> = {
  'execution-role': executionRole,
  'event-forwarding': eventForwarding,
  'audit-roles': auditRoles,
  'guardrails-detective': detective,
  vpc,
  budget: budget as Template,
};

const context: BlueprintContext = {
  homeRegion: 'us-east-1',
  managementAccountId: '111122223333',
  auditAccountId: '333344445555',
  stateMachineArn: 'arn:aws:states:us-east-1:111122223333:stateMachine:account-vending',
  eventBusArn: 'arn:aws:events:us-east-1:111122223333:event-bus/jetway',
  auditExternalId: 'jetway-o-exampleorg1',
  flowLogBucketArn: 'arn:aws:s3:::jetway-logs-222233334444-us-east-1/vpc-flow-logs/',
  ownerEmail: 'ana@example.com',
  network: null,
  templateDigests: new Map(Object.keys(TEMPLATES).map((name) => [name, `sha256:${name}`])),
};

const plan = (file: unknown, given: Record<string, unknown>): PlannedComponent[] => {
  const blueprint = parseBlueprint(file);
  const read = parseParameters(blueprint, given);
  if ('errors' in read) throw new Error(JSON.stringify(read.errors));
  const { vpc: wanted } = read.parameters;
  const zones = ['us-east-1a', 'us-east-1b', 'us-east-1c'].slice(0, wanted?.availabilityZones);
  const network = wanted && {
    vpcCidr: '10.20.4.0/22',
    subnets: subnetsFor('10.20.4.0/22', zones, wanted.tiers),
  };
  return componentsFor(blueprint, read.parameters, { ...context, network });
};

/** As CloudFormation would check them. */
function expectTaken({ name, parameters }: PlannedComponent): void {
  const known = TEMPLATES[name]?.Parameters ?? {};
  const required = Object.entries(known).filter(([, { Default }]) => Default === undefined);
  expect(Object.keys(parameters).filter((key) => !(key in known))).toEqual([]);
  expect(required.map(([key]) => key).filter((key) => !(key in parameters))).toEqual([]);
  for (const [key, value] of Object.entries(parameters)) {
    const { AllowedPattern, AllowedValues } = known[key] ?? {};
    if (AllowedPattern) expect(value).toMatch(new RegExp(`^(?:${AllowedPattern})$`));
    if (AllowedValues) expect(AllowedValues).toContain(value);
  }
}

describe('componentsFor', () => {
  it.each([
    ['standard', standardFile, { vpc: { size: 'medium', availabilityZones: 3, natGateway: true } }],
    ['standard with its defaults', standardFile, {}],
    ['standard without a network', standardFile, { vpc: false }],
    ['sandbox', sandboxFile, {}],
  ])('gives the templates of %s what they take', (_name, file, given) => {
    for (const component of plan(file, given)) {
      expect(ComponentPlan.parse(component)).toEqual(component);
      if (component.mode === 'deploy') expectTaken(component);
      else expect(component).not.toHaveProperty('templateDigest');
    }
  });

  it('keeps the order of the blueprint, the execution role first', () => {
    expect(plan(standardFile, {}).map(({ name, mode, stackName }) => [name, mode, stackName])).toEqual([
      ['execution-role', 'deploy', 'jetway-execution-role'],
      ['event-forwarding', 'deploy', 'jetway-event-forwarding'],
      ['audit-roles', 'deploy', 'jetway-audit-roles'],
      ['vpc', 'deploy', 'jetway-vpc'],
      ['budget', 'deploy', 'jetway-budget'],
      ['cloudtrail', 'verify', undefined],
      ['config', 'verify', undefined],
    ]);
  });

  it('leaves out what is not asked for', () => {
    const names = plan(standardFile, { vpc: 'none', budget: false }).map(({ name }) => name);
    expect(names).not.toContain('vpc');
    expect(names).not.toContain('budget');
  });

  it('writes the network into the parameters of the stack', () => {
    const component = plan(standardFile, { vpc: { availabilityZones: 2, natGateway: true } }).find(
      ({ name }) => name === 'vpc',
    );
    expect(component?.parameters).toEqual({
      VpcCidr: '10.20.4.0/22',
      AvailabilityZone1: 'us-east-1a',
      AvailabilityZone2: 'us-east-1b',
      PrivateSubnet1Cidr: '10.20.4.0/25',
      PublicSubnet1Cidr: '10.20.4.128/26',
      IsolatedSubnet1Cidr: '10.20.4.192/26',
      PrivateSubnet2Cidr: '10.20.5.0/25',
      PublicSubnet2Cidr: '10.20.5.128/26',
      IsolatedSubnet2Cidr: '10.20.5.192/26',
      NatGateway: 'true',
      FlowLogBucketArn: context.flowLogBucketArn,
    });
  });

  it('refuses to plan a stack whose template or network is not there', () => {
    const blueprint = parseBlueprint(standardFile);
    const read = parseParameters(blueprint, {});
    if ('errors' in read) throw new Error('defaults');
    expect(() => componentsFor(blueprint, read.parameters, context)).toThrow('no network');
    expect(() =>
      componentsFor(blueprint, read.parameters, { ...context, templateDigests: new Map() }),
    ).toThrow('no template for execution-role');
  });
});

describe('detectiveComponent', () => {
  it('gives the detective template every parameter it has', () => {
    const { controls } = parseCatalogue(catalogueFile);
    const { stackParameters } = planDetective(controls, [], ['us-east-1']);
    const component = detectiveComponent(stackParameters, context);
    expectTaken(component);
    expect(Object.keys(stackParameters).sort()).toEqual(Object.keys(detective.Parameters).sort());
    expect(component).toMatchObject({
      name: 'guardrails-detective',
      stackName: 'jetway-guardrails-detective',
    });
  });
});

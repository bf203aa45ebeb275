import { describe, expect, it } from 'vitest';
import { parseCatalogue } from '../../services/guardrails/catalogue.ts';
import { planDetective } from '../../services/guardrails/detective.ts';
import { ComponentPlan } from '../../services/planning/plan.schema.ts';
import catalogueFile from '../../workflows/guardrails/catalogue.json' with { type: 'json' };
import { digestsByComponent } from '../artifacts.ts';
import detective from '../guardrails/detective.template.json' with { type: 'json' };
import { parseParameters } from './blueprint.ts';
import { componentsFor, detectiveComponents, type PlannedComponent } from './components.ts';
import { expectTaken } from './contract.fixture.ts';
import { artifacts, blueprintNamed, exampleContext, plannedComponents } from './plan.fixture.ts';

const context = { ...exampleContext, templateDigests: digestsByComponent(artifacts) };
const plan = (name: string, given: Record<string, unknown>): PlannedComponent[] =>
  plannedComponents(blueprintNamed(name), given);
const textOf = (component: string): string =>
  artifacts.find((one) => one.component === component)?.text ?? '{}';

describe('componentsFor', () => {
  it.each([
    ['standard', 'standard', { vpc: { size: 'medium', availabilityZones: 3, natGateway: true } }],
    ['standard with its defaults', 'standard', {}],
    ['standard without a network', 'standard', { vpc: false }],
    ['sandbox', 'sandbox', {}],
  ])('gives the templates of %s what they take', (_name, blueprint, given) => {
    for (const component of plan(blueprint, given)) {
      expect(ComponentPlan.parse(component)).toEqual(component);
      if (component.mode === 'deploy') expectTaken(textOf(component.name), component.parameters);
      else expect(component).not.toHaveProperty('templateDigest');
    }
  });

  it('keeps the order of the blueprint, the execution role first', () => {
    const digest = (name: string) => digestsByComponent(artifacts).get(name)?.slice(7, 19);
    expect(
      plan('standard', {}).map(({ name, mode, stackName, stackSetName }) => [
        name,
        mode,
        stackName ?? stackSetName,
      ]),
    ).toEqual([
      ['execution-role', 'deploy', 'jetway-execution-role'],
      ['event-forwarding', 'deploy', 'jetway-event-forwarding'],
      ['event-forwarding', 'deploy', `jetway-event-forwarding-${digest('event-forwarding')}`],
      ['audit-roles', 'deploy', 'jetway-audit-roles'],
      ['security-baseline', 'deploy', 'jetway-security-baseline'],
      ['security-baseline', 'deploy', `jetway-security-baseline-${digest('security-baseline')}`],
      ['config-evaluator', 'deploy', 'jetway-config-evaluator'],
      ['vpc', 'deploy', 'jetway-vpc'],
      ['budget', 'deploy', 'jetway-budget'],
      ['cloudtrail', 'verify', undefined],
      ['config', 'verify', undefined],
      ['identity-center', 'verify', undefined],
    ]);
  });

  it('takes a component to every governed Region, with one template and one set of parameters', () => {
    const [home, ...others] = plan('standard', {}).filter(({ name }) => name === 'event-forwarding');
    expect(home).toMatchObject({ region: 'us-east-1', parameters: { HomeRegion: 'us-east-1' } });
    expect(others).toEqual([
      {
        ...home,
        region: 'eu-west-1',
        stackName: undefined,
        // Its role is global: the home Region's stack makes it.
        readBack: undefined,
        stackSetName: expect.stringMatching(/^jetway-event-forwarding-[0-9a-f]{12}$/),
      },
    ]);
    const elsewhere = plan('standard', {}).filter(({ region }) => region !== 'us-east-1');
    expect(elsewhere.map(({ name }) => name)).toEqual(['event-forwarding', 'security-baseline']);
    expect(home?.readBack?.roles?.[0]).toEqual({
      name: 'jetway-event-forwarder',
      trust: [
        'events.amazonaws.com if ArnLike aws:SourceArn arn:aws:events:*:{accountId}:rule/jetway-* and StringEquals aws:SourceAccount {accountId}',
      ],
    });
    expect(elsewhere[1]?.readBack?.roles).toEqual([
      { name: 'jetway-security-baseline-eu-west-1', trust: ['lambda.amazonaws.com'] },
    ]);
  });

  it('says what outputs have to say, of the stacks at home', () => {
    const outputs = plan('standard', {}).flatMap(({ region, readBack }) =>
      Object.entries(readBack?.outputs ?? {}).map(([name, value]) => `${region} ${name} ${value}`),
    );
    expect(outputs).toContain('us-east-1 VpcCidr 10.20.4.0/22');
    expect(outputs).toContain('us-east-1 BreakGlassRoleArn arn:aws:iam::{accountId}:role/jetway-break-glass');
    expect(outputs.filter((one) => !one.startsWith('us-east-1 '))).toEqual([]);
  });

  it('leaves out what is not asked for', () => {
    const names = plan('standard', { vpc: 'none', budget: false }).map(({ name }) => name);
    expect(names).not.toContain('vpc');
    expect(names).not.toContain('budget');
  });

  it('writes the network into the parameters of the stack', () => {
    const component = plan('standard', {
      vpc: { availabilityZones: 2, natGateway: true, interfaceEndpoints: ['logs'] },
    }).find(({ name }) => name === 'vpc');
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
      NatGatewayPerZone: 'false',
      LogsEndpoint: 'true',
      FlowLogBucketArn: 'arn:aws:s3:::jetway-logs-222233334444-us-east-1/vpc-flow-logs/',
    });
  });

  it('refuses to plan a stack whose template or network is not there', () => {
    const blueprint = blueprintNamed('standard');
    const read = parseParameters(blueprint, {});
    if ('errors' in read) throw new Error('defaults');
    expect(() => componentsFor(blueprint, read.parameters, context)).toThrow('no network');
    expect(() =>
      componentsFor(blueprint, read.parameters, { ...context, templateDigests: new Map() }),
    ).toThrow('no template for execution-role');
  });
});

describe('detectiveComponents', () => {
  it('give the detective template every parameter it has, in every governed Region', () => {
    const { controls } = parseCatalogue(catalogueFile);
    const { stackParameters } = planDetective(controls, [], {
      regions: ['us-east-1'],
      homeRegion: 'us-east-1',
      auditAccountId: '333344445555',
    });
    const components = detectiveComponents(stackParameters, context);
    for (const component of components) expectTaken(textOf(component.name), component.parameters);
    expect(Object.keys(stackParameters).sort()).toEqual(Object.keys(detective.Parameters).sort());
    expect(components).toMatchObject([
      { name: 'guardrails-detective', region: 'us-east-1', stackName: 'jetway-guardrails-detective' },
      { name: 'guardrails-detective', region: 'eu-west-1', stackSetName: expect.any(String) },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { parseCatalogue } from '../../services/guardrails/catalogue.ts';
import { planDetective } from '../../services/guardrails/detective.ts';
import { ComponentPlan } from '../../services/planning/plan.schema.ts';
import catalogueFile from '../../workflows/guardrails/catalogue.json' with { type: 'json' };
import { digestsByComponent } from '../artifacts.ts';
import detective from '../guardrails/detective.template.json' with { type: 'json' };
import { parseParameters } from './blueprint.ts';
import { componentsFor, detectiveComponent, type PlannedComponent } from './components.ts';
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
    expect(plan('standard', {}).map(({ name, mode, stackName }) => [name, mode, stackName])).toEqual([
      ['execution-role', 'deploy', 'jetway-execution-role'],
      ['event-forwarding', 'deploy', 'jetway-event-forwarding'],
      ['audit-roles', 'deploy', 'jetway-audit-roles'],
      ['security-baseline', 'deploy', 'jetway-security-baseline'],
      ['config-evaluator', 'deploy', 'jetway-config-evaluator'],
      ['vpc', 'deploy', 'jetway-vpc'],
      ['budget', 'deploy', 'jetway-budget'],
      ['cloudtrail', 'verify', undefined],
      ['config', 'verify', undefined],
    ]);
  });

  it('leaves out what is not asked for', () => {
    const names = plan('standard', { vpc: 'none', budget: false }).map(({ name }) => name);
    expect(names).not.toContain('vpc');
    expect(names).not.toContain('budget');
  });

  it('writes the network into the parameters of the stack', () => {
    const component = plan('standard', { vpc: { availabilityZones: 2, natGateway: true } }).find(
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
    const blueprint = blueprintNamed('standard');
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
    const { stackParameters } = planDetective(controls, [], {
      regions: ['us-east-1'],
      homeRegion: 'us-east-1',
      auditAccountId: '333344445555',
    });
    const component = detectiveComponent(stackParameters, context);
    expectTaken(textOf(component.name), component.parameters);
    expect(Object.keys(stackParameters).sort()).toEqual(Object.keys(detective.Parameters).sort());
    expect(component).toMatchObject({
      name: 'guardrails-detective',
      stackName: 'jetway-guardrails-detective',
    });
  });
});

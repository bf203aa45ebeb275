import { describe, expect, it } from 'vitest';
import { REGION } from '../../infra/local/services/account-test-world.ts';
import { parseCatalogue } from '../../services/guardrails/catalogue.ts';
import { chooseControls } from '../../services/guardrails/choose.ts';
import { planDetective } from '../../services/guardrails/detective.ts';
import catalogueFile from '../guardrails/catalogue.json' with { type: 'json' };
import { fencedAccount } from './fenced-account.fixture.ts';
import { artifacts, blueprintNamed, plannedComponents } from './plan.fixture.ts';

const planned = (name: string, given: Record<string, unknown> = {}) =>
  plannedComponents(blueprintNamed(name), given).filter(({ mode }) => mode === 'deploy');

describe('the blueprint, deployed behind the fence', () => {
  it.each(['standard', 'sandbox'])(
    '%s makes every component with the roles of the execution chain',
    (name) => {
      const { deploy } = fencedAccount(artifacts);
      for (const component of planned(name))
        expect([component.name, component.region, ...deploy(component)]).toEqual([
          component.name,
          component.region,
          'CREATE_COMPLETE',
        ]);
    },
  );

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
    const { deploy, count } = fencedAccount(artifacts);
    const vpc = planned('standard', { vpc: given }).find(({ name }) => name === 'vpc');
    expect(vpc && deploy(vpc)).toEqual(['CREATE_COMPLETE']);
    const made = Object.keys(expected).map((type) => [type, count(`AWS::EC2::${type}`)]);
    expect(Object.fromEntries(made)).toEqual(expected);
  });

  it('is refused to a person', () => {
    const { deploy } = fencedAccount(artifacts);
    const parameters = { MonthlyLimitUsd: '1', OwnerEmail: 'ana@example.com' };
    const person = 'aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1';
    expect(deploy({ name: 'budget', parameters }, person)).not.toEqual(['CREATE_COMPLETE']);
  });
});

describe('the detective guardrails, deployed', () => {
  const catalogue = parseCatalogue(catalogueFile);
  // Our own rule needs its function in the audit account: workflows/guardrails/rules has its spec.
  const every = catalogue.controls
    .filter(({ configRule }) => configRule?.source === 'managed')
    .map(({ id }) => id);
  const defaults = { governedRegions: [REGION], homeRegion: REGION, organizationId: 'o-exampleorg1' };

  it.each([
    ['one', ['AWS-GR_RESTRICTED_SSH']],
    ['all', every],
  ])('make %s', (_name, ids) => {
    const choice = chooseControls(catalogue, ids, defaults);
    if ('errors' in choice) throw new Error(JSON.stringify(choice.errors));
    const { stackParameters, rules } = planDetective(catalogue.controls, choice.controls, {
      regions: [REGION],
      homeRegion: REGION,
      auditAccountId: '333344445555',
    });
    const { deploy, count } = fencedAccount(artifacts);
    const before = count('AWS::Config::ConfigRule');
    const component = { name: 'guardrails-detective', parameters: stackParameters };
    expect(deploy(component)).toEqual(['CREATE_COMPLETE']);
    expect(count('AWS::Config::ConfigRule') - before).toBe(rules.length);
  });
});

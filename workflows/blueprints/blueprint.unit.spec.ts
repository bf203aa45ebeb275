import { describe, expect, it } from 'vitest';
import { parseBlueprint, parseParameters } from './blueprint.ts';
import { BlueprintError } from './blueprint-error.ts';
import { blueprintNamed, componentsByName } from './plan.fixture.ts';

const standard = blueprintNamed('standard');
const sandbox = blueprintNamed('sandbox');
const read = (given: Record<string, unknown>, blueprint = standard) => parseParameters(blueprint, given);
const vpc = (given: unknown) => {
  const answer = read({ vpc: given });
  return 'errors' in answer ? answer.errors : answer.parameters.vpc;
};

describe('parseParameters', () => {
  it('takes the defaults of the blueprint', () => {
    expect(read({})).toMatchObject({
      parameters: {
        'execution-role': {},
        vpc: {
          size: 'small',
          availabilityZones: 2,
          natGateway: false,
          interfaceEndpoints: [],
          tiers: ['private', 'isolated'],
        },
        budget: { monthlyLimitUsd: 1000 },
      },
    });
    expect(read({}, sandbox)).toMatchObject({ parameters: { budget: { monthlyLimitUsd: 100 } } });
    expect(read({}, sandbox)).not.toHaveProperty('parameters.vpc');
  });

  it('takes what is said and keeps the rest of the default', () => {
    expect(vpc({ size: 'medium' })).toMatchObject({ size: 'medium', availabilityZones: 2 });
    expect(vpc({ availabilityZones: 3 })).toMatchObject({ size: 'small', availabilityZones: 3 });
  });

  it.each([false, 'none'])('leaves a part out for %j', (none) => {
    expect(read({ vpc: none, budget: none })).toMatchObject({ parameters: { vpc: null, budget: null } });
  });

  it('opens a public tier only for a NAT gateway, or when asked to', () => {
    expect(vpc({ natGateway: true })).toMatchObject({ tiers: ['private', 'public', 'isolated'] });
    expect(vpc({ tiers: ['public', 'private'] })).toMatchObject({ tiers: ['private', 'public'] });
  });

  it('keeps what is not optional', () => {
    expect(read({ 'audit-roles': false })).toEqual({
      errors: [
        { pointer: '/blueprint/parameters/audit-roles', message: 'blueprint standard has no audit-roles' },
      ],
    });
    const components = standard.components.map((one) => ({ ...one, optional: false }));
    expect(read({ budget: false }, { ...standard, components })).toEqual({
      errors: [
        { pointer: '/blueprint/parameters/budget', message: 'is part of every account of this blueprint' },
      ],
    });
  });

  it.each([
    [{ natGateway: true, tiers: ['private'] }, '/blueprint/parameters/vpc/natGateway'],
    [{ natGatewayPerZone: true }, '/blueprint/parameters/vpc/natGatewayPerZone'],
    [{ interfaceEndpoints: ['kms'], tiers: ['public'] }, '/blueprint/parameters/vpc/interfaceEndpoints'],
    [{ interfaceEndpoints: ['s3'] }, '/blueprint/parameters/vpc/interfaceEndpoints/0'],
    [{ size: 'huge' }, '/blueprint/parameters/vpc/size'],
    [{ availabilityZones: 4 }, '/blueprint/parameters/vpc/availabilityZones'],
    [{ availabilityZones: 1.5 }, '/blueprint/parameters/vpc/availabilityZones'],
    [{ natGateway: 'yes' }, '/blueprint/parameters/vpc/natGateway'],
    [{ tiers: [] }, '/blueprint/parameters/vpc/tiers'],
    [{ tiers: ['private', 'private'] }, '/blueprint/parameters/vpc/tiers'],
    [{ tiers: ['private', 'dmz'] }, '/blueprint/parameters/vpc/tiers/1'],
    [{ 'a/b': 1 }, '/blueprint/parameters/vpc/a~1b'],
    [true, '/blueprint/parameters/vpc'],
    ['small', '/blueprint/parameters/vpc'],
    [[], '/blueprint/parameters/vpc'],
    [null, '/blueprint/parameters/vpc'],
  ])('refuses the VPC %j at %s', (given, pointer) => {
    expect(vpc(given)).toMatchObject([{ pointer }]);
  });

  it('tells every error, and unknown parts too', () => {
    const answer = read({
      vpc: { size: 'huge', cidr: '10.0.0.0/8' },
      budget: { monthlyLimitUsd: 0 },
      database: {},
    });
    const pointers = 'errors' in answer ? answer.errors.map(({ pointer }) => pointer) : [];
    expect(pointers.sort()).toEqual([
      '/blueprint/parameters/budget/monthlyLimitUsd',
      '/blueprint/parameters/database',
      '/blueprint/parameters/vpc/cidr',
      '/blueprint/parameters/vpc/size',
    ]);
    expect(read({ vpc: {} }, sandbox)).toEqual({
      errors: [{ pointer: '/blueprint/parameters/vpc', message: 'blueprint sandbox has no vpc' }],
    });
  });
});

describe('parseBlueprint', () => {
  const role = { name: 'execution-role', version: '1.5.0', mode: 'deploy' };
  const budget = { name: 'budget', version: '1.1.0', mode: 'deploy' };
  const sound = { name: 'x', title: 'X', description: 'x', version: '1.0.0', components: [role] };
  const read = (file: unknown) => parseBlueprint(file, componentsByName);

  it('takes a sound one', () => expect(read(sound).defaults).toEqual({}));

  it.each([
    ['an unknown field', { ...sound, owner: 'x' }, 'owner'],
    ['no semantic version', { ...sound, version: '1.0' }, 'semantic version'],
    ['a component twice', { ...sound, components: [role, role] }, 'twice'],
    ['another first component', { ...sound, components: [budget, role] }, 'execution-role'],
    [
      'a component that has no folder',
      { ...sound, components: [role, { ...role, name: 'db' }] },
      'no folder workflows/blueprints/db',
    ],
    [
      'a component of another version, naming both',
      { ...sound, components: [{ ...role, version: '0.9.0' }] },
      'version 0.9.0 of component execution-role, whose component.json says 1.5.0',
    ],
    [
      'a mode that a component has not',
      { ...sound, components: [{ ...role, mode: 'verify' }] },
      'component execution-role has no mode verify',
    ],
    [
      'a component without its parameters',
      { ...sound, components: [role, budget] },
      '/monthlyLimitUsd: is required',
    ],
    [
      'defaults for a component that it has not',
      { ...sound, defaults: { budget: { monthlyLimitUsd: 1 } } },
      '/defaults/budget',
    ],
    [
      'defaults that it would refuse itself',
      { ...sound, components: [role, budget], defaults: { budget: { monthlyLimitUsd: -1 } } },
      '/defaults/budget/monthlyLimitUsd: must be 1 or more',
    ],
  ])('refuses %s', (_name, file, message) => {
    expect(() => read(file)).toThrow(BlueprintError);
    expect(() => read(file)).toThrow(message);
  });

  it('tells every problem at once', () => {
    const components = [
      { ...budget, version: '9.0.0', mode: 'verify' },
      { ...role, name: 'db' },
    ];
    const problems = () => read({ ...sound, components });
    for (const problem of ['first component', 'version 9.0.0', 'no mode verify', 'no folder'])
      expect(problems).toThrow(problem);
  });
});

import { describe, expect, it } from 'vitest';
import { BlueprintError, parseBlueprint, parseParameters } from './blueprint.ts';
import sandboxFile from './sandbox/blueprint.json' with { type: 'json' };
import standardFile from './standard/blueprint.json' with { type: 'json' };

const standard = parseBlueprint(standardFile);
const sandbox = parseBlueprint(sandboxFile);
const read = (given: Record<string, unknown>, blueprint = standard) => parseParameters(blueprint, given);
const vpc = (given: unknown) => {
  const answer = read({ vpc: given });
  return 'errors' in answer ? answer.errors : answer.parameters.vpc;
};

describe('parseParameters', () => {
  it('takes the defaults of the blueprint', () => {
    expect(read({})).toEqual({
      parameters: {
        vpc: { size: 'small', availabilityZones: 2, natGateway: false, tiers: ['private', 'isolated'] },
        budget: { monthlyLimitUsd: 1000 },
      },
    });
    expect(read({}, sandbox)).toEqual({ parameters: { vpc: null, budget: { monthlyLimitUsd: 100 } } });
  });

  it('takes what is said and keeps the rest of the default', () => {
    expect(vpc({ size: 'medium' })).toMatchObject({ size: 'medium', availabilityZones: 2 });
    expect(vpc({ availabilityZones: 3 })).toMatchObject({ size: 'small', availabilityZones: 3 });
  });

  it.each([false, 'none'])('leaves a part out for %j', (none) => {
    expect(read({ vpc: none, budget: none })).toEqual({ parameters: { vpc: null, budget: null } });
  });

  it('opens a public tier only for a NAT gateway, or when asked to', () => {
    expect(vpc({ natGateway: true })).toMatchObject({ tiers: ['private', 'public', 'isolated'] });
    expect(vpc({ tiers: ['public', 'private'] })).toMatchObject({ tiers: ['private', 'public'] });
  });

  it.each([
    [{ natGateway: true, tiers: ['private'] }, '/blueprint/parameters/vpc/natGateway'],
    [{ size: 'huge' }, '/blueprint/parameters/vpc/size'],
    [{ availabilityZones: 4 }, '/blueprint/parameters/vpc/availabilityZones'],
    [{ availabilityZones: 1.5 }, '/blueprint/parameters/vpc/availabilityZones'],
    [{ natGateway: 'yes' }, '/blueprint/parameters/vpc/natGateway'],
    [{ tiers: [] }, '/blueprint/parameters/vpc/tiers'],
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
  const role = { name: 'execution-role', version: '1.0.0', mode: 'deploy' };
  const sound = { name: 'x', title: 'X', description: 'x', version: '1.0.0', components: [role] };
  it('takes a sound one', () => expect(parseBlueprint(sound).defaults).toEqual({}));
  it.each([
    ['an unknown field', { ...sound, owner: 'x' }, 'owner'],
    ['no semantic version', { ...sound, version: '1.0' }, 'semantic version'],
    ['a component twice', { ...sound, components: [role, role] }, 'twice'],
    ['another first component', { ...sound, components: [{ ...role, name: 'vpc' }] }, 'execution-role'],
    [
      'parameters that nobody knows',
      { ...sound, components: [role, { ...role, name: 'db', parameters: 'db' }] },
      'parameters',
    ],
    [
      'defaults that it would refuse itself',
      {
        ...sound,
        components: [role, { ...role, name: 'budget', parameters: 'budget' }],
        defaults: { budget: { monthlyLimitUsd: -1 } },
      },
      '/defaults/budget/monthlyLimitUsd',
    ],
  ])('refuses %s', (_name, file, message) => {
    expect(() => parseBlueprint(file)).toThrow(BlueprintError);
    expect(() => parseBlueprint(file)).toThrow(message);
  });
});

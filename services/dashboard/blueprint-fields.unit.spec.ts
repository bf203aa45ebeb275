import { describe, expect, it } from 'vitest';
import type { BlueprintBody } from '../planning/blueprint.schema.ts';
import { changedParameters, offeredParameters, readParameters, valuesOf } from './blueprint-fields.ts';

const said = { description: 'x', required: false };
const component = (name: string, parameters: object[], mode = 'deploy') => ({
  ...{ name, title: name, description: 'x', version: '1.0.0', mode, regions: 'home', optional: true },
  ...{ included: true, parameters },
});
const STANDARD = {
  ...{ name: 'standard', title: 'Standard', description: 'x', version: '1.0.0', defaults: {} },
  components: [
    component('vpc', [
      { ...said, name: 'size', type: 'string', enum: ['small', 'medium'], default: 'small' },
      { ...said, name: 'availabilityZones', type: 'integer', default: 2 },
      { ...said, name: 'natGateway', type: 'boolean', default: false },
      { ...said, name: 'tiers', type: 'list' },
    ]),
    component('budget', [{ ...said, name: 'monthlyLimitUsd', type: 'number', default: 1_000 }]),
    component('roles', []),
    component('access', [{ ...said, name: 'createGroups', type: 'boolean' }], 'verify'),
  ],
} as BlueprintBody;

const made = { vpc: { size: 'medium', tiers: ['private'] } };

describe('what a form offers of a blueprint', () => {
  const offered = offeredParameters(STANDARD, made);

  it('is single values of its own stacks, with what the account has today', () => {
    expect(offered.map(({ name, parameters }) => [name, parameters.map(({ field }) => field)])).toEqual([
      ['vpc', ['vpc.size', 'vpc.availabilityZones', 'vpc.natGateway']],
      ['budget', ['budget.monthlyLimitUsd']],
    ]);
    expect(valuesOf(offered, made)).toEqual({
      ...{ 'vpc.size': 'medium', 'vpc.availabilityZones': '', 'vpc.natGateway': '' },
      'budget.monthlyLimitUsd': '',
    });
  });

  it('is nothing of a component that the account does without, nor of a blueprint that is not there', () => {
    expect(offeredParameters(STANDARD, { vpc: false }).map(({ name }) => name)).toEqual(['budget']);
    expect(offeredParameters(undefined, made)).toEqual([]);
  });

  it('comes back as it was where the form had no such field', () => {
    const before = valuesOf(offered, made);
    expect(readParameters(offered, { 'vpc.natGateway': 'true' }, before)).toEqual({
      ...before,
      'vpc.natGateway': 'true',
    });
  });

  it('is a change only where it differs; lists and what nobody touched stay', () => {
    const before = valuesOf(offered, made);
    const changed = (more: Record<string, string>) =>
      changedParameters(offered, made, { ...before, ...more });
    expect(changed({})).toBeUndefined();
    expect(changed({ 'vpc.size': 'small', 'vpc.natGateway': 'true', 'vpc.availabilityZones': '3' })).toEqual({
      vpc: { size: 'small', tiers: ['private'], natGateway: true, availabilityZones: 3 },
    });
    expect(changed({ 'budget.monthlyLimitUsd': '250.5' })).toEqual({
      ...made,
      budget: { monthlyLimitUsd: 250.5 },
    });
    // As the blueprint says.
    expect(changed({ 'vpc.size': '' })).toEqual({ vpc: { tiers: ['private'] } });
    expect(changedParameters(offered, { vpc: { size: 'medium' } }, { ...before, 'vpc.size': '' })).toEqual(
      {},
    );
    // What is no number is for the planner to refuse.
    expect(changed({ 'budget.monthlyLimitUsd': 'much' })).toMatchObject({
      budget: { monthlyLimitUsd: 'much' },
    });
  });
});

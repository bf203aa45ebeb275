import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { apiShapes } from '../infra/api-shapes/shapes.ts';
import { actionsUsed } from './asl/actions.ts';
import { type PointOfNoReturn, validate } from './asl/validate.ts';
import { statesOf } from './asl/walk.ts';
import { DEFINITIONS } from './definitions.ts';
import { rendered } from './rendered.ts';

const POINTS_OF_NO_RETURN: Record<string, PointOfNoReturn> = {
  'account-vending': {
    from: ['Say that provisioning has started', 'Read the product to mend', 'Read the account'],
    reentry: 'Which step comes next?',
    exempt: ['Say that the account is in quarantine', 'Ask for repair'],
    ends: ['The account is vended', 'The account stays in quarantine'],
  },
  'account-change': {
    from: ['Change the execution role'],
    reentry: 'Which step comes next?',
    exempt: ['Say that the change stopped', 'Ask for repair', 'Say that the change was given up'],
    ends: ['The account is changed', 'The change stays half-way'],
  },
  'organizational-unit-change': {
    from: ['Is there a control left?'],
    reentry: 'Which step comes next?',
    exempt: ['Say that the change stopped', 'Ask for repair'],
    ends: ['The change is done', 'The change stays half-way'],
  },
};

describe.each(DEFINITIONS)('$name', ({ name, path, definition }) => {
  const pointOfNoReturn = POINTS_OF_NO_RETURN[name];

  it('is committed as it is rendered', () => {
    const committed = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
    expect(committed === rendered(definition), `${path} is stale: npm run render`).toBe(true);
  });

  it('is sound', () => {
    expect(
      validate(definition, { shapes: apiShapes, ...(pointOfNoReturn ? { pointOfNoReturn } : {}) }),
    ).toEqual([]);
  });

  it('names no state twice, and none too long', () => {
    const names = statesOf(definition).map(([state]) => state);
    expect(names.filter((state, index) => names.indexOf(state) !== index)).toEqual([]);
    expect(names.filter((state) => state.length > 80)).toEqual([]);
  });

  it('has no substitutions and no JSONPath', () => {
    const text = rendered(definition);
    expect(text).not.toMatch(/\$\{/);
    expect(text).not.toMatch(/"(InputPath|OutputPath|ResultPath|ResultSelector|ItemsPath|[A-Za-z]+\.\$)"/);
  });

  it('deletes policies only when it collects them', () => {
    const deletes = actionsUsed(definition).some((used) => used.action === 'DeletePolicy');
    expect(deletes).toBe(name === 'policy-collection');
  });

  it('works in other accounts only with the two roles of the vend, or mirrors', () => {
    const abroad = actionsUsed(definition).filter((used) => used.credentials !== 'none');
    expect(abroad.length > 0).toBe(
      ['account-vending', 'account-change', 'account-drift', 'account-reconcile', 'mirror-attach'].includes(
        name,
      ),
    );
    for (const used of abroad) expect(used.credentials === 'jetway-mirror').toBe(name === 'mirror-attach');
  });
});

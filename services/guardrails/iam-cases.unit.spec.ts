import { describe, expect, it } from 'vitest';
import { evaluatePolicies } from './evaluate.ts';
import type { IamCase } from './iam-cases/case.fixture.ts';
import { CHAIN_CASES } from './iam-cases/chain.fixture.ts';
import { ELEMENT_CASES } from './iam-cases/elements.fixture.ts';
import { PRINCIPAL_CASES } from './iam-cases/principals.fixture.ts';
import { SET_CASES } from './iam-cases/sets.fixture.ts';
import { STRING_CASES } from './iam-cases/strings.fixture.ts';
import { VALUE_CASES } from './iam-cases/values.fixture.ts';

/**
 * The table of verdicts, written from the IAM documentation's evaluation rules: policy evaluation logic, JSON policy
 * elements, condition operators, single-valued and multivalued keys, global condition keys, SCP and RCP evaluation.
 */
const CASES: readonly IamCase[] = [
  ...ELEMENT_CASES,
  ...STRING_CASES,
  ...VALUE_CASES,
  ...SET_CASES,
  ...PRINCIPAL_CASES,
  ...CHAIN_CASES,
];

describe.each([...new Set(CASES.map((one) => one.rule))])('%s', (rule) => {
  it.each(CASES.filter((one) => one.rule === rule))('$name: $verdict', (one) => {
    const { decision, why } = evaluatePolicies(one.chain, one.request, one.options);
    expect({ decision, why }).toMatchObject({ decision: one.verdict });
    // Whoever does not know says why.
    if (decision === 'unknown') expect(why).toBeTruthy();
  });
});

describe('the table', () => {
  it('has no row twice, and every verdict often', () => {
    const asked = CASES.map(({ chain, request, options }) => JSON.stringify([chain, request, options]));
    expect(asked.filter((one, i) => asked.indexOf(one) !== i)).toEqual([]);
    const names = CASES.map(({ rule, name }) => `${rule}: ${name}`);
    expect(names.filter((one, i) => names.indexOf(one) !== i)).toEqual([]);
    const count = (verdict: string) => CASES.filter((one) => one.verdict === verdict).length;
    expect(CASES.length).toBeGreaterThanOrEqual(200);
    expect(Math.min(count('allowed'), count('denied'), count('unknown'))).toBeGreaterThan(40);
  });
});

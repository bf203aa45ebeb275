import { describe, expect, it } from 'vitest';
import { ledgerFact } from './fact.fixture.ts';
import { guardrailRows } from './guardrail-view.ts';

const accountId = '444455556666';
const attached = (version: number, data: object) =>
  ledgerFact('GuardrailsAttached', version, { accountId, data: { ...data } });
const data = {
  preventive: [{ policyName: 'jetway-abc', policyId: 'p-abc', controls: ['AWS-GR_A', 'AWS-GR_B'] }],
  detective: [{ ruleName: 'jetway-aws-gr-c', control: 'AWS-GR_C' }],
  inherited: ['AWS-GR_D', 'AWS-GR_A'],
};

describe('guardrailRows', () => {
  it('has one row for each control, with what carries it', () => {
    const rows = guardrailRows([attached(7, data)]).map(({ control, kind, carrier }) => [
      control,
      kind,
      carrier,
    ]);
    expect(rows.sort()).toEqual([
      ['AWS-GR_A', 'preventive', 'p-abc'],
      ['AWS-GR_B', 'preventive', 'p-abc'],
      ['AWS-GR_C', 'detective', 'jetway-aws-gr-c'],
      ['AWS-GR_D', 'inherited', null],
    ]);
  });

  it('believes the newest read-back, in whatever order they come', () => {
    const older = attached(7, { inherited: ['AWS-GR_OLD'] });
    const newer = attached(8, { inherited: ['AWS-GR_NEW'] });
    for (const facts of [
      [older, newer],
      [newer, older],
    ]) {
      expect(guardrailRows(facts).map((r) => r.control)).toEqual(['AWS-GR_NEW']);
    }
  });

  it('needs an account', () => {
    expect(guardrailRows([ledgerFact('GuardrailsAttached', 7, { data })])).toEqual([]);
  });
});

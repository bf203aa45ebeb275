import { describe, expect, it } from 'vitest';
import { parseCatalogue } from '../../services/guardrails/catalogue.ts';
import catalogueFile from './catalogue.json' with { type: 'json' };
import committed from './detective.template.json' with { type: 'json' };
import { renderDetectiveTemplate } from './render.ts';

const { controls } = parseCatalogue(catalogueFile);

describe('the detective template', () => {
  it('is what the catalogue says (npm run render writes it)', () => {
    expect(JSON.parse(renderDetectiveTemplate(controls))).toEqual(committed);
  });

  it('has a rule for every detective control, each behind its own condition', () => {
    const rules = Object.values(committed.Resources);
    expect(rules).toHaveLength(32);
    expect(new Set(rules.map(({ Condition }) => Condition)).size).toBe(32);
    for (const { Condition } of rules) expect(committed.Conditions).toHaveProperty(Condition);
  });

  it('stays under the limits of CloudFormation', () => {
    expect(Object.keys(committed.Parameters).length).toBeLessThanOrEqual(200);
    expect(renderDetectiveTemplate(controls).length).toBeLessThan(1_000_000);
  });

  it('leaves an empty port out of the rule', () => {
    const { InputParameters } = committed.Resources.RuleAWSGRRESTRICTEDCOMMONPORTS.Properties;
    expect(InputParameters.blockedPort1).toEqual({
      'Fn::If': [
        'HasAWSGRRESTRICTEDCOMMONPORTSBlockedPort1',
        { Ref: 'AWSGRRESTRICTEDCOMMONPORTSBlockedPort1' },
        { Ref: 'AWS::NoValue' },
      ],
    });
  });
});

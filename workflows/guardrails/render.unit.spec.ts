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
    expect(rules).toHaveLength(33);
    expect(new Set(rules.map(({ Condition }) => Condition)).size).toBe(33);
    for (const { Condition } of rules) expect(committed.Conditions).toHaveProperty(Condition);
  });

  it('stays under the limits of CloudFormation', () => {
    expect(Object.keys(committed.Parameters).length).toBeLessThanOrEqual(200);
    expect(renderDetectiveTemplate(controls).length).toBeLessThan(1_000_000);
  });

  it('says how often every rule runs that is not started by changes alone', () => {
    for (const { configRule } of controls)
      if (configRule?.onChangeOf.length === 0) expect(configRule.frequency).toBe(true);
    const { MaximumExecutionFrequency } = committed.Resources.RuleAWSGRDETECTCLOUDTRAILENABLEDONMEMBERACCOUNTS
      .Properties as { MaximumExecutionFrequency?: unknown };
    expect(MaximumExecutionFrequency).toEqual({
      Ref: 'AWSGRDETECTCLOUDTRAILENABLEDONMEMBERACCOUNTSMaximumExecutionFrequency',
    });
  });

  it('has our own rule in the home Region, evaluated by the function in the audit account', () => {
    const { Condition, Properties } = committed.Resources.RuleJETWAYGRROLETRUST;
    expect(Properties.Source).toEqual({
      Owner: 'CUSTOM_LAMBDA',
      SourceIdentifier: {
        'Fn::Sub': 'arn:${AWS::Partition}:lambda:${AWS::Region}:${AuditAccountId}:function:jetway-role-trust',
      },
      SourceDetails: [
        { EventSource: 'aws.config', MessageType: 'ConfigurationItemChangeNotification' },
        { EventSource: 'aws.config', MessageType: 'OversizedConfigurationItemChangeNotification' },
        {
          EventSource: 'aws.config',
          MessageType: 'ScheduledNotification',
          MaximumExecutionFrequency: { Ref: 'JETWAYGRROLETRUSTMaximumExecutionFrequency' },
        },
      ],
    });
    expect(committed.Conditions[Condition as 'UseJETWAYGRROLETRUST']).toEqual({
      'Fn::And': [
        { 'Fn::Equals': [{ Ref: 'EnableJETWAYGRROLETRUST' }, 'true'] },
        { 'Fn::Equals': [{ Ref: 'AWS::Region' }, { Ref: 'HomeRegion' }] },
      ],
    });
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

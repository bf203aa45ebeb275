import type { Control, ControlParameter } from '../../services/guardrails/catalogue.ts';
import {
  alphanumericId,
  detectiveControls,
  enableParameter,
  isStackParameter,
  parameterOf,
  ruleNameOf,
} from '../../services/guardrails/detective.ts';

type Json = string | number | boolean | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const useCondition = (controlId: string): string => `Use${alphanumericId(controlId)}`;
const hasCondition = (controlId: string, name: string): string => `Has${parameterOf(controlId, name)}`;

/**
 * The template of the detective stack: one Config rule for each detective control, each behind a parameter, so that
 * one template, and one digest, serves every account.
 */
export function renderDetectiveTemplate(controls: readonly Control[]): string {
  const known = detectiveControls(controls);
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description:
      'Jetway: detective guardrails as Config rules. Which of them there are is said by the parameters.',
    Parameters: Object.assign({}, PLACE, ...known.map(parametersOf)) as JsonObject,
    Conditions: Object.assign({}, ...known.map(conditionsOf)) as JsonObject,
    Resources: Object.fromEntries(
      known.map((control) => [`Rule${alphanumericId(control.id)}`, ruleOf(control)]),
    ),
  };
  return `${JSON.stringify(template, null, 2)}\n`;
}

/** Where our own rules are made, and where their functions are. */
const PLACE: JsonObject = {
  HomeRegion: {
    Type: 'String',
    Default: '',
    Description: 'Rules about resources that belong to no Region are made there only.',
  },
  AuditAccountId: {
    Type: 'String',
    Default: '',
    AllowedPattern: '([0-9]{12})?',
    Description: 'The account that has the functions of our own rules.',
  },
};

function parametersOf(control: Control): JsonObject {
  const parameters: JsonObject = {
    [enableParameter(control.id)]: {
      Type: 'String',
      Default: 'false',
      AllowedValues: ['true', 'false'],
      Description: control.id,
    },
  };
  for (const parameter of control.parameters) {
    if (!isStackParameter(parameter)) continue;
    parameters[parameterOf(control.id, parameter.name)] = {
      Type: 'String',
      Default: parameter.default,
      ...limitOf(parameter),
    };
  }
  return parameters;
}

function limitOf(parameter: Extract<ControlParameter, { default: string }>): JsonObject {
  switch (parameter.type) {
    case 'port':
      return { AllowedPattern: '[0-9]{0,5}' };
    case 'text':
      return { AllowedPattern: parameter.pattern };
    case 'choice':
      return { AllowedValues: parameter.allowed };
  }
}

/** An input that may be empty is left out of the rule when it is. */
const mayBeEmpty = (control: Control, name: string): boolean =>
  control.parameters.some(
    (parameter) =>
      parameter.name === name &&
      (parameter.type === 'port' ||
        parameter.type === 'text' ||
        (parameter.type === 'choice' && parameter.allowed.includes(''))),
  );

function conditionsOf(control: Control): JsonObject {
  const isEnabled = { 'Fn::Equals': [{ Ref: enableParameter(control.id) }, 'true'] };
  const conditions: JsonObject = {
    [useCondition(control.id)]: control.configRule?.homeOnly
      ? { 'Fn::And': [isEnabled, { 'Fn::Equals': [{ Ref: 'AWS::Region' }, { Ref: 'HomeRegion' }] }] }
      : isEnabled,
  };
  for (const { parameter } of control.configRule?.inputs ?? []) {
    if (!mayBeEmpty(control, parameter)) continue;
    const isEmpty = { 'Fn::Equals': [{ Ref: parameterOf(control.id, parameter) }, ''] };
    conditions[hasCondition(control.id, parameter)] = { 'Fn::Not': [isEmpty] };
  }
  return conditions;
}

function ruleOf(control: Control): JsonObject {
  const { source, onChangeOf = [], inputs = [], frequency } = control.configRule ?? {};
  return {
    Type: 'AWS::Config::ConfigRule',
    Condition: useCondition(control.id),
    Properties: {
      ConfigRuleName: ruleNameOf(control.id),
      Description: control.title,
      Source: sourceOf(control),
      ...(onChangeOf.length > 0 ? { Scope: { ComplianceResourceTypes: onChangeOf } } : {}),
      ...(inputs.length > 0 ? { InputParameters: inputsOf(control, inputs) } : {}),
      // A rule with a function says it in its source.
      ...(frequency && source === 'managed'
        ? { MaximumExecutionFrequency: { Ref: parameterOf(control.id, 'MaximumExecutionFrequency') } }
        : {}),
    },
  };
}

function sourceOf({ id, configRule }: Control): JsonObject {
  const { source, sourceIdentifier = '' } = configRule ?? {};
  if (source !== 'custom') return { Owner: 'AWS', SourceIdentifier: sourceIdentifier };
  const place = 'arn:${AWS::Partition}:lambda:${AWS::Region}:${AuditAccountId}';
  const message = (MessageType: string): JsonObject => ({ EventSource: 'aws.config', MessageType });
  return {
    Owner: 'CUSTOM_LAMBDA',
    SourceIdentifier: { 'Fn::Sub': `${place}:function:${sourceIdentifier}` },
    SourceDetails: [
      message('ConfigurationItemChangeNotification'),
      message('OversizedConfigurationItemChangeNotification'),
      {
        ...message('ScheduledNotification'),
        MaximumExecutionFrequency: { Ref: parameterOf(id, 'MaximumExecutionFrequency') },
      },
    ],
  };
}

function inputsOf(control: Control, inputs: { name: string; parameter: string }[]): JsonObject {
  return Object.fromEntries(
    inputs.map(({ name, parameter }): [string, Json] => {
      const value = { Ref: parameterOf(control.id, parameter) };
      if (!mayBeEmpty(control, parameter)) return [name, value];
      return [name, { 'Fn::If': [hasCondition(control.id, parameter), value, { Ref: 'AWS::NoValue' }] }];
    }),
  );
}

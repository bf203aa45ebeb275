import type { ControlParameter, ControlStatement } from './catalogue.ts';
import type { ChosenControl, ParameterValue } from './choose.ts';

/** A statement of a policy document, its keys in the order in which it is written. */
export type WrittenStatement = {
  Sid: string;
  Effect: 'Deny';
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
};

/** The statements of a control with its parameters filled in; none for a control that is no policy. */
export function statementsFor(choice: ChosenControl): WrittenStatement[] {
  return (choice.control.statements ?? []).map((statement) => write(applyParameters(statement, choice)));
}

type Draft = ControlStatement & { notResources?: string[] };

function applyParameters(statement: ControlStatement, { control, parameters }: ChosenControl): Draft {
  return control.parameters.reduce<Draft>((draft, parameter) => {
    const value = parameters[parameter.name];
    return value === undefined ? draft : applyParameter(draft, parameter, value);
  }, statement);
}

function applyParameter(draft: Draft, parameter: ControlParameter, value: ParameterValue): Draft {
  if (!('effect' in parameter)) return draft;
  const values = Array.isArray(value) ? value : [];
  const { effect } = parameter;
  switch (effect.kind) {
    case 'values':
      return { ...draft, conditions: draft.conditions.map((one) => fill(one, effect.placeholder, values)) };
    case 'exempt-principals':
      return { ...draft, conditions: exempt(draft.conditions, values) };
    case 'exempt-actions':
      return { ...draft, notActions: [...(draft.notActions ?? []), ...values] };
    case 'exempt-resources':
      return { ...draft, notResources: values };
    case 'condition': {
      const { operator, key, values: wanted } = effect;
      return value === true
        ? { ...draft, conditions: [...draft.conditions, { operator, key, values: wanted }] }
        : draft;
    }
  }
}

type Condition = ControlStatement['conditions'][number];

function fill(condition: Condition, placeholder: string, values: string[]): Condition {
  return {
    ...condition,
    values: condition.values.flatMap((value) => (value === placeholder ? values : [value])),
  };
}

/** Joins the ArnNotLike that is there: under a negated operator none of the values may match. */
function exempt(conditions: Condition[], principals: string[]): Condition[] {
  const isExemption = ({ operator, key }: Condition): boolean =>
    operator === 'ArnNotLike' && key.toLowerCase() === 'aws:principalarn';
  if (!conditions.some(isExemption)) {
    return [...conditions, { operator: 'ArnNotLike', key: 'aws:PrincipalArn', values: principals }];
  }
  return conditions.map((condition) =>
    isExemption(condition)
      ? { ...condition, values: [...new Set([...condition.values, ...principals])] }
      : condition,
  );
}

const shortest = (values: string[]): string | string[] => (values.length === 1 ? (values[0] ?? '') : values);

function write(draft: Draft): WrittenStatement {
  const condition: Record<string, Record<string, string | string[]>> = {};
  for (const { operator, key, values } of draft.conditions) {
    condition[operator] = { ...condition[operator], [key]: shortest(values) };
  }
  return {
    Sid: draft.sid,
    Effect: 'Deny',
    ...(draft.notActions
      ? { NotAction: shortest([...new Set(draft.notActions)]) }
      : { Action: shortest(draft.actions ?? []) }),
    ...(draft.notResources
      ? { NotResource: shortest(draft.notResources) }
      : { Resource: shortest(draft.resources) }),
    ...(draft.conditions.length > 0 ? { Condition: condition } : {}),
  };
}

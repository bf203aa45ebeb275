/** The parts of a CloudFormation template that say what a stack is made of. */
export type StackTemplate = {
  Parameters?: Record<string, { Default?: unknown }>;
  Conditions?: Record<string, unknown>;
  Resources: Record<string, { Type: string; Condition?: string; Properties?: Record<string, unknown> }>;
};

/** Parameters and pseudo parameters of a stack by name. */
export type StackValues = Readonly<Record<string, unknown>>;

/** A stack that a template is made into. */
export type StackPlace = {
  stackName: string;
  parameters: Readonly<Record<string, string>>;
  region: string;
  accountId: string;
};

export function stackValues({ Parameters = {} }: StackTemplate, place: StackPlace): StackValues {
  return {
    ...Object.fromEntries(Object.entries(Parameters).map(([name, { Default }]) => [name, Default])),
    ...place.parameters,
    'AWS::Region': place.region,
    'AWS::AccountId': place.accountId,
    'AWS::Partition': 'aws',
    'AWS::StackName': place.stackName,
  };
}

/** Logical ids whose condition does not hold: the stack is made without them. What cannot be told counts as there. */
export const leftOut = (template: StackTemplate, values: StackValues): string[] =>
  Object.entries(template.Resources).flatMap(([id, { Condition }]) =>
    Condition !== undefined && holds(template, Condition, values) === false ? [id] : [],
  );

/** A text, with what is not known as `*`; undefined when nothing of it is known. */
export function nameOf(property: unknown, values: StackValues): string | undefined {
  if (typeof property === 'string') return property;
  const [kind, argument] = functionOf(property);
  if (kind === 'Ref' && typeof argument === 'string') return textOf(values[argument]);
  const text = kind === 'Fn::Sub' && Array.isArray(argument) ? argument[0] : argument;
  if (kind !== 'Fn::Sub' || typeof text !== 'string') return undefined;
  return text.replace(/\$\{([^}!]+)\}/g, (_, name: string) => textOf(values[name]) ?? '*');
}

const textOf = (value: unknown): string | undefined => (value === undefined ? undefined : String(value));

export function functionOf(value: unknown): [kind: string | undefined, argument: unknown] {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return entries.length === 1 ? (entries[0] as [string, unknown]) : [undefined, undefined];
}

/** Undefined: cannot be told. */
export function holds(template: StackTemplate, name: string, values: StackValues): boolean | undefined {
  return decide(template.Conditions?.[name], template, values);
}

function decide(condition: unknown, template: StackTemplate, values: StackValues): boolean | undefined {
  const [kind, argument] = functionOf(condition);
  if (kind === 'Condition') return holds(template, String(argument), values);
  const parts = Array.isArray(argument) ? argument : [];
  if (kind === 'Fn::Equals') {
    const [left, right] = parts.map((part) => nameOf(part, values));
    return left === undefined || right === undefined ? undefined : left === right;
  }
  const decided = parts.map((part) => decide(part, template, values));
  const either = kind === 'Fn::Or';
  switch (kind) {
    case 'Fn::Not':
      return decided[0] === undefined ? undefined : !decided[0];
    case 'Fn::And':
    case 'Fn::Or':
      if (decided.includes(either)) return either;
      return decided.includes(undefined) ? undefined : !either;
    default:
      return undefined;
  }
}

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

export const stackValues = (template: StackTemplate, place: StackPlace): StackValues => ({
  ...defaultsOf(template),
  ...place.parameters,
  'AWS::Region': place.region,
  'AWS::AccountId': place.accountId,
  'AWS::Partition': 'aws',
  'AWS::StackName': place.stackName,
});

const defaults = new WeakMap<StackTemplate, StackValues>();

function defaultsOf(template: StackTemplate): StackValues {
  const known = defaults.get(template);
  if (known) return known;
  const { Parameters = {} } = template;
  const found = Object.fromEntries(Object.entries(Parameters).map(([name, { Default }]) => [name, Default]));
  defaults.set(template, found);
  return found;
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
export const holds = (template: StackTemplate, name: string, values: StackValues): boolean | undefined =>
  conditionOf(template, name)(values);

/** Decides for the values of a stack. */
type Decide = (values: StackValues) => boolean | undefined;

const decisions = new WeakMap<StackTemplate, Map<string, Decide>>();

/** Conditions are decided for every plan, and templates never change: each is read once. */
function conditionOf(template: StackTemplate, name: string): Decide {
  const known = decisions.get(template) ?? new Map<string, Decide>();
  decisions.set(template, known);
  const decide = known.get(name) ?? read(template.Conditions?.[name], template);
  known.set(name, decide);
  return decide;
}

const cannotBeTold: Decide = () => undefined;

function read(condition: unknown, template: StackTemplate): Decide {
  const [kind, argument] = functionOf(condition);
  // Looked up when it is decided: two that name each other would not end here either.
  if (kind === 'Condition') return (values) => conditionOf(template, String(argument))(values);
  const parts = Array.isArray(argument) ? argument : [];
  if (kind === 'Fn::Equals') {
    const [left, right] = parts.map(readName);
    return (values) => {
      const [one, other] = [left?.(values), right?.(values)];
      return one === undefined || other === undefined ? undefined : one === other;
    };
  }
  const all = parts.map((part) => read(part, template));
  switch (kind) {
    case 'Fn::Not':
      return (values) => {
        const decided = all[0]?.(values);
        return decided === undefined ? undefined : !decided;
      };
    case 'Fn::And':
    case 'Fn::Or':
      return anyIs(kind === 'Fn::Or', all);
    default:
      return cannotBeTold;
  }
}

/** One that is `either` decides; without one, all have to be known. */
const anyIs =
  (either: boolean, all: readonly Decide[]): Decide =>
  (values) => {
    const decided = all.map((decide) => decide(values));
    if (decided.includes(either)) return either;
    return decided.includes(undefined) ? undefined : !either;
  };

/** A text or one parameter needs no look at what it is each time. */
function readName(property: unknown): (values: StackValues) => string | undefined {
  if (typeof property === 'string') return () => property;
  const [kind, argument] = functionOf(property);
  if (kind === 'Ref' && typeof argument === 'string') return (values) => textOf(values[argument]);
  return (values) => nameOf(property, values);
}

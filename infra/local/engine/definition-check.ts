import { BRANCH_FIELDS, FIELDS, isObject, PROCESSOR_FIELDS, TOP_FIELDS } from './definition-fields.ts';

export type Diagnostic = {
  code:
    | 'SCHEMA_VALIDATION_FAILED'
    | 'MISSING_TRANSITION_TARGET'
    | 'DUPLICATE_STATE_NAME'
    | 'INVALID_JSON_DESCRIPTION';
  message: string;
  /** Path in the definition: `/States/Provision/Retry[0]`. */
  location: string;
};

/** Reports one finding. */
export type Report = (message: string, location: string, code?: Diagnostic['code']) => void;

type Node = Record<string, unknown>;

/** Checks a parsed definition: fields, types, expressions, transitions, the features that this engine runs. */
export function checkDefinition(definition: unknown): Diagnostic[] {
  const found: Diagnostic[] = [];
  const report: Report = (message, location, code = 'SCHEMA_VALIDATION_FAILED') =>
    void found.push({ code, message, location });
  if (!isObject(definition)) {
    report('Definition must be a valid JSON object', '/');
    return found;
  }
  checkFields(definition, TOP_FIELDS, '', report);
  checkContainer(definition, '', new Map(), report);
  checkLanguage(definition, report);
  return found;
}

/**
 * The machine must be in JSONata mode, as a whole or state by state; a state that evaluates nothing behaves the same
 * in either mode.
 */
function checkLanguage(definition: Node, report: Report): void {
  const states = isObject(definition.States) ? Object.entries(definition.States) : [];
  if (definition.QueryLanguage === 'JSONata') {
    for (const [name, state] of states) {
      if (isObject(state) && (state.QueryLanguage ?? 'JSONata') !== 'JSONata') {
        report("The QueryLanguage can not be 'JSONPath' here", `/States/${name}/QueryLanguage`);
      }
    }
    return;
  }
  const inert = new Set(['Type', 'Comment', 'Next', 'End', 'Default', 'Error', 'Cause']);
  const speaks = states.filter(([, state]) => isObject(state) && state.QueryLanguage === 'JSONata');
  const silent = states.every(
    ([, state]) =>
      !isObject(state) ||
      state.QueryLanguage === 'JSONata' ||
      Object.keys(state).every((key) => inert.has(key)),
  );
  if (speaks.length === 0 || !silent)
    report("Only the QueryLanguage 'JSONata' is supported", '/QueryLanguage');
}

function checkContainer(container: Node, at: string, names: Map<string, string>, report: Report): void {
  const missing = ['StartAt', 'States'].filter((field) => container[field] === undefined);
  if (missing.length > 0) report(`These fields are required: [${missing.join(', ')}]`, at || '/');
  const states = container.States;
  if (!isObject(states)) return;
  for (const [name, state] of Object.entries(states)) {
    const location = `${at}/States/${name}`;
    const other = names.get(name);
    if (other) report(`State name is already used at ${other}`, location, 'DUPLICATE_STATE_NAME');
    names.set(name, location);
    if (name.length === 0 || name.length > 80) report('State names have 1 to 80 characters', location);
    if (isObject(state)) checkState(state, location, names, report);
    else report('Expected value of type Object', location);
  }
  checkTransitions(container, states, at, report);
}

function checkState(state: Node, at: string, names: Map<string, string>, report: Report): void {
  const type = state.Type;
  const fields = typeof type === 'string' && Object.hasOwn(FIELDS, type) ? FIELDS[type] : undefined;
  if (!fields) {
    report(`Unknown state type ${JSON.stringify(type)}`, `${at}/Type`);
    return;
  }
  checkFields(state, fields, at, report);
  if ('Next' in fields && (state.Next === undefined) === (state.End !== true)) {
    report('Exactly one of [Next, End] is required', at);
  }
  if (type === 'Wait' && (state.Seconds === undefined) === (state.Timestamp === undefined)) {
    report('Exactly one of [Seconds, Timestamp] is required', at);
  }
  if (Number(state.HeartbeatSeconds) >= Number(state.TimeoutSeconds)) {
    report('HeartbeatSeconds must be smaller than TimeoutSeconds', `${at}/HeartbeatSeconds`);
  }
  for (const [path, inner] of containersOf(state)) {
    if (!isObject(inner)) continue;
    checkFields(inner, path === 'ItemProcessor' ? PROCESSOR_FIELDS : BRANCH_FIELDS, `${at}/${path}`, report);
    checkContainer(inner, `${at}/${path}`, names, report);
  }
}

function containersOf(state: Node): [path: string, container: unknown][] {
  if (Array.isArray(state.Branches)) {
    return state.Branches.map((branch, index) => [`Branches[${index}]`, branch]);
  }
  return state.ItemProcessor === undefined ? [] : [['ItemProcessor', state.ItemProcessor]];
}

function checkFields(
  node: Node,
  fields: NonNullable<(typeof FIELDS)[string]>,
  at: string,
  report: Report,
): void {
  const missing = Object.entries(fields).filter(
    ([name, field]) => field.required && node[name] === undefined,
  );
  if (missing.length > 0) {
    report(`These fields are required: [${missing.map(([name]) => name).join(', ')}]`, at || '/');
  }
  for (const [name, value] of Object.entries(node)) {
    if (Object.hasOwn(fields, name)) fields[name]?.check(value, `${at}/${name}`, report);
    else report(`Field '${name}' is not supported here`, at || '/');
  }
}

/** Every target exists and every state can be reached from StartAt. */
function checkTransitions(container: Node, states: Node, at: string, report: Report): void {
  const reached = new Set<string>();
  const visit = (target: unknown, location: string) => {
    if (typeof target !== 'string') return;
    if (!Object.hasOwn(states, target)) {
      return report(`Missing transition target '${target}'`, location, 'MISSING_TRANSITION_TARGET');
    }
    if (reached.has(target)) return;
    reached.add(target);
    for (const [next, from] of targetsOf(states[target])) visit(next, `${at}/States/${target}/${from}`);
  };
  visit(container.StartAt, `${at}/StartAt`);
  for (const name of Object.keys(states)) {
    if (!reached.has(name)) {
      report(`State "${name}" is not reachable.`, `${at}/States/${name}`, 'MISSING_TRANSITION_TARGET');
    }
  }
}

function targetsOf(state: unknown): [target: unknown, from: string][] {
  if (!isObject(state)) return [];
  const inList = (field: string): [unknown, string][] =>
    Array.isArray(state[field])
      ? state[field].map((entry, index) => [
          isObject(entry) ? entry.Next : undefined,
          `${field}[${index}]/Next`,
        ])
      : [];
  return [[state.Next, 'Next'], [state.Default, 'Default'], ...inList('Choices'), ...inList('Catch')];
}

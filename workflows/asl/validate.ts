import aslValidator from 'asl-validator';
import type { ApiShapes } from '../../infra/api-shapes/model.ts';
import { operationOf } from '../../infra/api-shapes/model.ts';
import { checkKeys } from '../../infra/api-shapes/validate.ts';
import { FORBIDDEN_ACTIONS, integrationOf } from './actions.ts';
import type { Catcher, Definition, Retrier, State, States, TaskState, Template } from './definition.ts';
import { readsIn, setBefore, unreachable } from './flow.ts';
import { expressionsIn, opened, readsOf } from './jsonata-code.ts';
import { isService, SERVICES, undeclared } from './services.ts';
import { type Container, containersOf, edgesOf, statesOf, variablesSetIn } from './walk.ts';

/** From here on a machine ends only in some ways, and whatever fails has somewhere to go. */
export type PointOfNoReturn = {
  /** The first states after it; also those that only a re-entry leads to. */
  from: readonly string[];
  /** Where a repaired run is sent back to its step: what lies behind it is listed in `from`. */
  reentry: string;
  /** Calls without a Catch, on purpose. */
  exempt: readonly string[];
  ends: readonly string[];
};

export type ValidateOptions = {
  /** The API model of a service, by the name of its file in infra/api-shapes. */
  shapes: (file: string) => ApiShapes | undefined;
  pointOfNoReturn?: PointOfNoReturn;
};

/**
 * Everything that is wrong with a definition, as sentences that name the state; empty when it is sound. It finds what
 * the schema of the language does not: misspelt services, actions, arguments and errors, expressions that JSONata
 * 2.0.6 does not parse, variables that are not set on some way to their reader, states that nothing leads to.
 */
export function validate(definition: Definition, options: ValidateOptions): string[] {
  const unparsed = checkExpressions(definition);
  if (unparsed.length > 0) return unparsed;
  return [
    ...checkSchema(definition),
    ...containersOf(definition).flatMap(checkContainer),
    ...checkVariables(definition),
    ...statesOf(definition).flatMap(([name, state]) =>
      [...checkCall(state, options), ...checkHandlers(state, options)].map(
        (problem) => `${name}: ${problem}`,
      ),
    ),
    ...checkPointOfNoReturn(definition, options),
  ];
}

function checkSchema(definition: Definition): string[] {
  // The validator writes into what it is given.
  const { errors } = aslValidator(JSON.parse(JSON.stringify(definition)));
  return errors.map((error) => `${error['Error code']}: ${error.Message}`);
}

function checkExpressions(definition: Definition): string[] {
  return expressionsIn(definition, '').flatMap(({ path, code }) => {
    try {
      readsOf(code);
      return [];
    } catch (error) {
      return [`${path}: JSONata 2.0.6 does not parse ${code}: ${(error as Error).message}`];
    }
  });
}

function checkContainer(container: Container): string[] {
  const outer = new Set(container.outer.flatMap((one) => [...variablesSetIn(one)]));
  return [
    ...unreachable(container).map((name) => `${name}: nothing leads here`),
    ...[...variablesSetIn(container)]
      .filter((name) => container.outer.length > 0 && outer.has(name))
      .map((name) => `$${name}: set inside a Map, but the name belongs to the states around it`),
  ];
}

function checkVariables(definition: Definition): string[] {
  const check = (container: Container, given: ReadonlySet<string>): string[] => {
    const known = setBefore(container, given);
    return Object.entries(container.states).flatMap(([name, state]) => {
      const before = known.get(name) ?? new Set<string>();
      const own = readsIn(state).flatMap(({ path, variables, states }) => [
        ...variables
          .filter((variable) => !before.has(variable))
          .map((variable) => `${name}: ${path} reads $${variable}, which is not set on every way here`),
        ...states
          .filter((member) => !availableIn(path, state).includes(member))
          .map((member) => `${name}: ${path} reads $states.${member}, which is not there`),
      ]);
      if (state.Type !== 'Map') return own;
      const { StartAt, States } = state.ItemProcessor;
      return [...own, ...check({ startAt: StartAt, states: States, outer: [container] }, before)];
    });
  };
  return check({ startAt: definition.StartAt, states: definition.States, outer: [] }, new Set());
}

/** The members of `$states` that a field of a state may read. */
function availableIn(path: string, state: State): string[] {
  const always = ['input', 'context'];
  if (path.startsWith('Catch.')) return [...always, 'errorOutput'];
  const after = path.startsWith('Assign') || path.startsWith('Output');
  return after && (state.Type === 'Task' || state.Type === 'Map') ? [...always, 'result'] : always;
}

function checkCall(state: State, { shapes }: ValidateOptions): string[] {
  if (state.Type !== 'Task') return [];
  const call = integrationOf(state.Resource);
  if (!call) return [`unknown resource ${state.Resource}`];
  const { file } = modelOf(call.service, call.sdk);
  const model = file === undefined ? undefined : shapes(file);
  if (!model) return [`unknown service ${call.service}`];
  const problems: string[] = (FORBIDDEN_ACTIONS as readonly string[]).includes(call.action)
    ? [`${call.action} is never called by a machine`]
    : [];
  if (!operationOf(model, call.action)) return [...problems, `${call.service} has no action ${call.action}`];
  return [
    ...problems,
    ...checkKeys(model, call.action, opened((state.Arguments ?? {}) as Template)),
    ...checkTimes(state),
  ];
}

function modelOf(service: string, sdk: boolean): { file?: string; errors?: string } {
  if (!sdk) return service === 'sqs' ? { file: 'sqs', errors: 'SQS' } : {};
  return isService(service) ? { file: SERVICES[service].shapes, errors: SERVICES[service].errors } : {};
}

function checkTimes({ HeartbeatSeconds: beat, TimeoutSeconds: limit }: TaskState): string[] {
  const wrong = typeof beat === 'number' && typeof limit === 'number' && beat >= limit;
  return wrong ? ['HeartbeatSeconds is not below TimeoutSeconds'] : [];
}

const STATES_ERRORS = ['States.ALL', 'States.TaskFailed', 'States.Timeout', 'States.HeartbeatTimeout'];

const failuresIn = (states: States): string[] =>
  Object.values(states).flatMap((state) => (state.Type === 'Fail' ? [state.Error] : []));

function checkHandlers(state: State, { shapes }: ValidateOptions): string[] {
  const retry: readonly Retrier[] = ('Retry' in state ? state.Retry : undefined) ?? [];
  const caught: readonly Catcher[] = ('Catch' in state ? state.Catch : undefined) ?? [];
  const call = state.Type === 'Task' ? integrationOf(state.Resource) : undefined;
  const { file, errors } = call ? modelOf(call.service, call.sdk) : {};
  const model = file === undefined ? undefined : shapes(file);
  const declared = (model && call && operationOf(model, call.action)?.errors) || [];
  const known = new Set([
    ...STATES_ERRORS,
    ...declared.map((code) => `${errors}.${code.endsWith('Exception') ? code : `${code}Exception`}`),
    ...(call && isService(call.service) ? [undeclared(call.service), `${errors}.SdkClientException`] : []),
    // An iteration that fails gives its own error to the Map around it.
    ...(state.Type === 'Map' ? failuresIn(state.ItemProcessor.States) : []),
  ]);
  return [
    ...[...retry, ...caught]
      .flatMap((one) => one.ErrorEquals)
      .filter((name) => !known.has(name))
      .map((name) => `${name} is no error of ${call?.action ?? state.Type}`),
    ...[retry, caught].flatMap((list) =>
      list.flatMap((one, index) => {
        if (!one.ErrorEquals.includes('States.ALL')) return [];
        return one.ErrorEquals.length === 1 && index === list.length - 1
          ? []
          : ['States.ALL is not alone and last'];
      }),
    ),
  ];
}

function checkPointOfNoReturn(definition: Definition, { pointOfNoReturn }: ValidateOptions): string[] {
  if (!pointOfNoReturn) return [];
  const { from, reentry, exempt, ends } = pointOfNoReturn;
  const after = new Set<string>();
  const visit = (name: string): void => {
    const state = definition.States[name];
    if (!state || after.has(name)) return;
    after.add(name);
    if (name !== reentry) for (const edge of edgesOf(state)) visit(edge.to);
  };
  from.forEach(visit);
  return [...after].flatMap((name) => {
    const state = definition.States[name] as State;
    if (name === reentry || exempt.includes(name)) return [];
    if (state.Type === 'Succeed' || state.Type === 'Fail') {
      return ends.includes(name) ? [] : [`${name}: no end after the point of no return`];
    }
    if (state.Type !== 'Task' && state.Type !== 'Map') return [];
    const caught = state.Catch?.at(-1)?.ErrorEquals.includes('States.ALL');
    return caught ? [] : [`${name}: can fail after the point of no return with nowhere to go`];
  });
}

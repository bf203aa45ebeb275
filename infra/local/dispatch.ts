import { type ApiOperation, operationOf } from '../api-shapes/model.ts';
import { apiShapes } from '../api-shapes/shapes.ts';
import { awsValidationMessage, issueText, validateInput, validateOutput } from '../api-shapes/validate.ts';
import type { Authorizer } from './authorization/authorizer.ts';
import type { FaultRule, FaultSource } from './faults.ts';
import type { Store } from './store.ts';
import { AwsError, type Caller, type LandingZone, type ServiceModule } from './world.ts';

/** Every call of the embedded AWS, from the wire and from state machines, goes through here. */
export interface Dispatcher {
  /**
   * Validates the input against the API model, injects faults, authorizes, runs in one store transaction.
   *
   * @param service name of the api-shapes file: 'organizations', 'sso-admin', 'service-quotas', …
   * @param action PascalCase: 'CreateAccount'
   * @returns the output, a copy of its own
   * @throws AwsError; `LOST_REPLY` when the call was executed but its answer was lost
   */
  call(service: string, action: string, input: unknown, caller: Caller): unknown;
}

/** The code of a call whose answer never came. What it did, it did. */
export const LOST_REPLY = 'RequestTimeout';

/** The code of an operation that the embedded AWS does not have. */
export const UNKNOWN_OPERATION = 'UnknownOperationException';

/** Services that answer in every governed Region; all others of one account live in the home Region only. */
const REGIONAL = new Set([
  'cloudformation',
  'cloudtrail',
  'config',
  'ec2',
  'events',
  's3control',
  'sqs',
  'stepfunctions',
  'sts',
]);
/** Services with one endpoint for the whole partition. */
const GLOBAL = new Set(['organizations', 'account', 'iam']);

export type DispatcherOptions = {
  store: Store;
  modules: readonly ServiceModule[];
  authorizer: Authorizer;
  faults: FaultSource;
  landingZone: LandingZone;
};

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const modules = new Map(options.modules.map((module) => [module.shape, module]));
  const remembered = new Map<string, unknown>();

  return {
    call(service, action, input, caller) {
      const { operation, model } = find(modules, service, action);
      checkInput(service, action, input);
      checkRegion(service, caller, options.landingZone);
      const fault = options.faults.next(service, action);
      if (fault && (fault.kind === 'throttle' || fault.kind === 'error')) throw faultError(fault, model);
      const question = options.faults.remembers(service, action)
        ? `${service}:${action}:${caller.accountId}:${JSON.stringify(input)}`
        : undefined;
      if (fault?.kind === 'stale' && question !== undefined && remembered.has(question)) {
        return plain(remembered.get(question));
      }
      options.authorizer.check(caller, service, action, input);
      const output = plain(options.store.transaction(() => operation(input ?? {}, caller)) ?? {});
      checkOutput(service, action, output);
      if (question !== undefined) remembered.set(question, output);
      if (fault?.kind === 'lost-reply') throw lostReply(service, action);
      return output;
    },
  };
}

function find(modules: Map<string, ServiceModule>, service: string, action: string) {
  const shapes = apiShapes(service);
  const model = shapes && operationOf(shapes, action);
  const operations = modules.get(service)?.operations;
  const operation = operations && Object.hasOwn(operations, action) ? operations[action] : undefined;
  if (!model || !operation) {
    const where = shapes ? `${service} has no ${action}` : `there is no ${service}`;
    throw new AwsError(UNKNOWN_OPERATION, `the embedded AWS: ${where}`, 501);
  }
  return { model, operation };
}

function checkInput(service: string, action: string, input: unknown): void {
  const shapes = apiShapes(service);
  const issues = shapes ? validateInput(shapes, action, input) : [];
  if (issues.length === 0) return;
  // Control Tower, Identity Center and the others say ValidationException; Organizations has its own word for it.
  const declared = shapes ? (operationOf(shapes, action)?.errors ?? []) : [];
  const own = ['ValidationException', 'InvalidInputException'].find((code) => declared.includes(code));
  const unreadable = issues.some((issue) => issue.kind === 'type');
  throw new AwsError(
    unreadable ? 'SerializationException' : (own ?? 'ValidationException'),
    awsValidationMessage(issues),
  );
}

/** An answer with a member that AWS has not is a fault of ours, never of the caller. */
function checkOutput(service: string, action: string, output: unknown): void {
  const shapes = apiShapes(service);
  const [first] = shapes ? validateOutput(shapes, action, output) : [];
  if (first) throw new Error(`${service}:${action} answered ${issueText(first, 'Output')}`);
}

function checkRegion(service: string, caller: Caller, landingZone: LandingZone): void {
  if (GLOBAL.has(service) || caller.region === landingZone.homeRegion) return;
  if (REGIONAL.has(service) && landingZone.governedRegions.includes(caller.region)) return;
  throw new AwsError(
    'UnrecognizedClientException',
    `${service} was called in ${caller.region}; what is asked for lives in ${landingZone.homeRegion}`,
  );
}

function faultError(fault: FaultRule, model: ApiOperation): AwsError {
  if (fault.kind === 'error') {
    return new AwsError(fault.code ?? 'InternalFailure', fault.message ?? 'An internal error occurred.');
  }
  const known = ['TooManyRequestsException', 'ThrottlingException', 'RequestThrottled'];
  const code = known.find((name) => model.errors.includes(name)) ?? 'ThrottlingException';
  return new AwsError(fault.code ?? code, fault.message ?? 'Rate exceeded', 429);
}

const lostReply = (service: string, action: string) =>
  new AwsError(LOST_REPLY, `Unable to execute HTTP request: Read timed out (${service}:${action})`, 500);

/** What is answered must not be the stored document itself, and has no undefined members. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

import { operationOf } from '../api-shapes/model.ts';
import { fromStates, toStates } from '../api-shapes/naming.ts';
import { apiShapes } from '../api-shapes/shapes.ts';
import { issueText, validateInput } from '../api-shapes/validate.ts';
import type { Authorizer } from './authorization/authorizer.ts';
import { type Dispatcher, LOST_REPLY, UNKNOWN_OPERATION } from './dispatch.ts';
import { type TaskCall, type TaskDispatch, TaskError } from './engine/task.ts';
import { AwsError, type Caller } from './world.ts';

/** Services as Step Functions names them: their api-shapes file, and the first part of their error names. */
const SDK_INTEGRATIONS: Readonly<Record<string, { shape: string; prefix: string; title: string }>> = {
  account: { shape: 'account', prefix: 'Account', title: 'Account' },
  cloudformation: { shape: 'cloudformation', prefix: 'CloudFormation', title: 'CloudFormation' },
  cloudtrail: { shape: 'cloudtrail', prefix: 'CloudTrail', title: 'CloudTrail' },
  config: { shape: 'config', prefix: 'Config', title: 'Config' },
  controlcatalog: { shape: 'controlcatalog', prefix: 'ControlCatalog', title: 'ControlCatalog' },
  controltower: { shape: 'controltower', prefix: 'ControlTower', title: 'ControlTower' },
  ec2: { shape: 'ec2', prefix: 'Ec2', title: 'Ec2' },
  eventbridge: { shape: 'events', prefix: 'EventBridge', title: 'EventBridge' },
  iam: { shape: 'iam', prefix: 'Iam', title: 'Iam' },
  identitystore: { shape: 'identitystore', prefix: 'Identitystore', title: 'identitystore' },
  organizations: { shape: 'organizations', prefix: 'Organizations', title: 'Organizations' },
  servicecatalog: { shape: 'servicecatalog', prefix: 'ServiceCatalog', title: 'ServiceCatalog' },
  servicequotas: { shape: 'service-quotas', prefix: 'ServiceQuotas', title: 'ServiceQuotas' },
  sfn: { shape: 'stepfunctions', prefix: 'Sfn', title: 'Sfn' },
  sqs: { shape: 'sqs', prefix: 'Sqs', title: 'Sqs' },
  ssoadmin: { shape: 'sso-admin', prefix: 'SsoAdmin', title: 'SSOAdmin' },
  sts: { shape: 'sts', prefix: 'Sts', title: 'Sts' },
};

type Integration = {
  shape: string;
  prefix: string;
  title: string;
  action: string;
  /** `sqs:sendMessage` rather than `aws-sdk:sqs:sendMessage`. */
  optimized: boolean;
};

/**
 * Executes the calls of Task states: `aws-sdk:<service>:<camelAction>` and `sqs:sendMessage`. Errors carry the names
 * of Step Functions: a declared one is `<Prefix>.<Name>Exception`, any other `<Prefix>.<Prefix>Exception` with AWS's
 * code in the cause.
 */
export function sdkTaskDispatch(dispatcher: Dispatcher, authorizer: Authorizer): TaskDispatch {
  return (call) => {
    const integration = integrationOf(call.resource);
    const shapes = apiShapes(integration.shape);
    if (!shapes || !operationOf(shapes, integration.action)) throw unknown(call.resource);
    const given = integration.optimized ? withTextBody(call.arguments) : (call.arguments ?? {});
    const issues = validateInput(shapes, integration.action, given, { naming: 'states' });
    const issue = issues.find(({ kind }) => kind === 'unknown' || kind === 'required' || kind === 'type');
    if (issue) {
      // Step Functions binds the arguments itself, before any service is asked; values are the service's business.
      throw new TaskError('States.Runtime', `${call.resource}: ${issueText(issue, 'Arguments')}`);
    }
    const caller = callerOf(call, authorizer);
    try {
      const input = fromStates(shapes, integration.action, given);
      const output = dispatcher.call(integration.shape, integration.action, input, caller);
      return toStates(shapes, integration.action, output);
    } catch (error) {
      throw error instanceof AwsError ? taskError(error, integration, call) : error;
    }
  };
}

function integrationOf(resource: string): Integration {
  if (resource === 'sqs:sendMessage') {
    return { shape: 'sqs', prefix: 'SQS', title: 'AmazonSQS', action: 'SendMessage', optimized: true };
  }
  const [kind, service = '', action = ''] = resource.split(':');
  const known = Object.hasOwn(SDK_INTEGRATIONS, service) ? SDK_INTEGRATIONS[service] : undefined;
  // sts:assumeRole and its kin are refused by AWS: a state takes another role by Credentials.
  const refused = service === 'sts' && action.startsWith('assumeRole');
  if (kind !== 'aws-sdk' || !known || refused || !/^[a-z]\w*$/.test(action)) throw unknown(resource);
  return { ...known, action: action.charAt(0).toUpperCase() + action.slice(1), optimized: false };
}

const unknown = (resource: string) =>
  new TaskError('States.Runtime', `The resource provided ${resource} is not recognized by the embedded AWS.`);

/** The optimized integration takes a message body of any JSON; the SDK one takes text alone. */
function withTextBody(given: unknown): unknown {
  const { MessageBody, ...rest } = (given ?? {}) as { MessageBody?: unknown };
  if (MessageBody === undefined) return rest;
  return {
    ...rest,
    MessageBody: typeof MessageBody === 'string' ? MessageBody : JSON.stringify(MessageBody),
  };
}

function callerOf(call: TaskCall, authorizer: Authorizer): Caller {
  const [, , , region = '', accountId = ''] = call.stateMachineArn.split(':');
  if (call.roleArn === undefined) return { accountId, region, principalArn: call.executionRoleArn };
  const by = { principalArn: call.executionRoleArn, externalId: call.stateMachineArn, region };
  try {
    return authorizer.assume(call.roleArn, by);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const text = `is not authorized to assume the task state's role, ${call.roleArn}.`;
    throw new TaskError('States.TaskFailed', `The role ${call.executionRoleArn} ${text}`);
  }
}

function taskError(error: AwsError, integration: Integration, call: TaskCall): TaskError {
  const { shape, prefix, title, action, optimized } = integration;
  if (error.code === UNKNOWN_OPERATION) return unknown(call.resource);
  if (error.code === LOST_REPLY) return new TaskError(`${prefix}.SdkClientException`, error.message);
  const shapes = apiShapes(shape);
  const declared = shapes ? (operationOf(shapes, action)?.errors ?? []) : [];
  const withSuffix = (code: string) => (code.endsWith('Exception') ? code : `${code}Exception`);
  const isDeclared = declared.some((name) => withSuffix(name) === withSuffix(error.code));
  const name = isDeclared ? withSuffix(error.code) : `${optimized ? title : prefix}Exception`;
  // The SDK prints the code only of errors that it has no class for.
  const code = isDeclared ? '' : `, Error Code: ${error.code}`;
  const detail = `(Service: ${title}, Status Code: ${error.httpStatus}${code}, Request ID: ${requestId(call)})`;
  return new TaskError(`${prefix}.${name}`, `${error.message} ${detail}`);
}

/** The same for the same execution, so that a simulation of one seed has one trace. */
function requestId(call: TaskCall): string {
  const hex = Buffer.from(call.executionArn).toString('hex').slice(-32).padStart(32, '0');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

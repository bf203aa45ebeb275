import { type ChainLevel, compileChain } from '../../../../services/guardrails/evaluate.ts';
import { iamAction } from '../../../iam-action.ts';
import { callResource } from '../../authorization/action-names.ts';
import type { Authorizer } from '../../authorization/authorizer.ts';
import { trustsService } from '../../authorization/trust.ts';
import type { Dispatcher } from '../../dispatch.ts';
import { ORGANIZATION_COLLECTIONS } from '../../organization-tree.ts';
import { AwsError, type Caller, type RunFunction, type World } from '../../world.ts';
import { type AccountResource, getResource } from '../account-resources.ts';
import { getRole, parseRoleArn } from '../iam.ts';
import { sessionArn } from '../sts.ts';
import { runJob } from './node-runtime.ts';

export const FUNCTION_TYPE = 'AWS::Lambda::Function';
const SERVICES: Readonly<Record<string, string>> = {
  account: 'account',
  'config-service': 'config',
  ec2: 'ec2',
  iam: 'iam',
  's3-control': 's3control',
  sts: 'sts',
};

export type Calls = { dispatcher: Pick<Dispatcher, 'call'>; authorizer: Pick<Authorizer, 'assume'> };
type SdkCall = { client: string; operation: string; input: Record<string, unknown>; accessKeyId?: string };

/**
 * Lambda: runs the code that a template brought, as the function's role. What it calls passes the role's own policies
 * and the service control policies of its account.
 * @param calls known when the services are assembled
 */
export function functionRunner(world: World, calls: () => Calls): RunFunction {
  return (functionArn, event, receive) => {
    const found = findFunction(world, functionArn);
    if (!found) throw new AwsError('ResourceNotFoundException', `Function not found: ${functionArn}`, 404);
    const caller = functionCaller(world, found);
    const keys = new Map<string, Caller>();
    return runJob(jobOf(world, found, event), {
      aws: (text) => answer(() => sdkCall(world, calls(), keys, caller, JSON.parse(text) as SdkCall)),
      fetch: (_method, url, body) => receive(url, body),
    });
  };
}

export function findFunction(world: World, functionArn: string): AccountResource | undefined {
  const [, , service, region = '', accountId = '', kind, name = ''] = functionArn.split(':');
  if (service !== 'lambda' || kind !== 'function') return undefined;
  return getResource(world.store, accountId, region, FUNCTION_TYPE, name);
}

function functionCaller(world: World, { properties, accountId, region }: AccountResource): Caller {
  const principalArn = String(properties.Role);
  const parsed = parseRoleArn(principalArn);
  const role = parsed && getRole(world, parsed.accountId, parsed.roleName);
  if (!role || !trustsService(role.properties.AssumeRolePolicyDocument, 'lambda.amazonaws.com'))
    throw new AwsError(
      'AccessDeniedException',
      'The role defined for the function cannot be assumed by Lambda.',
    );
  return { accountId, region, principalArn };
}

function jobOf(
  world: World,
  { id, accountId, region, properties, attributes }: AccountResource,
  event: unknown,
) {
  const code = properties.Code as { ZipFile?: string };
  const environment = properties.Environment as { Variables?: Record<string, string> } | undefined;
  return {
    code: String(code.ZipFile),
    event,
    timeoutMs: Number(properties.Timeout ?? 3) * 1_000,
    environment: {
      AWS_REGION: region,
      AWS_LAMBDA_FUNCTION_NAME: id,
      ...environment?.Variables,
    },
    about: {
      functionName: id,
      invokedFunctionArn: String(attributes.Arn),
      awsRequestId: world.random.uuid(),
      accountId,
    },
  };
}

function answer(work: () => unknown): string {
  try {
    return JSON.stringify({ output: work() });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return JSON.stringify({ error: { name: error.code, message: error.message } });
  }
}

function sdkCall(
  world: World,
  { dispatcher, authorizer }: Calls,
  keys: Map<string, Caller>,
  own: Caller,
  { client, operation, input, accessKeyId }: SdkCall,
): unknown {
  const service = SERVICES[client];
  if (service === undefined) throw new Error(`the embedded AWS has no @aws-sdk/client-${client}`);
  const caller = accessKeyId === undefined ? own : keys.get(accessKeyId);
  if (!caller)
    throw new AwsError(
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    );
  const isAssume = service === 'sts' && operation === 'AssumeRole';
  const resource = isAssume ? String(input.RoleArn) : callResource(service, input, caller);
  checkIdentityPolicies(world, caller, iamAction(service, operation), resource);
  return isAssume
    ? assume(world, authorizer, keys, caller, input)
    : dispatcher.call(service, operation, input, caller);
}

function assume(
  world: World,
  authorizer: Calls['authorizer'],
  keys: Map<string, Caller>,
  caller: Caller,
  input: Record<string, unknown>,
) {
  const assumed = authorizer.assume(String(input.RoleArn), {
    principalArn: caller.principalArn,
    region: caller.region,
    ...(typeof input.ExternalId === 'string' ? { externalId: input.ExternalId } : {}),
  });
  const AccessKeyId = `ASIA${world.random.hex(16).toUpperCase()}`;
  keys.set(AccessKeyId, assumed);
  return {
    Credentials: {
      AccessKeyId,
      SecretAccessKey: world.random.hex(40),
      SessionToken: world.random.hex(64),
      Expiration: new Date(world.scheduler.now() + 3_600_000).toISOString(),
    },
  };
}

/** Stands for a call without a resource: only `Resource: "*"` matches it. */
const NO_RESOURCE = 'no-resource';
const ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';

/** What the role itself may do: its inline policies; of AWS's managed ones only AdministratorAccess is known. */
function checkIdentityPolicies(world: World, caller: Caller, action: string, resource?: string): void {
  const parsed = parseRoleArn(caller.principalArn);
  const role = parsed && getRole(world, parsed.accountId, parsed.roleName);
  const inline = (role?.properties.Policies ?? []) as { PolicyName: string; PolicyDocument: unknown }[];
  const managed = ((role?.properties.ManagedPolicyArns ?? []) as string[]).filter((arn) =>
    arn.endsWith('/AdministratorAccess'),
  );
  const policies = [
    ...inline.map(({ PolicyName, PolicyDocument }) => ({
      id: PolicyName,
      name: PolicyName,
      content: typeof PolicyDocument === 'string' ? PolicyDocument : JSON.stringify(PolicyDocument),
    })),
    ...managed.map((id) => ({ id, name: id, content: ALLOW_ALL })),
  ];
  const chain: ChainLevel[] = [{ targetId: caller.principalArn, policies }];
  const { organizationId } = world.landingZone;
  const { decision } = compileChain(chain)({
    action,
    resource: resource ?? NO_RESOURCE,
    principalArn: caller.principalArn,
    accountId: caller.accountId,
    region: caller.region,
    context: {
      'aws:PrincipalOrgID': organizationId,
      'aws:ResourceOrgID': resourceOrganization(world, resource ?? caller.principalArn),
    },
  });
  if (decision === 'allowed') return;
  const what = resource === undefined ? action : `${action} on resource: ${resource}`;
  throw new AwsError(
    'AccessDenied',
    `User: ${sessionArn(caller)} is not authorized to perform: ${what} because no identity-based policy allows the ${action} action`,
    403,
  );
}

function resourceOrganization(world: World, arn: string): string {
  const accountId = arn.split(':')[4] ?? '';
  const { managementAccountId, organizationId } = world.landingZone;
  const isOurs =
    accountId === managementAccountId ||
    world.store.get(ORGANIZATION_COLLECTIONS.accounts, accountId) !== undefined;
  return isOurs ? organizationId : 'o-someoneelse';
}

import type { Authorizer } from '../../infra/local/authorization/authorizer.ts';
import { trusts } from '../../infra/local/authorization/trust.ts';
import type { TaskBackend } from '../../infra/local/index.ts';
import { parseRoleArn } from '../../infra/local/services/iam.ts';
import { AwsError } from '../../infra/local/world.ts';
import { type Moto, MotoBroken } from './moto.ts';

/**
 * Whose calls moto answers. The rest stays with the embedded AWS: moto has no provisioning in Service Catalog, no
 * Control Tower and no Service Quotas of Organizations, and messages are answered by whoever reads the queue.
 */
const JUDGED = new Set([
  'organizations',
  'cloudformation',
  'config',
  'cloudtrail',
  'ec2',
  'iam',
  'sso-admin',
  'identitystore',
  'sts',
]);

/**
 * Stack sets stay with the embedded AWS too: moto rolls a service-managed one out to whole units, and forgets the name
 * of the operation.
 */
const isJudged = (service: string, action: string): boolean =>
  JUDGED.has(service) && !/StackSet|StackInstance/.test(action);

export type Call = { service: string; action: string; accountId: string; region: string };

/** @property before what has to be true on moto before it is asked: what the embedded Account Factory did since */
type Mixing = { moto: Moto; organizationId: string; before: () => void; calls: Call[] };

/** The embedded AWS with moto in the place of the services that moto has. */
export function mixedAws(
  embedded: TaskBackend,
  { moto, organizationId, before, calls }: Mixing,
): TaskBackend {
  return {
    dispatcher: {
      call(service, action, input, caller) {
        if (!isJudged(service, action)) return embedded.dispatcher.call(service, action, input, caller);
        before();
        calls.push({ service, action, accountId: caller.accountId, region: caller.region });
        const as = { roleArn: caller.principalArn, region: caller.region };
        return orInternalFailure(() => moto.call(service, action, (input ?? {}) as object, as));
      },
    },
    authorizer: {
      check: (caller, service, action, input) => embedded.authorizer.check(caller, service, action, input),
      assume(roleArn, by) {
        before();
        return assumeOnMoto(moto, organizationId, roleArn, by);
      },
    },
  };
}

/** What AWS says when it falls over; the oracle reports it besides. */
function orInternalFailure<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof MotoBroken) throw new AwsError('InternalFailure', error.message, 500);
    throw error;
  }
}

/**
 * moto assumes any role, even one that is not there. What AWS checks is checked here, on the role as moto has it: that
 * it exists, and that its trust document lets this principal in with this external id.
 */
function assumeOnMoto(
  moto: Moto,
  organizationId: string,
  roleArn: string,
  by: Parameters<Authorizer['assume']>[1],
): ReturnType<Authorizer['assume']> {
  const target = parseRoleArn(roleArn);
  const refused = () => new AwsError('AccessDenied', `${by.principalArn} may not assume ${roleArn}`, 403);
  if (!target) throw refused();
  const trust = trustOf(moto, target.accountId, target.roleName, by.region);
  const request = {
    principalArn: by.principalArn,
    organizationId,
    ...(by.externalId && { externalId: by.externalId }),
  };
  if (trust === undefined || !trusts(trust, request)) throw refused();
  const as = { roleArn, region: by.region, ...(by.externalId && { externalId: by.externalId }) };
  moto.call('sts', 'GetCallerIdentity', {}, as);
  return { accountId: target.accountId, region: by.region, principalArn: roleArn };
}

/** The trust document of a role as moto has it; undefined when it has no such role. */
export function trustOf(moto: Moto, accountId: string, roleName: string, region: string): unknown {
  const looker = { roleArn: lookerIn(accountId), region };
  try {
    const { Role } = moto.call('iam', 'GetRole', { RoleName: roleName }, looker);
    return JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument));
  } catch (error) {
    if (error instanceof AwsError && error.code === 'NoSuchEntityException') return undefined;
    throw error;
  }
}

/** With this role the oracle itself looks into an account; it changes nothing there. */
export const lookerIn = (accountId: string): string =>
  `arn:aws:iam::${accountId}:role/aws-controltower-ReadOnlyExecutionRole`;

import { AwsError } from '../../infra/local/world.ts';
import { createIdMap, type IdMap } from './id-map.ts';
import type { Credentials, SdkBridge } from './sdk-bridge.ts';

/** Who calls: a role, and through it an account, in a Region. Ids are ours. */
export type Principal = { roleArn: string; region: string; externalId?: string };

export type Moto = {
  ids: IdMap;
  /** Calls moto as this principal. @throws AwsError in AWS's words, MotoBroken when moto fell over */
  // biome-ignore lint/suspicious/noExplicitAny: answers of many operations; each caller knows its own
  call(service: string, action: string, input: object, as: Principal): any;
  /** What it answered to requests that it could not cope with. */
  readonly broken: readonly string[];
};

/** moto fell over: an answer that no AWS gives. */
export class MotoBroken extends Error {
  override readonly name = 'MotoBroken';
}

type Assumed = {
  Credentials: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string };
};

/** @param managementRoleArn with its rights every other role is assumed, across accounts, as Step Functions does it */
export function openMoto(bridge: SdkBridge, managementRoleArn: string): Moto {
  const ids = createIdMap();
  const broken: string[] = [];
  const sessions = new Map<string, Credentials>();

  function send(service: string, action: string, input: object, region: string, credentials: Credentials) {
    const answer = bridge.call({ service, action, input: ids.toMoto(input), region, credentials });
    if ('output' in answer) return ids.fromMoto(answer.output);
    if ('error' in answer) {
      const { code, message, status } = answer.error;
      throw new AwsError(code, ids.fromMoto(message), status);
    }
    broken.push(`${service}:${action}: ${answer.broken}`);
    throw new MotoBroken(`${service}:${action}: ${answer.broken}`);
  }

  function credentialsOf({ roleArn, region, externalId }: Principal): Credentials {
    const known = sessions.get(roleArn);
    if (known) return known;
    const isFirst = roleArn === managementRoleArn;
    const by = isFirst
      ? { accessKeyId: 'nobody', secretAccessKey: 'nobody' }
      : credentialsOf({ roleArn: managementRoleArn, region });
    const input = {
      RoleArn: roleArn,
      RoleSessionName: 'jetway',
      ...(externalId && { ExternalId: externalId }),
    };
    const { Credentials: made } = send('sts', 'AssumeRole', input, region, by) as Assumed;
    const session = {
      accessKeyId: made.AccessKeyId,
      secretAccessKey: made.SecretAccessKey,
      sessionToken: made.SessionToken,
    };
    sessions.set(roleArn, session);
    return session;
  }

  return {
    ids,
    broken,
    call: (service, action, input, as) => send(service, action, input, as.region, credentialsOf(as)),
  };
}

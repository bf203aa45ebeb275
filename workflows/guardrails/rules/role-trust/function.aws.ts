import { listOf } from './config-event.ts';
import { type ConfigCall, serveRule } from './serve-rule.ts';

/** Lambda's runtime brings the SDK; it is no dependency of ours. */
type Sdk = Record<string, new (input: object) => object>;
type Client = { send(command: object): Promise<Record<string, unknown>> };
declare const require: (name: string) => Sdk;
declare const process: { env: Record<string, string | undefined> };

function send(packageName: string, client: string, config: object): ConfigCall {
  const sdk = require(packageName);
  const Made = sdk[client];
  if (!Made) throw new Error(`${packageName} has no ${client}.`);
  const made = new Made(config) as Client;
  return async (operation, input) => {
    const Command = sdk[`${operation}Command`];
    if (!Command) throw new Error(`${packageName} has no ${operation}.`);
    return made.send(new Command(input));
  };
}

/**
 * The account's role for rules. Its name is ours, never the `executionRoleArn` of the event, which whoever made the
 * rule has written.
 */
async function enter(accountId: string): Promise<ConfigCall> {
  const { Credentials } = await send(
    '@aws-sdk/client-sts',
    'STSClient',
    {},
  )('AssumeRole', {
    RoleArn: `arn:${setting('PARTITION')}:iam::${accountId}:role/jetway-config-evaluator`,
    RoleSessionName: 'jetway-config-rules',
    ExternalId: setting('EXTERNAL_ID'),
  });
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials as Record<string, string>;
  return send('@aws-sdk/client-config-service', 'ConfigServiceClient', {
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
  });
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set.`);
  return value;
}

/** Entry point of the function. */
export const handler = (event: unknown): Promise<void> =>
  serveRule(event, {
    landing: {
      organizationId: setting('ORGANIZATION_ID'),
      organizationAccounts: listOf(setting('ORGANIZATION_ACCOUNTS'), 'ORGANIZATION_ACCOUNTS'),
    },
    enter,
  });

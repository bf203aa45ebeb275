import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { KMSClient } from '@aws-sdk/client-kms';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { firstSigns, localSigner } from './approvals/local-signer.ts';
import type { DecisionSigner } from './approvals/signer.port.ts';
import type { Config } from './config.ts';
import type { Secrets } from './kernel/secrets.node.ts';
import { observeClient } from './telemetry/observed-client.aws.ts';
import type { CallObserver } from './telemetry/tracing.port.ts';

export type AwsClients = ReturnType<typeof awsClients>;

/**
 * @param embedded the address of the embedded AWS, when this process runs it
 * @param calls told of every call; null: nobody follows them
 */
export function awsClients(config: Config, embedded: string | undefined, calls: CallObserver | null) {
  const endpoint = embedded ?? config.awsEndpointUrl ?? undefined;
  const settings = {
    region: config.region,
    ...(endpoint ? { endpoint } : {}),
    // The embedded AWS checks no signatures; on real AWS they are the role of this process.
    ...(config.realAws ? {} : { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
    maxAttempts: 5,
  };
  const clients = {
    sfn: new SFNClient(settings),
    events: new EventBridgeClient(settings),
    sqs: new SQSClient(settings),
  };
  for (const client of Object.values(clients)) observeClient(client, calls);
  return clients;
}

/** A key of KMS where one is named, in its own Region; decisions that the local key has signed stay valid. */
export async function openSigner(
  config: Config,
  secrets: Secrets,
  closers: (() => unknown)[],
  calls: CallObserver | null,
): Promise<DecisionSigner> {
  const [first, ...before] = config.approvalsKeys;
  if (first === undefined) return localSigner(secrets);
  const [{ KMSClient }, { kmsSigner, regionOfKey }] = await Promise.all([
    import('@aws-sdk/client-kms'),
    import('./approvals/signer.aws.ts'),
  ]);
  const clients = new Map<string, KMSClient>();
  closers.push(() => {
    for (const client of clients.values()) client.destroy();
  });
  const clientFor = (arn: string): KMSClient => {
    const region = regionOfKey(arn);
    // A decision waits for the key while others wait for the decision.
    const requestHandler = { connectionTimeout: 1_000, requestTimeout: 3_000 };
    const known = clients.get(region);
    if (known) return known;
    const client = new KMSClient({ region, maxAttempts: 2, requestHandler });
    observeClient(client, calls);
    clients.set(region, client);
    return client;
  };
  return firstSigns(
    kmsSigner(clientFor, [first, ...before], () => Date.now()),
    localSigner(secrets),
  );
}

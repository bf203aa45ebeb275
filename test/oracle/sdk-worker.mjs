// The AWS SDK's own clients, in a thread of their own (sdk-bridge.ts): their serialisation is part of the judgement.
// All are loaded before the first call: later the main thread sleeps, and loading would wait for it.
import { parentPort, workerData } from 'node:worker_threads';
import * as account from '@aws-sdk/client-account';
import * as budgets from '@aws-sdk/client-budgets';
import * as cloudformation from '@aws-sdk/client-cloudformation';
import * as cloudtrail from '@aws-sdk/client-cloudtrail';
import * as config from '@aws-sdk/client-config-service';
import * as ec2 from '@aws-sdk/client-ec2';
import * as events from '@aws-sdk/client-eventbridge';
import * as iam from '@aws-sdk/client-iam';
import * as identitystore from '@aws-sdk/client-identitystore';
import * as organizations from '@aws-sdk/client-organizations';
import * as s3 from '@aws-sdk/client-s3';
import * as s3control from '@aws-sdk/client-s3-control';
import * as states from '@aws-sdk/client-sfn';
import * as sqs from '@aws-sdk/client-sqs';
import * as ssoAdmin from '@aws-sdk/client-sso-admin';
import * as sts from '@aws-sdk/client-sts';
import { namedEndpoint, toOneHost } from './one-host.cjs';

/** By the name of the service's file in infra/api-shapes. */
const CLIENTS = {
  account: [account, account.AccountClient],
  budgets: [budgets, budgets.BudgetsClient],
  cloudformation: [cloudformation, cloudformation.CloudFormationClient],
  cloudtrail: [cloudtrail, cloudtrail.CloudTrailClient],
  config: [config, config.ConfigServiceClient],
  ec2: [ec2, ec2.EC2Client],
  events: [events, events.EventBridgeClient],
  iam: [iam, iam.IAMClient],
  identitystore: [identitystore, identitystore.IdentitystoreClient],
  organizations: [organizations, organizations.OrganizationsClient],
  s3: [s3, s3.S3Client],
  s3control: [s3control, s3control.S3ControlClient],
  sqs: [sqs, sqs.SQSClient],
  'sso-admin': [ssoAdmin, ssoAdmin.SSOAdminClient],
  states: [states, states.SFNClient],
  sts: [sts, sts.STSClient],
};

const { signal, url } = workerData;
const open = new Map();

async function send({ service, action, input, region, credentials }) {
  const [module, Client] = CLIENTS[service] ?? [];
  const Command = module?.[`${action}Command`];
  if (!Command) return { broken: `the oracle has no client for ${service}:${action}` };
  const key = [service, region, credentials.accessKeyId].join(' ');
  const client = open.get(key) ?? make(service, Client, { region, credentials });
  open.set(key, client);
  try {
    const { $metadata, ...output } = await client.send(new Command(input));
    return { output: JSON.parse(JSON.stringify(output)) };
  } catch (error) {
    return failure(error);
  }
}

function make(service, Client, options) {
  const common = { ...options, maxAttempts: 1, forcePathStyle: true };
  if (service !== 's3control') return new Client({ ...common, endpoint: url });
  return toOneHost(new Client({ ...common, endpoint: namedEndpoint(url) }), url);
}

/** What AWS would answer has a fault; anything else is a moto that broke. */
function failure({ name, message, $metadata, $fault }) {
  const status = $metadata?.httpStatusCode ?? 0;
  if ($fault === undefined || status >= 500) return { broken: `${name}: ${message} (HTTP ${status})` };
  return { error: { code: name, message, status } };
}

parentPort.on('message', async ({ call, reply }) => {
  reply.postMessage(await send(call).catch((error) => ({ broken: String(error) })));
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
});
parentPort.postMessage('ready');

import { type CustomResource, type ResourceEvent, serve } from './custom-resource.ts';

/** Lambda's runtime brings the SDK; it is no dependency of ours. */
type Sdk = Record<string, new (input: object) => object>;
type Client = { send(command: object): Promise<Record<string, unknown>> };
declare const require: (name: string) => Sdk;

const CLIENTS: Record<string, string> = {
  iam: 'IAMClient',
  ec2: 'EC2Client',
  's3-control': 'S3ControlClient',
  account: 'AccountClient',
};

const clients = new Map<string, Client>();

function clientOf(service: string, sdk: Sdk): Client {
  const known = clients.get(service);
  if (known) return known;
  const Made = sdk[CLIENTS[service] ?? ''];
  if (!Made) throw new Error(`There is no client for ${service}.`);
  const client = new Made({}) as Client;
  clients.set(service, client);
  return client;
}

async function call(service: string, operation: string, input: Record<string, unknown>) {
  const sdk = require(`@aws-sdk/client-${service}`);
  const Command = sdk[`${operation}Command`];
  if (!Command) throw new Error(`${service} has no ${operation}.`);
  return clientOf(service, sdk).send(new Command(input));
}

/** The URL is signed for an empty content type; bytes have none. */
async function respond(url: string, body: string): Promise<void> {
  const answer = await fetch(url, { method: 'PUT', body: new TextEncoder().encode(body) });
  if (!answer.ok) throw new Error(`The response URL answered ${answer.status}.`);
}

/** The handler of a function that makes this resource. */
export const functionFor =
  (resource: CustomResource) =>
  (event: ResourceEvent, context: { getRemainingTimeInMillis(): number }): Promise<void> =>
    serve(resource, event, {
      call,
      respond,
      sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
      log: (line) => console.log(line),
      remainingMs: context.getRemainingTimeInMillis(),
    });

import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SFNClient } from '@aws-sdk/client-sfn';
import * as sfnErrors from '@aws-sdk/client-sfn';
import { LOST_REPLY } from '../../infra/local/dispatch.ts';
import type { LocalAws } from '../../infra/local/index.ts';
import { AwsError } from '../../infra/local/world.ts';
import type { Owner, Turns } from './turns.ts';

/** Calls the embedded AWS as a process of the service does: when it is its turn, and with errors as the SDK throws them. */
export type Caller = (service: string, action: string, input: unknown) => Promise<unknown>;

export const gatedCaller =
  (aws: LocalAws, turns: Turns, owner: Owner): Caller =>
  (service, action, input) =>
    turns.take(owner, 'aws', `${service}:${action}`, () => {
      try {
        return aws.dispatcher.call(service, action, input, aws.caller);
      } catch (error) {
        throw sdkError(error);
      }
    });

/** The classes that the courier tells apart by `instanceof`. */
function sdkError(error: unknown): unknown {
  if (!(error instanceof AwsError)) return error;
  if (error.code === LOST_REPLY) return Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
  const Known = (sfnErrors as unknown as Record<string, new (o: object) => Error>)[error.code];
  if (Known && Known.prototype instanceof sfnErrors.SFNServiceException)
    return new Known({ message: error.message, $metadata: { httpStatusCode: error.httpStatus } });
  return Object.assign(new Error(error.message), { name: error.code });
}

type Command = { readonly input: object; readonly constructor: { readonly name: string } };

/** What the courier needs of an SDK client: `send`. A command's name says what it asks for. */
export function sdkClients(call: Caller) {
  const client = (service: string) => ({
    send: (command: Command) =>
      call(service, command.constructor.name.replace(/Command$/, ''), wire(command.input)),
  });
  return {
    sfn: client('stepfunctions') as unknown as SFNClient,
    events: client('events') as unknown as EventBridgeClient,
  };
}

/** As it would go over the wire: no `undefined`, times as seconds. */
const wire = (input: object): unknown =>
  JSON.parse(
    JSON.stringify(input, function (key, value) {
      const given = (this as Record<string, unknown>)[key];
      return given instanceof Date ? given.getTime() / 1000 : value;
    }),
  );

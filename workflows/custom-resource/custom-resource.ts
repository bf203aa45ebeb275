import { type AwsCall, errorText, patient, type Sleep } from './aws-call.ts';

/** What CloudFormation asks of a custom resource's function. */
export type ResourceEvent = {
  RequestType: 'Create' | 'Update' | 'Delete';
  ResponseURL: string;
  StackId: string;
  RequestId: string;
  LogicalResourceId: string;
  PhysicalResourceId?: string;
  ResourceProperties: Record<string, unknown>;
};

/** What it is answered, at the response URL; 4,096 bytes at most. */
export type ResourceResponse = {
  Status: 'SUCCESS' | 'FAILED';
  Reason: string;
  PhysicalResourceId: string;
  StackId: string;
  RequestId: string;
  LogicalResourceId: string;
  Data: Record<string, string>;
};

export type Deps = {
  call: AwsCall;
  sleep: Sleep;
  /** Puts the answer to the response URL. Rejects when that failed. */
  respond: (url: string, body: string) => Promise<void>;
  log: (line: string) => void;
  /** Until Lambda ends the function. */
  remainingMs: number;
};

export type Outcome = Pick<ResourceResponse, 'Status' | 'Reason' | 'Data'>;

/** What a resource is and how it is made. */
export type CustomResource = {
  /** Another id than before makes CloudFormation delete the resource "before". */
  idOf: (event: ResourceEvent) => string;
  /** Makes it, changes it or lets it go; what AWS refuses in passing is asked again by `call`. */
  work: (event: ResourceEvent, aws: Pick<Deps, 'call' | 'sleep'>) => Promise<Outcome>;
};

/** Time for the answer itself. */
const RESERVE_MS = 10_000;
const SEND_AGAIN_MS = [500, 1_000, 2_000];
/** Three bytes a character at most, beside the rest of the answer. */
const LONGEST_REASON = 900;

/**
 * Serves one event. An answer is always sent: a stack that gets none waits for an hour. Rejects only when the answer
 * could not be sent; then Lambda runs the event again.
 */
export async function serve(resource: CustomResource, event: ResourceEvent, deps: Deps): Promise<void> {
  const timeUp = deps
    .sleep(Math.max(0, deps.remainingMs - RESERVE_MS))
    .then(() => failed('The time of the function was up before AWS had confirmed everything.'));
  const call = patient(deps.call, deps.sleep);
  const outcome = await Promise.race([
    resource.work(event, { call, sleep: deps.sleep }).catch((error: unknown) => failed(errorText(error))),
    timeUp,
  ]);
  deps.log(JSON.stringify({ request: event.RequestType, ...outcome }));
  await send(resource.idOf(event), event, outcome, deps);
}

export const failed = (reason: string): Outcome => ({ Status: 'FAILED', Reason: reason, Data: {} });
export const succeeded = (reason: string, data: Record<string, string>): Outcome => ({
  Status: 'SUCCESS',
  Reason: reason,
  Data: data,
});

/** Where the stack is. */
export function placeOf({ StackId }: ResourceEvent): { accountId: string; region: string } {
  const [, , , region = '', accountId = ''] = StackId.split(':');
  return { accountId, region };
}

async function send(id: string, event: ResourceEvent, outcome: Outcome, deps: Deps): Promise<void> {
  const response: ResourceResponse = {
    ...outcome,
    Reason: outcome.Reason.slice(0, LONGEST_REASON),
    PhysicalResourceId: id,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  };
  const body = JSON.stringify(response);
  for (const pause of SEND_AGAIN_MS) {
    try {
      return await deps.respond(event.ResponseURL, body);
    } catch (error) {
      deps.log(`The answer could not be sent: ${errorText(error)}`);
      await deps.sleep(pause);
    }
  }
  await deps.respond(event.ResponseURL, body);
}

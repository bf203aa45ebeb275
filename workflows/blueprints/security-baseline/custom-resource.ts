import { applySettings } from './apply.ts';
import { type AwsCall, errorText, patient, type Sleep } from './aws-call.ts';
import { settingsOf } from './settings.ts';

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

type Outcome = Pick<ResourceResponse, 'Status' | 'Reason' | 'Data'>;

/** Time for the answer itself. */
const RESERVE_MS = 10_000;
const SEND_AGAIN_MS = [500, 1_000, 2_000];
/** Three bytes a character at most, beside the rest of the answer. */
const LONGEST_REASON = 900;

/**
 * Serves one event. An answer is always sent: a stack that gets none waits for an hour. Rejects only when the answer
 * could not be sent; then Lambda runs the event again.
 */
export async function serve(event: ResourceEvent, deps: Deps): Promise<void> {
  const timeUp = deps
    .sleep(Math.max(0, deps.remainingMs - RESERVE_MS))
    .then(() => failed(`The time of the function was up before AWS had confirmed every setting.`));
  const outcome = await Promise.race([
    work(event, deps).catch((error: unknown) => failed(errorText(error))),
    timeUp,
  ]);
  deps.log(JSON.stringify({ request: event.RequestType, ...outcome }));
  await send(event, outcome, deps);
}

const failed = (reason: string): Outcome => ({ Status: 'FAILED', Reason: reason, Data: {} });
const succeeded = (reason: string, verified: string[]): Outcome => ({
  Status: 'SUCCESS',
  Reason: reason,
  Data: { Verified: verified.join(', ') },
});

async function work(event: ResourceEvent, { call, sleep }: Deps): Promise<Outcome> {
  // Taking the stack away must not weaken the account.
  if (event.RequestType === 'Delete')
    return succeeded('The settings of the account are left as they are.', []);
  const settings = settingsOf(event.ResourceProperties ?? {}, placeOf(event).accountId);
  const { verified, failures } = await applySettings(settings, patient(call, sleep), sleep);
  if (failures.length === 0) return succeeded(`Set and read back: ${verified.join(', ')}.`, verified);
  const done = verified.length > 0 ? ` Set and read back: ${verified.join(', ')}.` : '';
  return failed(`${failures.join('; ')}.${done}`);
}

function placeOf({ StackId }: ResourceEvent): { accountId: string; region: string } {
  const [, , , region = '', accountId = ''] = StackId.split(':');
  return { accountId, region };
}

async function send(event: ResourceEvent, outcome: Outcome, deps: Deps): Promise<void> {
  const { accountId, region } = placeOf(event);
  const response: ResourceResponse = {
    ...outcome,
    Reason: outcome.Reason.slice(0, LONGEST_REASON),
    // Another id would make CloudFormation delete the resource "before".
    PhysicalResourceId: event.PhysicalResourceId ?? `account-settings-${accountId}-${region}`,
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

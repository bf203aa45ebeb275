/** One call of AWS: the service and operation as the SDK names them, and the SDK's input and output. */
export type AwsCall = (
  service: string,
  operation: string,
  input: Record<string, unknown>,
) => Promise<Record<string, unknown>>;

/** Waits; an argument, so that specs take no time. */
export type Sleep = (ms: number) => Promise<void>;

/**
 * What passes by itself. In an account that is minutes old a role is not known everywhere (refusals), and services
 * are not subscribed yet.
 */
const PASSING =
  /^(Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ServiceUnavailable|InternalFail|InternalServerError|AccessDenied|UnauthorizedOperation|InvalidClientTokenId|UnrecognizedClient|OptInRequired|PendingVerification|SubscriptionRequired)/;

/** About half a minute in all. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 16_000];

/** The name that the SDK gives an error: AWS's code. */
export const errorName = (error: unknown): string => (error instanceof Error ? error.name : String(error));

/** AWS's own words, with the operation that they answer. */
export const errorText = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/** Repeats a call that AWS refuses for a reason that passes. Throws what AWS said last. */
export function patient(call: AwsCall, sleep: Sleep): AwsCall {
  return async (service, operation, input) => {
    for (const pause of PAUSES_MS) {
      try {
        return await call(service, operation, input);
      } catch (error) {
        if (!PASSING.test(errorName(error))) throw error;
        await sleep(pause);
      }
    }
    return call(service, operation, input);
  };
}

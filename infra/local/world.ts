import type { Scheduler } from './scheduler.ts';
import type { Store } from './store.ts';

/** Who calls, and from where. The embedded AWS has no signatures: the wire's caller is the management account. */
export type Caller = { accountId: string; region: string; principalArn: string };

/**
 * An error as AWS answers it. `code` is AWS's own name (`ResourceNotFoundException`); the message is what a person
 * reads. @param httpStatus 400 for the caller's fault, 429 throttled, 500 ours, 501 unknown operation.
 */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  constructor(
    readonly code: string,
    message: string,
    readonly httpStatus = 400,
  ) {
    super(message);
  }
}

/** One operation: synchronous, runs inside a store transaction, throws AwsError. Input is already shape-checked. */
// biome-ignore lint/suspicious/noExplicitAny: the shape validator has checked the input against the API model
export type Operation = (input: any, caller: Caller) => unknown;

/** One AWS service. `shape` names its file in infra/api-shapes (without .json). */
export type ServiceModule = {
  readonly shape: string;
  readonly operations: Readonly<Record<string, Operation>>;
};

/** An EventBridge envelope, as AWS delivers it. */
export type AwsEvent = {
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  time: string;
  region: string;
  resources: string[];
  detail: Record<string, unknown>;
};

/** What every service of the embedded AWS is built from. */
export interface World {
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly landingZone: LandingZone;
  readonly random: Random;
  /** Reads a published artifact (`<sha256>.template.json`); undefined when there is none. */
  readonly artifact: (fileName: string) => string | undefined;
  /** Puts an AWS service event on the default bus of the account it names; fills in id, version and time. */
  readonly emit: (event: Omit<AwsEvent, 'version' | 'id' | 'time'> & { time?: string }) => void;
  /** Lambda; absent in a world that has none. */
  readonly runFunction?: RunFunction;
}

/**
 * Runs a function to its end, inside the transaction of whoever asks. `receive` gets what it puts to URLs and answers
 * with the HTTP status.
 * @throws AwsError when there is no such function, or Lambda cannot take its role
 */
export type RunFunction = (
  functionArn: string,
  event: unknown,
  receive: (url: string, body: string) => number,
) => { error?: { name: string; message: string }; elapsedMs: number; log: string[] };

/** Randomness as an argument, so that the simulator can seed it. */
export interface Random {
  uuid(): string;
  /** Lower-case hexadecimal digits. */
  hex(digits: number): string;
  /** A whole number in [0, below). */
  below(below: number): number;
}

/** Fixed identities of the landing zone (see landing-zone.ts for the example one). */
export type LandingZone = {
  managementAccountId: string;
  logArchiveAccountId: string;
  auditAccountId: string;
  organizationId: string;
  rootId: string;
  homeRegion: string;
  governedRegions: string[];
};

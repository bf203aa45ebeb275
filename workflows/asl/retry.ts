import type { Retrier } from './definition.ts';
import { SERVICES, type Service, undeclared } from './services.ts';

/** What each service says when the same call may work a moment later. */
const PASSING: Record<Service, readonly string[]> = {
  organizations: ['TooManyRequestsException', 'ServiceException'],
  servicecatalog: [],
  controltower: ['ThrottlingException', 'InternalServerException'],
  controlcatalog: ['ThrottlingException', 'InternalServerException'],
  servicequotas: ['TooManyRequestsException', 'ServiceException'],
  ssoadmin: ['ThrottlingException', 'InternalServerException'],
  identitystore: ['ThrottlingException', 'InternalServerException'],
  cloudformation: [],
  config: [],
  cloudtrail: [],
  iam: ['ServiceFailureException'],
  ec2: [],
};

type Patience = { attempts: number; longestSeconds: number };
const PATIENT: Patience = { attempts: 8, longestSeconds: 60 };
/** For what must be: the fence, and the word that an account is in quarantine. */
export const STUBBORN: Patience = { attempts: 60, longestSeconds: 120 };

const backoff = (errors: readonly string[], patience: Patience): Retrier => ({
  ErrorEquals: errors,
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxAttempts: patience.attempts,
  MaxDelaySeconds: patience.longestSeconds,
  JitterStrategy: 'FULL',
});

/**
 * Retries throttling and passing faults of one service. An undeclared error is retried too: most services do not
 * declare their throttling.
 *
 * @param also further error codes of this operation that pass by themselves
 */
export const whilePassing = (
  service: Service,
  also: readonly string[] = [],
  patience: Patience = PATIENT,
): Retrier[] => [
  backoff(
    [
      ...[...PASSING[service], ...also].map((code) => `${SERVICES[service].errors}.${code}`),
      undeclared(service),
      `${SERVICES[service].errors}.SdkClientException`,
      'States.Timeout',
    ],
    patience,
  ),
];

/**
 * Retries in another account: a fresh account's role cannot be assumed at once, and Step Functions has no name of its
 * own for that, so everything is retried except what the state catches by name.
 */
export const whileRoleSpreads = (caught: readonly string[] = []): Retrier[] => [
  ...(caught.length > 0 ? [{ ErrorEquals: caught, MaxAttempts: 0 }] : []),
  backoff(['States.TaskFailed', 'States.Timeout'], PATIENT),
];

/** Retries a message to the inbox. States.TaskFailed never includes the States.Timeout of an ask nobody answered. */
export const whileQueueFails = (patience: Patience = PATIENT): Retrier[] => [
  backoff(['States.TaskFailed'], patience),
];

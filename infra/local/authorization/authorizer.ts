import type { Caller } from '../world.ts';

/** Who may do what in the embedded AWS: trust of roles and service control policies. */
export interface Authorizer {
  /**
   * `sts:AssumeRole`, as Step Functions does it for `Credentials`. Returns the caller that the role makes.
   * @throws AwsError `AccessDenied` when the role is not there or does not trust `by`.
   */
  assume(roleArn: string, by: { principalArn: string; externalId?: string; region: string }): Caller;
  /**
   * Service control policies of the caller's account against one call. `service` is the name of the api-shapes file.
   * @throws AwsError `AccessDeniedException` when a policy denies it.
   */
  check(caller: Caller, service: string, action: string, input: unknown): void;
}

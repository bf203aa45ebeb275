import type { FieldError } from '../kernel/errors.ts';
import { delegationProblems } from './delegation-problems.ts';
import { endpointProblems } from './endpoint-problems.ts';
import { landingZoneProblems } from './landing-zone-problems.ts';
import { peopleProblems } from './people-problems.ts';
import { policyProblems } from './policy-problems.ts';
import type { Refuse, ValidationContext } from './refuse.ts';
import type { Settings } from './settings.schema.ts';

/**
 * Everything that speaks against a document as a whole, at once; the schema has seen to the shape of its parts. Empty when
 * it may come into force.
 */
export function settingsProblems(after: Settings, context: ValidationContext): FieldError[] {
  const errors: FieldError[] = [];
  const refuse: Refuse = (pointer, message) => void errors.push({ pointer, message });
  policyProblems(after, refuse);
  peopleProblems(after, refuse);
  delegationProblems(after, context, refuse);
  endpointProblems(after, context.checkEndpoint, refuse);
  landingZoneProblems(after, refuse);
  return errors;
}

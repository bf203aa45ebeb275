import { type FieldError, invalid } from '../kernel/errors.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import type { AccountChangeBody } from './account-change.schema.ts';

/** Members of the contract that nothing can carry out yet. */
const NOT_YET = ['rename', 'organizationalUnitId', 'access', 'owner', 'team', 'tags'] as const;

/** The request that the account would be made by today. @throws Problem invalid for what is not available yet */
export function changedRequest(made: AccountRequest, change: AccountChangeBody): AccountRequest {
  const errors: FieldError[] = NOT_YET.filter((name) => change[name] !== undefined).map((name) => ({
    pointer: `/${name}`,
    message:
      'is not available in this version: only blueprint, guardrails and trafficMirroring can be changed',
  }));
  if (errors.length > 0) throw invalid(errors);
  const { blueprint, guardrails, trafficMirroring } = change;
  // How long the account was wanted for was a matter of its making.
  const { expiresAt: _, ...request } = made;
  return {
    ...request,
    ...(blueprint === undefined ? {} : { blueprint: changedBlueprint(made.blueprint, blueprint) }),
    ...(guardrails === undefined ? {} : { guardrails }),
    ...(trafficMirroring === undefined ? {} : { trafficMirroring }),
  };
}

/** Parameters that are not said stay, as long as it is the same blueprint that they are for. */
function changedBlueprint(
  made: AccountRequest['blueprint'],
  { name, parameters }: NonNullable<AccountChangeBody['blueprint']>,
): AccountRequest['blueprint'] {
  return { name, parameters: parameters ?? (name === made.name ? made.parameters : {}) };
}

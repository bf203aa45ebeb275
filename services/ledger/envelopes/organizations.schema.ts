import { z } from 'zod';
import { apiCall, serviceEvent } from './cloudtrail.schema.ts';
import { AccountId, Instant, Name, Words } from './common.schema.ts';

export const CreateAccountResult = serviceEvent(
  ['CreateAccountResult'],
  z.object({
    createAccountStatus: z.object({
      id: Name,
      state: Name,
      accountId: AccountId.optional(),
      failureReason: Name.optional(),
      completedTimestamp: Instant.optional(),
    }),
  }),
);

export const CloseAccountResult = serviceEvent(
  ['CloseAccountResult'],
  z.object({
    closeAccountStatus: z.object({
      accountId: AccountId,
      state: Name,
      failureReason: Name.optional(),
      completedTimestamp: Instant,
    }),
  }),
);

/** Names and the two members are documented; where the time's form is another, the envelope's has to do. */
const When = Instant.optional().catch(undefined);

export const AccountJoined = serviceEvent(
  ['AccountJoinedOrganization'],
  z.object({ accountId: AccountId, joinedMethod: Name, joinedTime: When }),
);

export const AccountDeparted = serviceEvent(
  ['AccountDepartedOrganization'],
  z.object({ accountId: AccountId, departedMethod: Name, departedTime: When }),
);

export const PolicyValidation = serviceEvent(
  ['EffectivePolicyValidation'],
  z.object({
    accountId: AccountId,
    policyType: Name,
    state: Name,
    requestTimestamp: When,
    validationErrors: z
      .array(
        z.object({
          errorCode: Name,
          errorMessage: Words.optional(),
          pathToError: Words.optional(),
          contributingPolicies: z.array(Name).max(50).optional(),
        }),
      )
      .max(50)
      .optional(),
  }),
);

export const CallDetail = apiCall(
  [
    'AttachPolicy',
    'CloseAccount',
    'CreateAccount',
    'CreateOrganizationalUnit',
    'CreatePolicy',
    'DeleteOrganizationalUnit',
    'DeletePolicy',
    'DetachPolicy',
    'DisablePolicyType',
    'EnablePolicyType',
    'InviteAccountToOrganization',
    'MoveAccount',
    'RemoveAccountFromOrganization',
    'UpdateOrganizationalUnit',
    'UpdatePolicy',
  ],
  z
    .object({
      accountId: AccountId.optional(),
      targetId: Name.optional(),
      policyId: Name.optional(),
      policyType: Name.optional(),
      organizationalUnitId: Name.optional(),
      parentId: Name.optional(),
      sourceParentId: Name.optional(),
      destinationParentId: Name.optional(),
      name: z.string().max(256).optional(),
    })
    .nullish(),
  z
    .object({
      createAccountStatus: z.object({ id: Name, state: Name }).optional(),
      organizationalUnit: z.object({ id: Name }).optional(),
      policy: z.object({ policySummary: z.object({ id: Name }) }).optional(),
    })
    .nullish()
    // Of what answers in another shape, only the call itself counts.
    .catch(undefined),
);

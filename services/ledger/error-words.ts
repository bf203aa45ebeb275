/** What a failure says to a person, by the code, the error or the step that the workflow named. */
export type Advice = { title: string; nextAction: string };

const RESUME = 'then resume the request';

/** By the name of an error that `account-vending` raises itself; what AWS raises has the words of its step. */
export const ACCOUNT_ERRORS: Record<string, Advice> = {
  ProvisioningFailed: {
    title: 'Service Catalog did not make the account',
    nextAction: `Read the reason. When a failed provisioned product is left without an account, terminate it in Service Catalog; ${RESUME}.`,
  },
  ProvisioningTimedOut: {
    title: 'Service Catalog has not ended after four hours',
    nextAction: `Look at the record in Service Catalog and wait for its end, or terminate the product; ${RESUME}.`,
  },
  ProvisionedProductNotAvailable: {
    title: 'The provisioned product is not available',
    nextAction: 'Resume the request: the product is updated with the same parameters.',
  },
  ProvisionedProductNotFound: {
    title: 'The account exists, but Service Catalog has no product for it',
    nextAction: `Find out who made the account with this address. Enrol it with the product of the detail, or give the account another address; ${RESUME}.`,
  },
  AccountMismatch: {
    title: 'Service Catalog names an account that has another address',
    nextAction: `The account was not touched. Correct the provisioned product in Service Catalog; ${RESUME}.`,
  },
  ReservedAccount: {
    title: 'An account of the landing zone itself was named as the new one',
    nextAction: `Nothing was attached to it. Find out in Service Catalog and CloudTrail how this account came to be named, and correct the provisioned product; ${RESUME}.`,
  },
  WrongOrganizationalUnit: {
    title: 'The account is not in its organizational unit',
    nextAction: 'Resume the request: it is enrolled again into the unit of the plan.',
  },
  FenceNotConfirmed: {
    title: 'The account exists, but its quarantine policy could not be confirmed',
    nextAction: `Check the service control policies of the account: one may take the place of another. Then resume the request.`,
  },
  StackFailed: {
    title: 'A stack of the account could not be made',
    nextAction: `The account is fenced. Mend what the detail names, ${RESUME}: what is there is left alone.`,
  },
  StackSetFailed: {
    title: 'A stack set could not bring the account up in another Region',
    nextAction: `The account is fenced. Mend what the detail names in the Region that it names, ${RESUME}.`,
  },
  NotConfirmed: {
    title: 'What Control Tower manages does not work in the account',
    nextAction: `The account is fenced. Repair the landing zone, or the account in it, in Control Tower; ${RESUME}.`,
  },
  PolicyNotFound: {
    title: 'A guardrail policy does not stay',
    nextAction: `Find out in CloudTrail who deletes policies named jetway-guardrails-*; ${RESUME}.`,
  },
  PolicyContentDiffers: {
    title: 'A policy with the name of a guardrail policy has another content',
    nextAction: `Rename or delete the policy of the detail: its name is the digest of what was approved. Then resume the request.`,
  },
  GuardrailNotConfirmed: {
    title: 'A guardrail policy is not attached to the account',
    nextAction: `Find out in CloudTrail who detached it; ${RESUME}: it is attached again.`,
  },
  RuleNotConfirmed: {
    title: 'A Config rule is not active in the account',
    nextAction: `Look at the rule and at the recorder in AWS Config of the account; ${RESUME}.`,
  },
  InheritedControlMissing: {
    title: 'A control that the account was to inherit is not enforced',
    nextAction: `Enable the control on the organizational unit in Control Tower, or mend its failed operation; ${RESUME}.`,
  },
  StackDiffers: {
    title: 'A stack is not as the plan says',
    nextAction: `The account is fenced. Find out in CloudTrail who changed the stack, and update it back to the template and the parameters of the plan; ${RESUME}.`,
  },
  StackOutputDiffers: {
    title: 'A stack says something else than the plan',
    nextAction: `The account is fenced. What the stack made is not what was planned: find out in CloudTrail who changed it, and mend the stack or its template; ${RESUME}.`,
  },
  InstanceDiffers: {
    title: 'A Region does not have what the plan says',
    nextAction: `Look at the stack set of the detail in CloudFormation and mend the Region that it names; ${RESUME}.`,
  },
  UnplannedVpc: {
    title: 'The account has a VPC that nobody planned',
    nextAction: `Delete the VPC of the detail in the account, ${RESUME}. When Account Factory made it, set its network configuration in Control Tower to no Region, so that the next account has none.`,
  },
  RoleTrustDiffers: {
    title: 'A role lets in others than the plan says',
    nextAction: `The account is fenced. Find out in CloudTrail who changed the trust of the role, set it back to what the plan says, ${RESUME}.`,
  },
  FenceNotLifted: {
    title: 'The quarantine policy could not be lifted',
    nextAction: 'Resume the request; the account stays fenced until then.',
  },
  GroupNotMade: {
    title: 'A group could not be made',
    nextAction: `The account is fenced again. Look for the group in Identity Center; ${RESUME}.`,
  },
  PermissionSetNotMade: {
    title: 'A permission set could not be made',
    nextAction: `The account is fenced again. Look for the permission set in Identity Center; ${RESUME}.`,
  },
  PolicyNotAttached: {
    title: 'A permission set lacks one of its policies',
    nextAction: `The account is fenced again. Attach the policy of the detail in Identity Center, ${RESUME}.`,
  },
  InlinePolicyDiffers: {
    title: 'A permission set has another inline policy than was planned',
    nextAction: `The account is fenced again. All accounts share the set: find out in CloudTrail who changed it and put the policy of the plan back in Identity Center, ${RESUME}.`,
  },
  AssignmentFailed: {
    title: 'People could not be given access',
    nextAction: `The account is fenced again. Check the group and the permission set in Identity Center, ${RESUME}.`,
  },
};

/** A change of an account puts up no fence. */
const unfenced = (errors: readonly string[]): Record<string, Advice> =>
  Object.fromEntries(
    errors.map((error) => {
      const { title, nextAction } = ACCOUNT_ERRORS[error] as Advice;
      return [error, { title, nextAction: nextAction.replace(/The account is fenced\. /, '') }];
    }),
  );

/** What both machines build and read back. */
const SHARED = [
  'StackSetFailed',
  'NotConfirmed',
  'PolicyNotFound',
  'PolicyContentDiffers',
  'GuardrailNotConfirmed',
  'RuleNotConfirmed',
  'InheritedControlMissing',
  'StackDiffers',
  'StackOutputDiffers',
  'InstanceDiffers',
  'RoleTrustDiffers',
];

/** By the name of an error that `account-change` raises itself; it builds and reads back as a vend does. */
export const ACCOUNT_CHANGE_ERRORS: Record<string, Advice> = {
  ...unfenced(SHARED),
  StackFailed: {
    title: 'A stack could not be changed and went back to what it was',
    nextAction: `Mend what the detail names, ${RESUME}; or cancel it, which gives the change up as it stands.`,
  },
  StackNotReady: {
    title: 'A stack is missing, or in a state that cannot be updated',
    nextAction: `Bring the stack of the detail into order in CloudFormation of the account, ${RESUME}.`,
  },
  ChangeSetFailed: {
    title: 'CloudFormation could not make a change set',
    nextAction: `Mend what the detail names, ${RESUME}; or cancel it, which gives the change up as it stands.`,
  },
  ChangeNotAnnounced: {
    title: 'CloudFormation would replace or remove something that the plan does not say',
    nextAction:
      'That stack was not touched. Cancel the request, which gives the change up as it stands; announce the replacement in the component (`upgrades`) and ask again.',
  },
  StackNotDeleted: {
    title: 'A stack that is no longer planned could not be deleted',
    nextAction: `Empty or keep what the detail names in the account, ${RESUME}.`,
  },
};

/** By the name of an error that `organizational-unit-change` raises itself. */
export const UNIT_CHANGE_ERRORS: Record<string, Advice> = {
  ControlOperationFailed: {
    title: 'Control Tower could not change a control',
    nextAction: `Controls before it are changed, those after it are not. Mend what Control Tower says of it, ${RESUME}: it goes on with this control.`,
  },
  ControlOperationTimedOut: {
    title: 'Control Tower has not ended the change of a control',
    nextAction: `Look at the operation in Control Tower and wait for its end, ${RESUME}.`,
  },
  ControlNotConfirmed: {
    title: 'Control Tower does not list the control as it was changed',
    nextAction: `Look at the control of the unit in Control Tower, ${RESUME}.`,
  },
  ChangeNotConfirmed: {
    title: 'The controls could not be confirmed after the change',
    nextAction: `Look at the controls of the unit in Control Tower. Mend what the detail names, ${RESUME}.`,
  },
};

import { ACCOUNT_CHANGE_ERRORS, ACCOUNT_ERRORS, type Advice, UNIT_CHANGE_ERRORS } from './error-words.ts';

export type FailureWords = {
  /** "No account was made": what an end before the point of no return leaves behind. */
  nothingDone: string;
  expired: string;
  cancelled: { detail: string; nextAction: string };
  /** By code: checks after the approval that refused. */
  rejections: Record<string, Advice>;
  rejectedNext: string;
  /** By the name of an error that the workflow raises itself: before the words of the step. */
  errors: Record<string, Advice>;
  /** By step: where the workflow stopped after the point of no return. */
  stops: Record<string, Advice>;
  stopped: Advice;
};

const MEND = 'Mend what the detail names, then resume the request from this step.';
const FENCED = `The account is fenced. ${MEND}`;

/** Refused by the confirmation: what was approved is not, or not any more. */
const APPROVAL_REJECTIONS = (nothingDone: string): Record<string, Advice> => ({
  'approvers-changed': {
    title: 'Who may approve has changed since it was approved',
    nextAction: `${nothingDone} Send the request again: it is planned, and people are asked, by the policies of now.`,
  },
  'approval-forged': {
    title: 'A recorded approval was not made by this service',
    nextAction: `${nothingDone} Tell the auditors: somebody has written to the database.`,
  },
  'approval-incomplete': {
    title: 'Not everybody who has to approve has done so',
    nextAction: `${nothingDone} Send the request again and have it approved.`,
  },
  'approval-unverifiable': {
    title: 'The recorded approval could not be verified',
    nextAction: `${nothingDone} Send the request again; tell the operators if it happens twice.`,
  },
  'self-approval': {
    title: 'The person who asked is among those who approved',
    nextAction: `${nothingDone} Send the request again and have somebody else approve it.`,
  },
});

const ACCOUNT_REJECTIONS: Record<string, Advice> = {
  ...APPROVAL_REJECTIONS('No account was made.'),
  'email-taken': {
    title: 'The e-mail address belongs to an account already',
    nextAction: 'Choose an address that no AWS account has ever used and send the request again.',
  },
  'account-quota': {
    title: 'The organization has no room for another account',
    nextAction:
      'Ask AWS for a higher account quota (Service Quotas, Organizations), then send the request again.',
  },
  'ou-gone': {
    title: 'The organizational unit no longer exists',
    nextAction: 'Choose another organizational unit and send the request again.',
  },
  'ou-not-registered': {
    title: 'The organizational unit is not registered with Control Tower',
    nextAction:
      'Register the organizational unit in Control Tower, or choose another one, and send the request again.',
  },
  'artifact-inactive': {
    title: 'The Account Factory version of the plan is no longer active',
    nextAction: 'Send the request again: it will be planned with the active version.',
  },
  'ou-renamed': {
    title: 'The organizational unit was renamed after the plan was made',
    nextAction: 'Send the request again: it will be planned with the name of now.',
  },
  'check-failed': {
    title: 'AWS did not answer the checks before the account was asked for',
    nextAction: 'No account was made. Send the request again; tell the operators if it happens twice.',
  },
  'provision-refused': {
    title: 'Service Catalog refused the request',
    nextAction: 'No account was made. Mend what AWS names in the detail and send the request again.',
  },
  'approval-refused': {
    title: 'The approval could not be confirmed',
    nextAction: 'No account was made. Send the request again and have it approved.',
  },
  'policy-slots': {
    title: 'The guardrail policies no longer fit',
    nextAction:
      'Free a policy slot on the way to this account, or ask for fewer guardrails, and send the request again.',
  },
};

const ACCOUNT_STOPS: Record<string, Advice> = {
  provision: {
    title: 'Service Catalog did not make the account',
    nextAction:
      'Read the reason. When a failed provisioned product is left, an operator terminates it in Service Catalog; then resume the request.',
  },
  enrol: {
    title: 'The account exists, but Control Tower did not finish enrolling it',
    nextAction: 'The account is fenced. Resume the request: it is enrolled again with the same parameters.',
  },
  fence: {
    title: 'The account exists, but its quarantine policy could not be confirmed',
    nextAction: 'Check the service control policies of the account, then resume the request.',
  },
  blueprint: { title: 'The blueprint could not be applied', nextAction: FENCED },
  guardrails: { title: 'The guardrails could not be attached', nextAction: FENCED },
  verify: { title: 'What was put into the account could not be confirmed', nextAction: FENCED },
  activate: {
    title: 'The quarantine policy could not be lifted',
    nextAction: 'Resume the request; the account stays fenced until then.',
  },
  access: {
    title: 'People could not be given access',
    nextAction:
      'The account is fenced again. Check the group and the permission set in Identity Center, then resume.',
  },
};

export const ACCOUNT_WORDS: FailureWords = {
  nothingDone: 'No account was made.',
  expired: 'The approval deadline passed without a decision. No account was made and nothing is held.',
  cancelled: {
    detail: 'cancelled it before an account was made.',
    nextAction: 'Nothing to do. Send a new request when the account is wanted after all.',
  },
  rejections: ACCOUNT_REJECTIONS,
  rejectedNext: 'No account was made. Mend what the detail names and send the request again.',
  errors: ACCOUNT_ERRORS,
  stops: ACCOUNT_STOPS,
  stopped: {
    title: 'The vend stopped after the account was asked for',
    nextAction: 'Mend what the detail names, then resume the request.',
  },
};

const CHANGE_ENDS: Pick<FailureWords, 'nothingDone' | 'expired' | 'cancelled' | 'rejectedNext'> = {
  nothingDone: 'Nothing was changed.',
  expired: 'The approval deadline passed without a decision. Nothing was changed.',
  cancelled: {
    detail: 'cancelled it before anything was changed.',
    nextAction: 'Nothing to do. Send a new request when the change is wanted after all.',
  },
  rejectedNext: 'Nothing was changed. Mend what the detail names and send the request again.',
};
const CHANGE_REJECTIONS: Record<string, Advice> = {
  ...APPROVAL_REJECTIONS('Nothing was changed.'),
  'check-failed': {
    title: 'AWS did not answer the checks before the change',
    nextAction: 'Nothing was changed. Send the request again; tell the operators if it happens twice.',
  },
  'approval-refused': {
    title: 'The approval could not be confirmed',
    nextAction: 'Nothing was changed. Send the request again and have it approved.',
  },
};
const HALF_WAY: Advice = {
  title: 'The change stopped half-way',
  nextAction: 'Mend what the detail names, then resume the request.',
};

/** A change that stopped half-way fences nobody: what was changed stays, the rest waits for a person. */
export const UNIT_CHANGE_WORDS: FailureWords = {
  ...CHANGE_ENDS,
  rejections: {
    ...CHANGE_REJECTIONS,
    'ou-gone': {
      title: 'The organizational unit no longer exists',
      nextAction: 'Nothing was changed, and nothing is left to do.',
    },
    'ou-not-registered': {
      title: 'The organizational unit is not registered with Control Tower',
      nextAction: 'Register the organizational unit in Control Tower and send the request again.',
    },
  },
  errors: UNIT_CHANGE_ERRORS,
  stops: {
    controls: {
      title: 'Control Tower did not carry out the whole change',
      nextAction:
        'Controls before the one that failed are changed, those after it are not. Mend what the detail names, then resume the request: it goes on with the control that failed.',
    },
    verify: {
      title: 'The controls could not be confirmed after the change',
      nextAction: `Look at the controls of the unit in Control Tower. ${MEND}`,
    },
  },
  stopped: HALF_WAY,
};

/** Nothing is left half-way: the settings come into force with the confirmation, or not at all. */
export const SETTINGS_CHANGE_WORDS: FailureWords = {
  ...CHANGE_ENDS,
  rejections: {
    'approval-refused': {
      title: 'The approval could not be confirmed',
      nextAction: 'Nothing was changed. Send the request again and have it approved.',
    },
    'confirmation-timed-out': {
      title: 'The approval was not confirmed in time',
      nextAction: 'Nothing was changed. Send the request again; tell the operators if it happens twice.',
    },
    'plan-outdated': {
      title: 'The settings were changed since',
      nextAction: 'Nothing was changed. Read the settings again and send the request for the newest version.',
    },
    'check-failed': {
      title: 'The workflow could not ask for the approval',
      nextAction: 'Nothing was changed. Send the request again; tell the operators if it happens twice.',
    },
  },
  errors: {},
  stops: {},
  stopped: HALF_WAY,
};

/** As with settings: in force with the confirmation, or not at all. */
export const EXCEPTION_WORDS: FailureWords = {
  ...SETTINGS_CHANGE_WORDS,
  nothingDone: 'Nothing is excepted.',
  expired: 'The approval deadline passed without a decision. Nothing is excepted.',
  rejections: {
    ...SETTINGS_CHANGE_WORDS.rejections,
    'plan-outdated': {
      title: 'The exception no longer fits the account or the calendar',
      nextAction:
        'Nothing is excepted. Read the detail, and ask for another exception if it is needed still.',
    },
  },
};

const OR_GIVE_UP =
  'The account stays ACTIVE. Mend what the detail names, then resume the request from this step; or cancel it, which gives the change up as it stands.';

export const ACCOUNT_CHANGE_WORDS: FailureWords = {
  ...CHANGE_ENDS,
  errors: ACCOUNT_CHANGE_ERRORS,
  rejections: {
    ...CHANGE_REJECTIONS,
    'account-not-there': {
      title: 'The account is closed, suspended or no longer in the organization',
      nextAction: 'Nothing was changed, and nothing is left to do.',
    },
    'account-moved': {
      title: 'The account lies in another organizational unit than planned',
      nextAction:
        'Nothing was changed. Move the account back, or wait until the organization has been read again, and send the request again.',
    },
    'policy-slots': {
      title: 'The guardrail policies no longer fit',
      nextAction:
        'Nothing was changed. Detach a policy that is not ours from the account, or ask for fewer guardrails, and send the request again.',
    },
    'change-not-announced': {
      title: 'CloudFormation would replace or remove what the plan did not announce',
      nextAction:
        'Nothing was changed. Mend the stack that the detail names (drift may say why), or have the component announce it, and send the request again.',
    },
    'stack-not-ready': {
      title: 'A stack of the account cannot be changed as it stands',
      nextAction:
        'Nothing was changed. Bring the stack that the detail names into a state that can be updated, and send the request again.',
    },
    'confirmation-timed-out': {
      title: 'The approval was not confirmed in time',
      nextAction: 'Nothing was changed. Send the request again; tell the operators if it happens twice.',
    },
  },
  stops: {
    blueprint: { title: 'The blueprint could not be changed', nextAction: OR_GIVE_UP },
    guardrails: { title: 'The guardrails could not be changed', nextAction: OR_GIVE_UP },
    verify: { title: 'What was changed could not be confirmed', nextAction: OR_GIVE_UP },
  },
  stopped: { ...HALF_WAY, nextAction: OR_GIVE_UP },
};

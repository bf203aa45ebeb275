/** Why a request stands where it stands, for a person who has to act. `detail` keeps AWS's own words. */
export type Failure = {
  code: string;
  title: string;
  detail: string;
  step: string;
  retriable: boolean;
  nextAction: string;
};

export type FailureSource =
  | { kind: 'denied'; by: string | undefined; comment: unknown }
  | { kind: 'expired' }
  | { kind: 'cancelled'; by: string | undefined }
  | { kind: 'rejected' | 'quarantined'; data: Record<string, unknown> }
  | { kind: 'execution'; data: Record<string, unknown>; retriable: boolean };

const text = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);

/** A failure a person can act on, from what the workflow or the approver said. */
export function failureOf(source: FailureSource): Failure {
  switch (source.kind) {
    case 'denied':
      return {
        code: 'denied',
        title: 'The request was denied',
        detail: `${source.by ?? 'The approver'} denied it${text(source.comment) ? `: ${text(source.comment)}` : '.'}`,
        step: 'approval',
        retriable: false,
        nextAction: 'Talk to the approver, change the request and send it again.',
      };
    case 'expired':
      return {
        code: 'expired',
        title: 'Nobody decided in time',
        detail: 'The approval deadline passed without a decision. No account was made and nothing is held.',
        step: 'approval',
        retriable: false,
        nextAction: 'Send the request again and let an approver know.',
      };
    case 'cancelled':
      return {
        code: 'cancelled',
        title: 'The request was cancelled',
        detail: `${source.by ?? 'The requester'} cancelled it before an account was made.`,
        step: 'approval',
        retriable: false,
        nextAction: 'Nothing to do. Send a new request when the account is wanted after all.',
      };
    case 'rejected':
      return rejected(source.data);
    case 'quarantined':
      return quarantined(source.data);
    case 'execution':
      return {
        code: 'workflow-broken',
        title: 'The workflow ended without finishing',
        detail:
          [text(source.data.error), text(source.data.cause)].filter(Boolean).join(': ') ||
          'Step Functions gave no reason.',
        step: 'workflow',
        retriable: source.retriable,
        nextAction: source.retriable
          ? 'An operator resumes the request; the execution is redriven from the state that failed.'
          : 'No account was made. Send the request again; tell the operators if it happens twice.',
      };
    default:
      return source satisfies never;
  }
}

const REJECTIONS: Record<string, { title: string; nextAction: string }> = {
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

function rejected(data: Record<string, unknown>): Failure {
  const code = text(data.code) || 'rejected';
  const known = REJECTIONS[code];
  return {
    code,
    title: known?.title ?? (text(data.title) || 'A check after the approval refused the request'),
    detail:
      text(data.detail) ||
      [text(data.error), text(data.cause)].filter(Boolean).join(': ') ||
      'No account was made.',
    step: text(data.step) || 'recheck',
    retriable: false,
    nextAction:
      known?.nextAction ?? 'No account was made. Mend what the detail names and send the request again.',
  };
}

const QUARANTINES: Record<string, { title: string; nextAction: string }> = {
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
  blueprint: {
    title: 'The blueprint could not be applied',
    nextAction: 'The account is fenced. Mend what the detail names, then resume the request from this step.',
  },
  guardrails: {
    title: 'The guardrails could not be attached',
    nextAction: 'The account is fenced. Mend what the detail names, then resume the request from this step.',
  },
  verify: {
    title: 'What was put into the account could not be confirmed',
    nextAction: 'The account is fenced. Mend what the detail names, then resume the request from this step.',
  },
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

function quarantined(data: Record<string, unknown>): Failure {
  const step = text(data.step) || 'unknown';
  const known = QUARANTINES[step];
  return {
    code: `${step}-failed`,
    title: known?.title ?? 'The vend stopped after the account was asked for',
    detail: [text(data.error), text(data.cause)].filter(Boolean).join(': ') || 'AWS gave no reason.',
    step,
    retriable: true,
    nextAction: known?.nextAction ?? 'Mend what the detail names, then resume the request.',
  };
}

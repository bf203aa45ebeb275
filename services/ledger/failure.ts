import { ACCOUNT_WORDS, type FailureWords } from './failure-words.ts';

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
  | { kind: 'given-up'; by: string | undefined; step: unknown }
  | { kind: 'rejected' | 'quarantined'; data: Record<string, unknown> }
  | { kind: 'execution'; data: Record<string, unknown>; retriable: boolean };

const text = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);

/** A failure a person can act on, from what the workflow or the approver said. */
export function failureOf(source: FailureSource, words: FailureWords = ACCOUNT_WORDS): Failure {
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
        detail: words.expired,
        step: 'approval',
        retriable: false,
        nextAction: 'Send the request again and let an approver know.',
      };
    case 'cancelled':
      return {
        code: 'cancelled',
        title: 'The request was cancelled',
        detail: `${source.by ?? 'The requester'} ${words.cancelled.detail}`,
        step: 'approval',
        retriable: false,
        nextAction: words.cancelled.nextAction,
      };
    case 'given-up':
      return {
        code: 'given-up',
        title: 'The change was given up half-way',
        detail: `${source.by ?? 'Somebody'} gave it up; it had stopped at the step ${text(source.step) || 'unknown'}. What was changed until then stays, the rest is as it was.`,
        step: text(source.step) || 'unknown',
        retriable: false,
        nextAction:
          'Look at the drift of the account: it shows what differs from the plan that it follows. Then ask for another change.',
      };
    case 'rejected':
      return rejected(source.data, words);
    case 'quarantined':
      return quarantined(source.data, words);
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
          : `${words.nothingDone} Send the request again; tell the operators if it happens twice.`,
      };
    default:
      return source satisfies never;
  }
}

function rejected(data: Record<string, unknown>, words: FailureWords): Failure {
  const code = text(data.code) || 'rejected';
  const known = words.rejections[code];
  return {
    code,
    title: known?.title ?? (text(data.title) || 'A check after the approval refused the request'),
    detail:
      text(data.detail) ||
      [text(data.error), text(data.cause)].filter(Boolean).join(': ') ||
      words.nothingDone,
    step: text(data.step) || 'recheck',
    retriable: false,
    nextAction: known?.nextAction ?? words.rejectedNext,
  };
}

function quarantined(data: Record<string, unknown>, words: FailureWords): Failure {
  const step = text(data.step) || 'unknown';
  const advice = words.errors[text(data.error)] ?? words.stops[step] ?? words.stopped;
  return {
    code: `${step}-failed`,
    title: advice.title,
    detail: [text(data.error), text(data.cause)].filter(Boolean).join(': ') || 'AWS gave no reason.',
    step,
    retriable: true,
    nextAction: advice.nextAction,
  };
}

import { ask, outcomeAs } from '../asl/ask.ts';
import { caught, otherwise } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { Definition, States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fact } from '../asl/fact.ts';
import { fail } from '../asl/fail.ts';
import { machine } from '../asl/machine.ts';
import { INBOX_URL } from '../asl/message.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { STUBBORN, whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { succeed } from '../asl/succeed.ts';

const NAME = 'jetway-quarantine';
const DAY = 24 * 3600;
const whom = {
  accountId: '$accountId',
  email: '$account.Email',
  name: '$account.Name',
};

/**
 * Whether to fence is the service's to know: only it can tell an account of ours from one that somebody else makes.
 * Asked and not answered, the account is fenced: better a stranger who waits than one of ours that stands open. Not
 * even asked, because there is no inbox, nothing is attached: nobody could ever be told to lift it again.
 */
const decide: States = {
  'Read the event': pass({
    assign: {
      inbox: INBOX_URL,
      order: 1,
      accountId: expr('$states.input.detail.serviceEventDetails.createAccountStatus.accountId'),
    },
    next: 'Read the new account',
  }),
  'Read the new account': sdk('organizations:describeAccount', {
    arguments: { AccountId: expr('$accountId') },
    retry: whilePassing('organizations', ['AccountNotFoundException']),
    assign: { account: expr('$states.result.Account') },
    next: 'Ask whether to fence',
  }),
  'Ask whether to fence': ask('fence', {
    timeoutSeconds: 600,
    data: { ...whom, stage: "'attach'" },
    assign: { ...outcomeAs('outcome'), policyId: expr("''"), ...firstPage('page') },
    catch: [caught(['States.Timeout'], 'Look for the fence', { policyId: expr("''"), ...firstPage('page') })],
    next: 'Is it to be fenced?',
  }),
  'Is it to be fenced?': choice({
    rules: [when("$outcome = 'fence'", 'Look for the fence')],
    otherwise: 'Left alone',
  }),
};

const attach: States = {
  'Look for the fence': sdk('organizations:listPolicies', {
    arguments: pageOf("{'Filter': 'SERVICE_CONTROL_POLICY', 'MaxResults': 20}", { variable: 'page' }),
    retry: whilePassing('organizations'),
    assign: {
      policyId: expr(
        `($same := $states.result.Policies[Name = '${NAME}']; $exists($same) ? $same[0].Id : $policyId)`,
      ),
      ...turnPage('page'),
    },
    next: 'Was the fence found?',
  }),
  'Was the fence found?': choice({
    rules: [when("$policyId != ''", 'Fence the account'), when(morePages('page'), 'Look for the fence')],
    otherwise: 'There is no fence',
  }),
  'There is no fence': fail(
    'FenceNotFound',
    `'The organization has no service control policy called ${NAME}; account ' & $accountId & ' is not fenced.'`,
  ),
  'Fence the account': sdk('organizations:attachPolicy', {
    arguments: { PolicyId: expr('$policyId'), TargetId: expr('$accountId') },
    retry: whilePassing(
      'organizations',
      ['ConcurrentModificationException', 'PolicyChangesInProgressException', 'TargetNotFoundException'],
      STUBBORN,
    ),
    catch: [caught(['Organizations.DuplicatePolicyAttachmentException'], 'Say that the account is fenced')],
    next: 'Say that the account is fenced',
  }),
  'Say that the account is fenced': fact('AccountFenced', {
    about: { accountId: '$accountId' },
    data: { accountId: '$accountId', by: "'account-fence'" },
    // Told or not, the second question has to be asked: it is what lifts a fence that came too late.
    catch: [otherwise('Ask whether to keep the fence')],
    next: 'Ask whether to keep the fence',
  }),
};

/** The vend may have finished, and lifted its fence, before this one went up. */
const keep: States = {
  'Ask whether to keep the fence': ask('fence', {
    timeoutSeconds: DAY,
    data: { ...whom, stage: "'keep'" },
    assign: outcomeAs('outcome'),
    catch: [caught(['States.Timeout'], 'Fenced')],
    next: 'Is it to be kept?',
  }),
  'Is it to be kept?': choice({
    comment: 'A fence that is kept is lifted by the vend.',
    rules: [when("$outcome = 'leave'", 'Take the fence down')],
    otherwise: 'Fenced',
  }),
  'Take the fence down': sdk('organizations:detachPolicy', {
    arguments: { PolicyId: expr('$policyId'), TargetId: expr('$accountId') },
    retry: whilePassing(
      'organizations',
      ['ConcurrentModificationException', 'PolicyChangesInProgressException'],
      STUBBORN,
    ),
    catch: [caught(['Organizations.PolicyNotAttachedException'], 'Left alone')],
    next: 'Left alone',
  }),
  Fenced: succeed('FENCED'),
  'Left alone': succeed('LEFT_ALONE'),
};

/** Fences an account of ours the moment it exists, before the vend itself knows its id. */
export const accountFence: Definition = machine({
  comment:
    'Started by CreateAccountResult: fences an account that a vend has asked for as soon as it exists.',
  startAt: 'Read the event',
  stages: [decide, attach, keep],
});

import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { STUBBORN, whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { wait } from '../asl/wait.ts';
import { reserved } from './address.ts';
import { elseQuarantine, failed, QUARANTINE } from './failures.ts';
import { vendFact } from './messages.ts';

/** How often a list is read again: it may lag behind the change. */
export const READ_BACKS = 10;

/** The account is ours by its address, it is fenced, and it stands in its unit. Nothing else happens before. */
export const fence: States = {
  'Read the account': sdk('organizations:describeAccount', {
    arguments: { AccountId: expr('$candidateId') },
    retry: whilePassing('organizations'),
    catch: [elseQuarantine('fence')],
    assign: {
      isOurs: expr('$lowercase($states.result.Account.Email) = $lowercase($plan.account.email)'),
      looks: 0,
    },
    next: 'Is the account ours?',
  }),
  'Is the account ours?': choice({
    rules: [
      when(reserved('$candidateId'), QUARANTINE, {
        ...failed(
          'provision',
          'ReservedAccount',
          "'Account ' & $candidateId & ' is the management account or another that the landing zone stands on; it was not touched.'",
        ),
        accountId: expr("''"),
      }),
      when('$isOurs', 'Attach the fence', { accountId: expr('$candidateId') }),
    ],
    assign: {
      ...failed(
        'provision',
        'AccountMismatch',
        "'Account ' & $candidateId & ' does not have the address ' & $plan.account.email & '; it was not touched.'",
      ),
      accountId: expr("''"),
    },
    otherwise: QUARANTINE,
  }),
  'Attach the fence': sdk('organizations:attachPolicy', {
    arguments: { PolicyId: expr('$plan.fence.quarantinePolicyId'), TargetId: expr('$accountId') },
    retry: whilePassing(
      'organizations',
      ['ConcurrentModificationException', 'PolicyChangesInProgressException', 'TargetNotFoundException'],
      STUBBORN,
    ),
    catch: [
      caught(['Organizations.DuplicatePolicyAttachmentException'], 'Read the policies of the account', {
        attached: [],
        ...firstPage('page'),
      }),
      elseQuarantine('fence'),
    ],
    assign: { attached: [], ...firstPage('page') },
    next: 'Read the policies of the account',
  }),
  'Read the policies of the account': sdk('organizations:listPoliciesForTarget', {
    arguments: pageOf("{'TargetId': $accountId, 'Filter': 'SERVICE_CONTROL_POLICY', 'MaxResults': 20}", {
      variable: 'page',
    }),
    retry: whilePassing('organizations', ['TargetNotFoundException']),
    catch: [elseQuarantine('fence')],
    assign: {
      attached: expr('[$append($attached, $states.result.Policies.Id)]'),
      ...turnPage('page'),
    },
    next: 'Is the fence up?',
  }),
  'Is the fence up?': choice({
    rules: [
      when(morePages('page'), 'Read the policies of the account'),
      when('$plan.fence.quarantinePolicyId in $attached', "Read the account's place"),
      when(`$looks < ${READ_BACKS}`, 'Wait for the fence', { looks: expr('$looks + 1') }),
    ],
    assign: failed(
      'fence',
      'FenceNotConfirmed',
      "'Policy ' & $plan.fence.quarantinePolicyId & ' is not listed among the policies of ' & $accountId & '.'",
    ),
    otherwise: QUARANTINE,
  }),
  'Wait for the fence': wait(5, { next: 'Attach the fence' }),
  "Read the account's place": sdk('organizations:listParents', {
    arguments: { ChildId: expr('$accountId') },
    retry: whilePassing('organizations'),
    catch: [elseQuarantine('fence')],
    assign: { place: expr("$exists($states.result.Parents[0]) ? $states.result.Parents[0].Id : ''") },
    next: 'Is it in its unit?',
  }),
  'Is it in its unit?': choice({
    comment: 'Enrolment may leave an account under the root. A resume of a later step goes on there.',
    rules: [
      when(
        '$place != $plan.account.organizationalUnitId',
        QUARANTINE,
        failed(
          'enrol',
          'WrongOrganizationalUnit',
          "'Account ' & $accountId & ' is in ' & $place & ', not in ' & $plan.account.organizationalUnitId & '.'",
        ),
      ),
      when("$failedStep = 'blueprint'", 'Make the execution role'),
      when("$failedStep = 'guardrails'", 'Attach the preventive guardrails'),
      when("$failedStep in ['verify', 'activate', 'access']", 'Read the stacks again'),
    ],
    otherwise: 'Tag the account',
  }),
  'Tag the account': sdk('organizations:tagResource', {
    arguments: {
      ResourceId: expr('$accountId'),
      Tags: expr(
        "[$append([{'Key': 'jetway:request-id', 'Value': $requestId}], $each($plan.tags, function($v, $k) {{'Key': $k, 'Value': $v}}))]",
      ),
    },
    retry: whilePassing('organizations', ['ConcurrentModificationException']),
    catch: [elseQuarantine('fence')],
    next: 'Say that the account is there',
  }),
  'Say that the account is there': vendFact('AccountProvisioned', {
    data: {
      accountId: '$accountId',
      // A later execution that begins here has not seen the product.
      recordId: "$recordId != '' ? $recordId",
      provisionedProductId: "$productId != '' ? $productId",
    },
    catch: [elseQuarantine('fence')],
    next: 'Make the execution role',
  }),
};

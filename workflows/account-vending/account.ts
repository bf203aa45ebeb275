import { caught, otherwise } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { pageOf, turnPage } from '../asl/page.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { growing, wait } from '../asl/wait.ts';
import { BEGIN_SEARCH, OWN_ADDRESS, reserved } from './address.ts';
import { elseQuarantine, failed, QUARANTINE } from './failures.ts';
import { vendAsk } from './messages.ts';

/** An event may be lost: the record is read at least this often. */
const EVENT_SECONDS = 300;
/** Events of others may wake us too; each costs history. */
const MAX_LOOKS = 500;

/** Control Tower says so in the record: another operation, or too many at once. */
const BUSY =
  '$contains($failure.cause, /another operation|concurrent account operations|ResourceInUseException/)';
/** A list may lag behind: an account that is there must not be overlooked, or nobody would fence it. */
const ACCOUNT_READS = 3;
/** Some three hours. */
const MAX_BUSY = 40;

const IN_TIME = `$looks < ${MAX_LOOKS} and $toMillis($states.context.State.EnteredTime) < $deadline`;

const RECORD_ERRORS = `($e := $join($states.result.RecordDetail.RecordErrors.(Code & ': ' & Description), '; ');
  $exists($e) ? $e : '')`;

/** Until Service Catalog says that the account is there. The event only wakes; the record is the truth. */
export const waitForAccount: States = {
  'Ask for the account event': vendAsk('account-event', {
    timeoutSeconds: EVENT_SECONDS,
    data: {
      accountName: '$plan.account.name',
      organizationalUnitId: '$plan.account.organizationalUnitId',
    },
    assign: { woken: true },
    catch: [
      caught(['States.Timeout'], 'Read the record', { woken: false }),
      otherwise('Let the record settle', { woken: false }),
    ],
    next: 'Read the record',
  }),
  'Read the record': sdk('servicecatalog:describeRecord', {
    arguments: { Id: expr('$recordId') },
    retry: whilePassing('servicecatalog'),
    catch: [elseQuarantine('provision')],
    assign: {
      recordStatus: expr('$states.result.RecordDetail.Status'),
      recordErrors: expr(RECORD_ERRORS),
      candidateId: expr(
        `($id := $states.result.RecordOutputs[OutputKey = 'AccountId'].OutputValue;
          $exists($id) ? $id[0] : $candidateId)`,
      ),
      looks: expr('$looks + 1'),
    },
    next: 'Has the record ended?',
  }),
  'Has the record ended?': choice({
    rules: [
      when("$recordStatus = 'SUCCEEDED'", 'Read the product'),
      when("$recordStatus = 'FAILED'", 'Look for a half-made account', {
        ...failed('enrol', 'ProvisioningFailed', '$recordErrors'),
        ...BEGIN_SEARCH,
      }),
      when(`$woken and ${IN_TIME}`, 'Let the record settle'),
      when(IN_TIME, 'Ask for the account event'),
    ],
    assign: failed(
      'provision',
      'ProvisioningTimedOut',
      "'Record ' & $recordId & ' is still ' & $recordStatus & ' after four hours.'",
    ),
    otherwise: QUARANTINE,
  }),
  'Let the record settle': wait(20, {
    comment: 'The event may come before Service Catalog has written the record.',
    assign: { woken: false },
    next: 'Read the record',
  }),
  'Read the product': sdk('servicecatalog:describeProvisionedProduct', {
    arguments: { Name: expr('$plan.product.provisionedProductName') },
    retry: whilePassing('servicecatalog'),
    catch: [elseQuarantine('provision')],
    assign: {
      productId: expr('$states.result.ProvisionedProductDetail.Id'),
      productStatus: expr('$states.result.ProvisionedProductDetail.Status'),
      productMessage: expr(
        "$exists($states.result.ProvisionedProductDetail.StatusMessage) ? $states.result.ProvisionedProductDetail.StatusMessage : ''",
      ),
    },
    next: 'Is the product available?',
  }),
  'Is the product available?': choice({
    rules: [
      when("$productStatus = 'AVAILABLE' and $candidateId != ''", 'Read the account'),
      when(`$productStatus in ['UNDER_CHANGE', 'PLAN_IN_PROGRESS'] and ${IN_TIME}`, 'Let the record settle'),
    ],
    assign: {
      ...failed(
        'enrol',
        'ProvisionedProductNotAvailable',
        "'Product ' & $productId & ' is ' & $productStatus & ($candidateId = '' ? ', its record names no account. ' : '. ') & $productMessage",
      ),
      ...BEGIN_SEARCH,
    },
    otherwise: 'Look for a half-made account',
  }),
};

/** A failed record does not say whether an account was made. Its address does, wherever Control Tower left it. */
export const halfMade: States = {
  'Look for a half-made account': sdk('organizations:listAccounts', {
    arguments: pageOf("{'MaxResults': 20}", { variable: 'page' }),
    retry: whilePassing('organizations'),
    catch: [elseQuarantine('provision')],
    assign: {
      foundId: OWN_ADDRESS,
      ...turnPage('page'),
    },
    next: 'Was an account made?',
  }),
  'Was an account made?': choice({
    rules: [
      when("$foundId = '' and $page != ''", 'Look for a half-made account'),
      when(
        `$foundId != '' and ${reserved('$foundId')}`,
        QUARANTINE,
        failed(
          'provision',
          'ReservedAccount',
          "'Account ' & $foundId & ' has the address of the plan and is one that the landing zone stands on; it was not touched.'",
        ),
      ),
      when("$foundId != ''", QUARANTINE, { accountId: expr('$foundId'), candidateId: expr('$foundId') }),
      when(`$accountReads < ${ACCOUNT_READS}`, 'Wait for the list of accounts', {
        accountReads: expr('$accountReads + 1'),
      }),
      when(`${BUSY} and $busy < ${MAX_BUSY}`, 'Wait for Control Tower', { busy: expr('$busy + 1') }),
    ],
    assign: { failedStep: expr("'provision'") },
    otherwise: QUARANTINE,
  }),
  'Wait for the list of accounts': wait(20, { next: 'Look for a half-made account' }),
  'Wait for Control Tower': wait(growing(60, '$busy - 1', 300), {
    comment: 'It does one thing at a time; nothing is wrong with this vend, so nobody has to look at it.',
    next: 'Read the product to mend',
  }),
};

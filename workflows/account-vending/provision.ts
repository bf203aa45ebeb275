import { CAUGHT_ERROR, caught, otherwise } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { pageOf, turnPage } from '../asl/page.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { growing, wait } from '../asl/wait.ts';
import { BEGIN_SEARCH, OWN_ADDRESS } from './address.ts';
import { elseQuarantine, failed, failedWith, REJECT, refusal } from './failures.ts';
import { vendFact } from './messages.ts';
import { BEGIN_WAITING, FOUND_PRODUCT, PLANNED_PRODUCT } from './product.ts';

const LOOKS = 12;

/**
 * The only call that makes an account. It is never simply repeated: whatever its answer was, the product is looked
 * for by its name and the account by its e-mail address before it is called again, with the frozen plan byte for byte.
 */
export const provision: States = {
  'Look for the product': sdk('servicecatalog:describeProvisionedProduct', {
    arguments: { Name: expr('$plan.product.provisionedProductName') },
    retry: whilePassing('servicecatalog'),
    catch: [
      caught(['ServiceCatalog.ResourceNotFoundException'], 'Look for the account', {
        ...BEGIN_SEARCH,
      }),
      otherwise('Look again?', { failure: CAUGHT_ERROR }),
    ],
    assign: { ...FOUND_PRODUCT, adopted: true, sent: true },
    next: 'Say that provisioning has started',
  }),
  'Look for the account': sdk('organizations:listAccounts', {
    arguments: pageOf("{'MaxResults': 20}", { variable: 'page' }),
    retry: whilePassing('organizations'),
    catch: [otherwise('Look again?', { failure: CAUGHT_ERROR })],
    assign: {
      foundId: OWN_ADDRESS,
      ...turnPage('page'),
    },
    next: 'Is the address taken?',
  }),
  'Is the address taken?': choice({
    comment:
      'An account without a product: ours, if we have called before; the product will show up a little later.',
    rules: [
      when("$foundId = '' and $page != ''", 'Look for the account'),
      when("$foundId = ''", 'Provision the account'),
      when('$sent', 'Look again?', {
        candidateId: expr('$foundId'),
        ...failed(
          'provision',
          'ProvisionedProductNotFound',
          "'Account ' & $foundId & ' has the address ' & $plan.account.email & ', but Service Catalog has no product ' & $plan.product.provisionedProductName & '.'",
        ),
      }),
    ],
    assign: refusal(
      'provision',
      'email-taken',
      "$plan.account.email & ' belongs to an account of the organization already.'",
    ),
    otherwise: REJECT,
  }),
  'Provision the account': sdk('servicecatalog:provisionProduct', {
    comment: 'No Retry: an unclear answer is followed by a look, not by another call.',
    arguments: { ...PLANNED_PRODUCT, ProvisionToken: expr('$plan.product.provisionToken') },
    catch: [
      caught(
        ['ServiceCatalog.InvalidParametersException', 'ServiceCatalog.ResourceNotFoundException'],
        'Was it refused for sure?',
        { ...failedWith('provision'), rejectCode: expr("'provision-refused'") },
      ),
      otherwise('Look again?', { sent: true, failure: CAUGHT_ERROR }),
    ],
    assign: {
      productId: expr('$states.result.RecordDetail.ProvisionedProductId'),
      productStatus: expr("'UNDER_CHANGE'"),
      recordId: expr('$states.result.RecordDetail.RecordId'),
      adopted: false,
      sent: true,
    },
    next: 'Say that provisioning has started',
  }),
  'Was it refused for sure?': choice({
    comment: 'After an unclear call a refusal may only mean that the name is in use, by our own product.',
    rules: [when('$sent', 'Look again?')],
    otherwise: REJECT,
  }),
  'Look again?': choice({
    rules: [
      when(`$looks < ${LOOKS}`, 'Wait before looking again', { looks: expr('$looks + 1') }),
      when('$sent', 'Look for a half-made account', {
        failedStep: expr("'provision'"),
        ...BEGIN_SEARCH,
      }),
    ],
    assign: { failedStep: expr("'provision'"), rejectCode: expr("'check-failed'") },
    otherwise: REJECT,
  }),
  'Wait before looking again': wait(growing(15, '$looks - 1', 300), { next: 'Look for the product' }),
  'Say that provisioning has started': vendFact('ProvisioningStarted', {
    comment: 'The point of no return: from here on the ends are ACTIVE and QUARANTINED.',
    data: { recordId: '$recordId', provisionedProductId: '$productId', adopted: '$adopted' },
    catch: [elseQuarantine('provision')],
    assign: BEGIN_WAITING,
    next: 'What was found?',
  }),
  'What was found?': choice({
    rules: [
      when(
        "$adopted and $failedStep = 'provision' and $productStatus in ['ERROR', 'TAINTED']",
        'Update the product',
      ),
      when('$adopted', 'Read the record'),
    ],
    otherwise: 'Ask for the account event',
  }),
};

import { CAUGHT_ERROR, caught, otherwise } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { firstPage, pageOf, turnPage } from '../asl/page.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { growing, wait } from '../asl/wait.ts';
import { elseQuarantine, failed, failedWith, REJECT, refusal } from './failures.ts';
import { vendFact } from './messages.ts';

const LOOKS = 12;
/** Control Tower makes an account in 10 to 45 minutes. */
export const PATIENCE_MS = 4 * 3600 * 1000;

/** The last record of a product: what made it, or what changed it since. */
const LAST_RECORD = `($p := $states.result.ProvisionedProductDetail;
  $exists($p.LastProvisioningRecordId) ? $p.LastProvisioningRecordId : $exists($p.LastRecordId) ? $p.LastRecordId : '')`;

/** What is known of a product that was found by its name. */
export const foundProduct = {
  productId: expr('$states.result.ProvisionedProductDetail.Id'),
  productStatus: expr('$states.result.ProvisionedProductDetail.Status'),
  recordId: expr(LAST_RECORD),
};

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
        foundId: expr("''"),
        ...firstPage('page'),
      }),
      otherwise('Look again?', { failure: CAUGHT_ERROR }),
    ],
    assign: { ...foundProduct, adopted: true, sent: true },
    next: 'Say that provisioning has started',
  }),
  'Look for the account': sdk('organizations:listAccounts', {
    arguments: pageOf("{'MaxResults': 20}", { variable: 'page' }),
    retry: whilePassing('organizations'),
    catch: [otherwise('Look again?', { failure: CAUGHT_ERROR })],
    assign: {
      foundId: expr(
        `($same := $states.result.Accounts[$lowercase(Email) = $lowercase($plan.account.email)];
          $exists($same) ? $same[0].Id : $foundId)`,
      ),
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
      "$plan.account.email & ' belongs to account ' & $foundId & '.'",
    ),
    otherwise: REJECT,
  }),
  'Provision the account': sdk('servicecatalog:provisionProduct', {
    comment: 'No Retry: an unclear answer is followed by a look, not by another call.',
    arguments: {
      ProductId: expr('$plan.product.productId'),
      ProvisioningArtifactId: expr('$plan.product.provisioningArtifactId'),
      ProvisionedProductName: expr('$plan.product.provisionedProductName'),
      ProvisioningParameters: expr("[$plan.product.parameters.{'Key': key, 'Value': value}]"),
      ProvisionToken: expr('$plan.product.provisionToken'),
    },
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
        foundId: expr("''"),
        ...firstPage('page'),
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
    assign: {
      deadline: expr(`$toMillis($states.context.State.EnteredTime) + ${PATIENCE_MS}`),
      woken: false,
      looks: 0,
    },
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

/** A resume of a failed enrolment: the product is updated with the parameters of the plan. */
export const enrol: States = {
  'Read the product to mend': sdk('servicecatalog:describeProvisionedProduct', {
    arguments: { Name: expr('$plan.product.provisionedProductName') },
    retry: whilePassing('servicecatalog'),
    catch: [elseQuarantine('enrol')],
    assign: {
      ...foundProduct,
      woken: false,
      looks: 0,
      deadline: expr(`$toMillis($states.context.State.EnteredTime) + ${PATIENCE_MS}`),
    },
    next: 'Does it need mending?',
  }),
  'Does it need mending?': choice({
    comment:
      'A person may have mended it, or be about to. An available product may still have left the account elsewhere.',
    rules: [
      when("$productStatus in ['ERROR', 'TAINTED']", 'Update the product'),
      when("$productStatus = 'AVAILABLE' and $candidateId != ''", 'Read where the account was left'),
    ],
    otherwise: 'Read the record',
  }),
  'Read where the account was left': sdk('organizations:listParents', {
    arguments: { ChildId: expr('$candidateId') },
    retry: whilePassing('organizations'),
    catch: [elseQuarantine('enrol')],
    assign: { place: expr("$exists($states.result.Parents) ? $states.result.Parents[0].Id : ''") },
    next: 'Was it left elsewhere?',
  }),
  'Was it left elsewhere?': choice({
    rules: [when('$place != $plan.account.organizationalUnitId', 'Update the product')],
    otherwise: 'Read the record',
  }),
  'Update the product': sdk('servicecatalog:updateProvisionedProduct', {
    comment:
      'The token is the same for every try of one resume, so that a retry cannot start a second update.',
    arguments: {
      ProvisionedProductName: expr('$plan.product.provisionedProductName'),
      ProductId: expr('$plan.product.productId'),
      ProvisioningArtifactId: expr('$plan.product.provisioningArtifactId'),
      ProvisioningParameters: expr("[$plan.product.parameters.{'Key': key, 'Value': value}]"),
      UpdateToken: expr("$requestId & '-update-' & $epoch & '-' & $resumes"),
    },
    retry: whilePassing('servicecatalog'),
    catch: [elseQuarantine('enrol')],
    assign: { recordId: expr('$states.result.RecordDetail.RecordId') },
    next: 'Ask for the account event',
  }),
};

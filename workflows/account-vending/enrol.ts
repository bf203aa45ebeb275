import { otherwise } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { elseQuarantine, failedWith, QUARANTINE } from './failures.ts';
import { BEGIN_WAITING, FOUND_PRODUCT, PLANNED_PRODUCT } from './product.ts';

/** What failed is mended by an update of the product with the parameters of the plan: never a second product. */
export const enrol: States = {
  'Read the product to mend': sdk('servicecatalog:describeProvisionedProduct', {
    arguments: { Name: expr('$plan.product.provisionedProductName') },
    retry: whilePassing('servicecatalog'),
    catch: [elseQuarantine('enrol')],
    assign: { ...FOUND_PRODUCT, ...BEGIN_WAITING },
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
    assign: { place: expr("$exists($states.result.Parents[0]) ? $states.result.Parents[0].Id : ''") },
    next: 'Was it left elsewhere?',
  }),
  'Was it left elsewhere?': choice({
    rules: [when('$place != $plan.account.organizationalUnitId', 'Update the product')],
    otherwise: 'Read the record',
  }),
  'Update the product': sdk('servicecatalog:updateProvisionedProduct', {
    comment: 'The token is the same for every try of one update, so that a retry cannot start a second one.',
    arguments: {
      ...PLANNED_PRODUCT,
      UpdateToken: expr("$requestId & '-update-' & $epoch & '-' & $resumes & '-' & $busy"),
    },
    retry: whilePassing('servicecatalog'),
    catch: [
      otherwise(QUARANTINE, {
        ...failedWith('enrol'),
        // Without an account a person may as well terminate the product; then it is made anew.
        failedStep: expr("$accountId = '' ? 'provision' : 'enrol'"),
      }),
    ],
    assign: { recordId: expr('$states.result.RecordDetail.RecordId') },
    next: 'Ask for the account event',
  }),
};

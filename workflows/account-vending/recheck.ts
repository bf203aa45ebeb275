import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { morePages, pageOf, turnPage } from '../asl/page.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { registered } from '../control-tower.ts';
import { BEGIN_SEARCH, OWN_ADDRESS } from './address.ts';
import { elseReject, REJECT, refusal, rejectOn, VEND_DESK } from './failures.ts';
import { NOT_TOLD_HERE, QUOTAS, quota, untold } from './limits.ts';

const NAME_IN_PLAN = '$plan.organization.organizationalUnitName';

/** What may have changed since the plan was made is read again, live. Every refusal here ends the request. */
export const recheck: States = {
  'Read the organizational unit': sdk('organizations:describeOrganizationalUnit', {
    arguments: { OrganizationalUnitId: expr('$plan.account.organizationalUnitId') },
    retry: whilePassing('organizations'),
    catch: [
      rejectOn(['Organizations.OrganizationalUnitNotFoundException'], 'recheck', 'ou-gone'),
      elseReject('recheck'),
    ],
    assign: { unitName: expr('$states.result.OrganizationalUnit.Name'), looks: 0 },
    next: 'Has it kept its name?',
  }),
  'Has it kept its name?': choice({
    comment: 'Account Factory takes the unit as "Name (id)"; with another name it would refuse.',
    rules: [when(`$unitName = ${NAME_IN_PLAN}`, "Read the unit's baseline")],
    assign: refusal(
      'recheck',
      'ou-renamed',
      `'The organizational unit is called ' & $unitName & ' now; the plan says ' & ${NAME_IN_PLAN} & '.'`,
    ),
    otherwise: REJECT,
  }),
  ...registered(
    VEND_DESK,
    { arn: '$plan.organization.organizationalUnitArn', name: '$unitName' },
    'Read the product version',
  ),
  'Read the product version': sdk('servicecatalog:describeProvisioningArtifact', {
    arguments: {
      ProductId: expr('$plan.product.productId'),
      ProvisioningArtifactId: expr('$plan.product.provisioningArtifactId'),
    },
    retry: whilePassing('servicecatalog'),
    catch: [
      rejectOn(['ServiceCatalog.ResourceNotFoundException'], 'recheck', 'artifact-inactive'),
      elseReject('recheck'),
    ],
    assign: { versionActive: expr('$states.result.ProvisioningArtifactDetail.Active = true') },
    next: 'Is the version active?',
  }),
  'Is the version active?': choice({
    rules: [when('$versionActive', 'Read the quotas')],
    assign: refusal(
      'recheck',
      'artifact-inactive',
      "'Version ' & $plan.product.provisioningArtifactId & ' of Account Factory is not active any more.'",
    ),
    otherwise: REJECT,
  }),
  'Read the quotas': sdk('servicequotas:listServiceQuotas', {
    arguments: { ServiceCode: 'organizations', MaxResults: 100 },
    retry: whilePassing('servicequotas'),
    catch: [
      caught(NOT_TOLD_HERE, 'List the accounts', {
        maxAccounts: untold(QUOTAS.accounts),
        maxPolicies: untold(QUOTAS.policiesPerAccount),
        maxPolicySize: untold(QUOTAS.policySize),
        accounts: 0,
        ...BEGIN_SEARCH,
      }),
      elseReject('recheck'),
    ],
    assign: {
      maxAccounts: quota(QUOTAS.accounts),
      maxPolicies: quota(QUOTAS.policiesPerAccount),
      maxPolicySize: quota(QUOTAS.policySize),
      accounts: 0,
      ...BEGIN_SEARCH,
    },
    next: 'List the accounts',
  }),
  'List the accounts': sdk('organizations:listAccounts', {
    comment:
      'One pass counts them and looks for the e-mail address. Closed accounts count until AWS drops them.',
    arguments: pageOf("{'MaxResults': 20}", { variable: 'page' }),
    retry: whilePassing('organizations'),
    catch: [elseReject('recheck')],
    assign: {
      accounts: expr('$accounts + $count($states.result.Accounts)'),
      foundId: OWN_ADDRESS,
      ...turnPage('page'),
    },
    next: 'Are there more accounts?',
  }),
  'Are there more accounts?': choice({
    rules: [
      when(morePages('page'), 'List the accounts'),
      when("$foundId != ''", 'Is the account with our address ours?'),
    ],
    otherwise: 'Is there room?',
  }),
  'Is the account with our address ours?': sdk('servicecatalog:describeProvisionedProduct', {
    comment: 'It is when a product of our name stands behind it: an earlier execution made it.',
    arguments: { Name: expr('$plan.product.provisionedProductName') },
    retry: whilePassing('servicecatalog'),
    catch: [
      caught(
        ['ServiceCatalog.ResourceNotFoundException'],
        REJECT,
        refusal(
          'recheck',
          'email-taken',
          "$plan.account.email & ' belongs to an account of the organization already.'",
        ),
      ),
      elseReject('recheck'),
    ],
    next: 'Is there room?',
  }),
  'Is there room?': choice({
    comment: "A new account carries AWS's own policy, the fence and the guardrails.",
    rules: [
      when(
        "$foundId = '' and $accounts + 1 > $maxAccounts",
        REJECT,
        refusal(
          'recheck',
          'account-quota',
          "'The organization has ' & $accounts & ' accounts and may have ' & $maxAccounts & '.'",
        ),
      ),
      when(
        '$count($plan.guardrails.preventive) + 2 > $maxPolicies',
        REJECT,
        refusal(
          'recheck',
          'policy-slots',
          "'The account would carry ' & ($count($plan.guardrails.preventive) + 2) & ' policies; ' & $maxPolicies & ' may be attached.'",
        ),
      ),
      when(
        '$count($plan.guardrails.preventive[$length(content) > $maxPolicySize]) > 0',
        REJECT,
        refusal(
          'recheck',
          'policy-size',
          "$join($plan.guardrails.preventive[$length(content) > $maxPolicySize].policyName, ', ') & ' is longer than ' & $maxPolicySize & ' characters.'",
        ),
      ),
      when(
        '$count($plan.components[region != $region and $not($exists(stackSetName))]) > 0',
        REJECT,
        refusal(
          'recheck',
          'region-not-supported',
          "$join($plan.components[region != $region and $not($exists(stackSetName))].name, ', ') & ' is planned for another Region than ' & $region & '.'",
        ),
      ),
    ],
    otherwise: 'Ask to confirm the approval',
  }),
};

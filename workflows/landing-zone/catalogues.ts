import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { forEach } from '../asl/map.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';

/** The policies of the fence, and whether the root has its own. */
const policies: States = {
  'List the policies': sdk('organizations:listPolicies', {
    arguments: pageOf("{'Filter': 'SERVICE_CONTROL_POLICY', 'MaxResults': 20}", { variable: 'page' }),
    retry: whilePassing('organizations'),
    assign: {
      found: expr('[$append($found, $states.result.Policies[Name in $watch.policies].Id)]'),
      ...turnPage('page'),
    },
    next: 'More policies?',
  }),
  'More policies?': choice({
    rules: [when(morePages('page'), 'List the policies')],
    assign: firstPage('page'),
    otherwise: 'Read the policies',
  }),
  'Read the policies': forEach('$found', {
    atOnce: 2,
    startAt: 'Read the policy',
    states: {
      'Read the policy': {
        ...sdk('organizations:describePolicy', {
          arguments: { PolicyId: expr('$states.input') },
          retry: whilePassing('organizations'),
        }),
        Output: expr(
          `$states.result.Policy.{'id': PolicySummary.Id, 'name': PolicySummary.Name, 'content': Content}`,
        ),
      },
    },
    assign: { policies: expr('[$states.result]') },
    next: 'List the policies of the root',
  }),
  'List the policies of the root': sdk('organizations:listPoliciesForTarget', {
    arguments: pageOf("{'TargetId': $root.id, 'Filter': 'SERVICE_CONTROL_POLICY', 'MaxResults': 20}", {
      variable: 'page',
    }),
    retry: whilePassing('organizations'),
    assign: {
      rootPolicies: expr('[$append($rootPolicies, $states.result.Policies.Name)]'),
      ...turnPage('page'),
    },
    next: 'More policies of the root?',
  }),
  'More policies of the root?': choice({
    rules: [when(morePages('page'), 'List the policies of the root')],
    otherwise: 'Look for Account Factory',
  }),
};

const product: States = {
  'Look for Account Factory': sdk('servicecatalog:searchProductsAsAdmin', {
    arguments: { Filters: { FullTextSearch: [expr('$watch.product')] } },
    retry: whilePassing('servicecatalog'),
    assign: {
      productId: expr(
        `($p := $states.result.ProductViewDetails.ProductViewSummary[Name = $watch.product];
          $exists($p) ? $p[0].ProductId : '')`,
      ),
      active: [],
    },
    next: 'Is there an Account Factory?',
  }),
  'Is there an Account Factory?': choice({
    rules: [when("$productId != ''", 'Read the product')],
    assign: { product: null },
    otherwise: 'Look for Identity Center',
  }),
  'Read the product': sdk('servicecatalog:describeProductAsAdmin', {
    arguments: { Id: expr('$productId') },
    retry: whilePassing('servicecatalog'),
    assign: { versions: expr('[$states.result.ProvisioningArtifactSummaries.Id]') },
    next: 'Read the versions',
  }),
  'Read the versions': forEach('$versions', {
    comment: 'Only the description of a version says whether it is active.',
    atOnce: 3,
    startAt: 'Read the version',
    states: {
      'Read the version': {
        ...sdk('servicecatalog:describeProvisioningArtifact', {
          arguments: { ProductId: expr('$productId'), ProvisioningArtifactId: expr('$states.input') },
          retry: whilePassing('servicecatalog'),
        }),
        Output: expr('$states.result.ProvisioningArtifactDetail.Active ? true : false'),
      },
    },
    assign: {
      product: expr(
        "{'name': $watch.product, 'productId': $productId, 'activeVersions': $count([$states.result][$ = true])}",
      ),
    },
    next: 'Look for Identity Center',
  }),
};

/** Sets have no name in the list: each is described, and those that the file names are read whole. */
const oneSet: States = {
  'Read the permission set': sdk('ssoadmin:describePermissionSet', {
    arguments: {
      InstanceArn: expr('$identityCenter.instanceArn'),
      PermissionSetArn: expr('$states.input'),
    },
    retry: whilePassing('ssoadmin'),
    assign: {
      set: expr(
        `$states.result.PermissionSet.{'name': Name, 'arn': PermissionSetArn,
          'sessionDuration': $exists(SessionDuration) ? SessionDuration : 'PT1H'}`,
      ),
      setPolicies: [],
      ...firstPage('setPage'),
    },
    next: 'Is the set asked about?',
  }),
  'Is the set asked about?': choice({
    rules: [when('$set.name in $watch.permissionSets', 'Read its managed policies')],
    otherwise: 'Leave the set out',
  }),
  'Leave the set out': pass({ output: expr('{}') }),
  'Read its managed policies': sdk('ssoadmin:listManagedPoliciesInPermissionSet', {
    arguments: pageOf(
      "{'InstanceArn': $identityCenter.instanceArn, 'PermissionSetArn': $set.arn, 'MaxResults': 100}",
      { variable: 'setPage' },
    ),
    retry: whilePassing('ssoadmin'),
    assign: {
      setPolicies: expr('[$append($setPolicies, $states.result.AttachedManagedPolicies.Arn)]'),
      ...turnPage('setPage'),
    },
    next: 'More managed policies?',
  }),
  'More managed policies?': choice({
    rules: [when(morePages('setPage'), 'Read its managed policies')],
    otherwise: 'Read its own policy',
  }),
  'Read its own policy': {
    ...sdk('ssoadmin:getInlinePolicyForPermissionSet', {
      arguments: { InstanceArn: expr('$identityCenter.instanceArn'), PermissionSetArn: expr('$set.arn') },
      retry: whilePassing('ssoadmin'),
    }),
    Output: expr(
      `$merge([$set, {'managedPolicies': $setPolicies,
        'inlinePolicy': $exists($states.result.InlinePolicy) ? $states.result.InlinePolicy : ''}])`,
    ),
  },
};
const people: States = {
  'Look for Identity Center': sdk('ssoadmin:listInstances', {
    retry: whilePassing('ssoadmin'),
    assign: {
      identityCenter: expr(
        `$exists($states.result.Instances[0])
          ? $states.result.Instances[0].{'instanceArn': InstanceArn, 'identityStoreId': IdentityStoreId} : null`,
      ),
      ...firstPage('page'),
    },
    next: 'Is there an Identity Center?',
  }),
  'Is there an Identity Center?': choice({
    rules: [when('$identityCenter != null', 'List the permission sets')],
    assign: { groups: [], permissionSets: [] },
    otherwise: 'What is wanted?',
  }),
  'List the permission sets': sdk('ssoadmin:listPermissionSets', {
    arguments: pageOf("{'InstanceArn': $identityCenter.instanceArn, 'MaxResults': 100}", {
      variable: 'page',
    }),
    retry: whilePassing('ssoadmin'),
    assign: { sets: expr('[$append($sets, $states.result.PermissionSets)]'), ...turnPage('page') },
    next: 'More permission sets?',
  }),
  'More permission sets?': choice({
    rules: [when(morePages('page'), 'List the permission sets')],
    otherwise: 'Read the permission sets',
  }),
  'Read the permission sets': forEach('$sets', {
    comment: 'The list has only ARNs.',
    atOnce: 5,
    startAt: 'Read the permission set',
    states: oneSet,
    assign: { permissionSets: expr('[$states.result[$exists(name)]]') },
    next: 'Look for the groups',
  }),
  'Look for the groups': forEach('[$watch.groups]', {
    atOnce: 5,
    startAt: 'Look for one group',
    states: {
      'Look for one group': {
        ...sdk('identitystore:getGroupId', {
          arguments: {
            IdentityStoreId: expr('$identityCenter.identityStoreId'),
            AlternateIdentifier: {
              UniqueAttribute: { AttributePath: 'displayName', AttributeValue: expr('$states.input') },
            },
          },
          retry: whilePassing('identitystore'),
          catch: [caught(['Identitystore.ResourceNotFoundException'], 'There is no such group')],
        }),
        Output: expr("{'name': $states.input}"),
      },
      'There is no such group': pass({ output: expr('{}') }),
    },
    assign: { groups: expr('[$states.result.name]') },
    next: 'What is wanted?',
  }),
};

/** What else the file speaks of: the fence, Account Factory, permission sets and groups. */
export const catalogues: States = { ...policies, ...product, ...people };

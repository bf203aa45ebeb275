import type { Place } from './statement.ts';

/** What an action may be done to, and under which condition. Absent: the action knows no resource, or all are meant. */
export type Scope = { resources: string[]; condition?: Record<string, Record<string, string | string[]>> };

type Scoping = (place: Place) => Scope;

const organization = (kind: string): Scoping => {
  return ({ partition, managementAccountId }) => ({
    resources: [`arn:${partition}:organizations::${managementAccountId}:${kind}`],
  });
};

/** Policies that Jetway makes, and the accounts that it gives them. Never a unit, never the root. */
const policiesOnAccounts: Scoping = ({ partition, managementAccountId }) => ({
  resources: [
    `arn:${partition}:organizations::${managementAccountId}:account/o-*/*`,
    `arn:${partition}:organizations::${managementAccountId}:policy/o-*/service_control_policy/p-*`,
  ],
  condition: SERVICE_CONTROL_POLICIES,
});

/** Control Tower asks with the rights of its caller, and its policies sit on units. */
const policiesOnUnits: Scoping = ({ partition, managementAccountId }) => ({
  resources: [
    `arn:${partition}:organizations::${managementAccountId}:ou/o-*/ou-*`,
    `arn:${partition}:organizations::${managementAccountId}:policy/o-*/*/p-*`,
  ],
});

const SERVICE_CONTROL_POLICIES = { StringEquals: { 'organizations:PolicyType': 'SERVICE_CONTROL_POLICY' } };

/** Sets that Jetway makes are named jetway-…; their instances land in accounts, and AWS wants both and the types named. */
const stackSets: Scoping = ({ partition, managementAccountId }) => ({
  resources: [
    `arn:${partition}:cloudformation:*:${managementAccountId}:stackset/jetway-*:*`,
    `arn:${partition}:cloudformation:*:${managementAccountId}:stackset-target/jetway-*`,
    `arn:${partition}:cloudformation:*::type/resource/*`,
  ],
});

/** Service Catalog makes the stack of a product under a name of its own. */
const productStacks: Scoping = ({ partition, managementAccountId }) => ({
  resources: [`arn:${partition}:cloudformation:*:${managementAccountId}:stack/SC-*`],
});

const product: Scoping = ({ partition, region, managementAccountId, productId }) => ({
  resources: [`arn:${partition}:catalog:${region}:${managementAccountId}:product/${productId}`],
});

const SCOPES: Readonly<Record<string, Scoping>> = {
  'organizations:AttachPolicy': policiesOnAccounts,
  'organizations:DetachPolicy': policiesOnAccounts,
  'organizations:CreatePolicy': () => ({ resources: ['*'], condition: SERVICE_CONTROL_POLICIES }),
  'organizations:DeletePolicy': ({ partition, managementAccountId }) => ({
    resources: [
      `arn:${partition}:organizations::${managementAccountId}:policy/o-*/service_control_policy/p-*`,
    ],
    condition: SERVICE_CONTROL_POLICIES,
  }),
  'organizations:CreateOrganizationalUnit': ({ partition, managementAccountId }) => ({
    resources: [
      `arn:${partition}:organizations::${managementAccountId}:ou/o-*/ou-*`,
      `arn:${partition}:organizations::${managementAccountId}:root/o-*/r-*`,
    ],
  }),
  'organizations:TagResource': organization('account/o-*/*'),
  'organizations:DescribeAccount': organization('account/o-*/*'),
  'organizations:DescribeOrganizationalUnit': organization('ou/o-*/ou-*'),
  'cloudformation:CreateStackSet': ({ partition, region, managementAccountId, artifactBucket }) => ({
    resources: [`arn:${partition}:cloudformation:*:${managementAccountId}:stackset/jetway-*:*`],
    condition: {
      StringLike: {
        'cloudformation:TemplateUrl': `https://${artifactBucket}.s3.${region}.amazonaws.com/*`,
      },
    },
  }),
  'cloudformation:CreateStackInstances': stackSets,
  'cloudformation:UpdateStackInstances': stackSets,
  'cloudformation:DeleteStackInstances': stackSets,
  'cloudformation:DescribeStackInstance': stackSets,
  'cloudformation:DescribeStackSet': stackSets,
  'cloudformation:DescribeStackSetOperation': stackSets,
  // Whether Account Factory makes VPCs shows in Control Tower's own set.
  'cloudformation:ListStackInstances': (place) => ({
    resources: [
      ...stackSets(place).resources,
      `arn:${place.partition}:cloudformation:*:${place.managementAccountId}:stackset/AWSControlTowerBP-VPC-ACCOUNT-FACTORY-V1:*`,
    ],
  }),
  'cloudformation:CreateStack': productStacks,
  'cloudformation:DescribeStackEvents': productStacks,
  'cloudformation:DescribeStacks': productStacks,
  'cloudformation:SetStackPolicy': productStacks,
  'cloudformation:UpdateStack': productStacks,
  'servicecatalog:ProvisionProduct': product,
  'servicecatalog:DescribeProvisioningArtifact': product,
  'sqs:SendMessage': ({ inboxArn }) => ({ resources: [inboxArn] }),
  'kms:Decrypt': ({ inboxKeyArn }) => ({ resources: [inboxKeyArn] }),
  'kms:GenerateDataKey': ({ inboxKeyArn }) => ({ resources: [inboxKeyArn] }),
};

/** Actions that mean something else when AWS does them for a call than when a state calls them itself. */
const DEPENDENT_SCOPES: Readonly<Record<string, Readonly<Record<string, Scoping>>>> = {
  'controltower:EnableControl': {
    'organizations:AttachPolicy': policiesOnUnits,
    'organizations:DetachPolicy': policiesOnUnits,
    'organizations:UpdatePolicy': policiesOnUnits,
    'organizations:DeletePolicy': policiesOnUnits,
    'organizations:CreatePolicy': () => ({ resources: ['*'] }),
  },
  'cloudformation:CreateStackSet': {
    's3:GetObject': ({ partition, artifactBucket }) => ({
      resources: [`arn:${partition}:s3:::${artifactBucket}/*.template.json`],
    }),
  },
  'servicecatalog:ProvisionProduct': {
    's3:GetObject': ({ partition }) => ({
      resources: [`arn:${partition}:s3:::sc-*`, `arn:${partition}:s3:::cf-templates-*`],
    }),
  },
};

const EVERYTHING: Scope = { resources: ['*'] };

export const scopeOf = (action: string, place: Place): Scope => SCOPES[action]?.(place) ?? EVERYTHING;

/** @param call the first of the calls that need the action */
export const dependentScopeOf = (action: string, call: string, place: Place): Scope =>
  DEPENDENT_SCOPES[call]?.[action]?.(place) ?? scopeOf(action, place);

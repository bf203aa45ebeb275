/**
 * Actions that AWS asks for besides the one that a state calls. Nothing derives them: each row was read somewhere and
 * says where. A row whose call no machine makes any more fails the check, so that rights go when their reason does.
 */
export type Dependent = {
  /** The calls that need it, in IAM's words. */
  calls: readonly string[];
  actions: readonly string[];
  why: string;
  source: string;
};

const ACCOUNT_FACTORY_GUIDE =
  'AWS Control Tower User Guide, "Provision and manage accounts with Account Factory", permissions of whoever provisions';
const END_USER_POLICY = 'AWS managed policy AWSServiceCatalogEndUserFullAccess';
const CONTROLS_SAMPLE =
  'aws-samples/aws-control-tower-controls-cdk, README "IAM policy": the least that enables and disables controls';

export const DEPENDENT_ACTIONS: readonly Dependent[] = [
  {
    calls: ['servicecatalog:ProvisionProduct', 'servicecatalog:UpdateProvisionedProduct'],
    actions: ['controltower:CreateManagedAccount', 'controltower:DescribeManagedAccount'],
    why: 'Account Factory makes and enrols the account with the rights of whoever provisions it.',
    source: ACCOUNT_FACTORY_GUIDE,
  },
  {
    calls: ['servicecatalog:ProvisionProduct', 'servicecatalog:UpdateProvisionedProduct'],
    actions: [
      'sso:AssociateProfile',
      'sso:CreateApplicationInstance',
      'sso:CreateProfile',
      'sso:CreateTrust',
      'sso:DescribeRegisteredRegions',
      'sso:GetApplicationInstance',
      'sso:GetPeregrineStatus',
      'sso:GetPermissionSet',
      'sso:GetProfile',
      'sso:GetSSOStatus',
      'sso:GetTrust',
      'sso:ListDirectoryAssociations',
      'sso:ListPermissionSets',
      'sso:ListProfileAssociations',
      'sso:ProvisionApplicationInstanceForAWSAccount',
      'sso:ProvisionApplicationProfileForAWSAccountInstance',
      'sso:ProvisionSAMLProvider',
      'sso:UpdateProfile',
      'sso:UpdateTrust',
    ],
    why: 'Account Factory gives the platform identity of SSOUserEmail its first access.',
    source: ACCOUNT_FACTORY_GUIDE,
  },
  {
    calls: ['servicecatalog:ProvisionProduct', 'servicecatalog:UpdateProvisionedProduct'],
    actions: [
      'sso-directory:AddMemberToGroup',
      'sso-directory:CreateUser',
      'sso-directory:DescribeDirectory',
      'sso-directory:DescribeGroups',
      'sso-directory:GetUserPoolInfo',
      'sso-directory:ListMembersInGroup',
      'sso-directory:SearchGroups',
      'sso-directory:SearchGroupsWithGroupName',
      'sso-directory:SearchUsers',
    ],
    why: 'Account Factory looks for the platform identity, and makes it where it is missing.',
    source: ACCOUNT_FACTORY_GUIDE,
  },
  {
    calls: ['servicecatalog:ProvisionProduct', 'servicecatalog:UpdateProvisionedProduct'],
    actions: ['organizations:DescribeOrganization'],
    why: 'Account Factory checks the organization it makes the account in.',
    source: ACCOUNT_FACTORY_GUIDE,
  },
  {
    calls: ['servicecatalog:ProvisionProduct', 'servicecatalog:UpdateProvisionedProduct'],
    actions: [
      'cloudformation:CreateStack',
      'cloudformation:DescribeStackEvents',
      'cloudformation:DescribeStacks',
      'cloudformation:GetTemplateSummary',
      'cloudformation:SetStackPolicy',
      'cloudformation:UpdateStack',
      'cloudformation:ValidateTemplate',
    ],
    why: 'The product is a stack of the management account, named SC-…; it is made with the rights of whoever provisions.',
    source: END_USER_POLICY,
  },
  {
    calls: ['servicecatalog:ProvisionProduct', 'servicecatalog:UpdateProvisionedProduct'],
    actions: ['s3:GetObject'],
    why: 'The template of the product lies in a bucket of Service Catalog.',
    source: ACCOUNT_FACTORY_GUIDE,
  },
  {
    calls: ['cloudformation:CreateStackSet'],
    actions: ['s3:GetObject'],
    why: 'TemplateURL is read with the rights of whoever calls.',
    source: 'AWS CloudFormation API Reference, CreateStackSet, TemplateURL',
  },
  {
    calls: ['sqs:SendMessage'],
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    why: 'The inbox is encrypted with a key of our own.',
    source: 'Amazon SQS Developer Guide, "Key management": permissions of a producer',
  },
  {
    calls: ['controltower:EnableControl', 'controltower:DisableControl', 'controltower:UpdateEnabledControl'],
    actions: [
      'organizations:AttachPolicy',
      'organizations:CreatePolicy',
      'organizations:DeletePolicy',
      'organizations:DescribeOrganization',
      'organizations:DetachPolicy',
      'organizations:ListAccounts',
      'organizations:ListAWSServiceAccessForOrganization',
      'organizations:ListChildren',
      'organizations:ListOrganizationalUnitsForParent',
      'organizations:ListParents',
      'organizations:ListPoliciesForTarget',
      'organizations:ListRoots',
      'organizations:UpdatePolicy',
    ],
    why: 'Control Tower changes the policies of the unit with the rights of whoever enables the control.',
    source: CONTROLS_SAMPLE,
  },
];

/** Every machine needs them for its own log and trace, whatever it calls. None of them can be narrowed to a resource. */
export const MACHINE_ACTIONS: Dependent = {
  calls: [],
  actions: [
    'logs:CreateLogDelivery',
    'logs:DeleteLogDelivery',
    'logs:DescribeLogGroups',
    'logs:DescribeResourcePolicies',
    'logs:GetLogDelivery',
    'logs:ListLogDeliveries',
    'logs:PutResourcePolicy',
    'logs:UpdateLogDelivery',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
    'xray:PutTelemetryRecords',
    'xray:PutTraceSegments',
  ],
  why: 'Step Functions writes its log and its trace with the role of the machine.',
  source:
    'AWS Step Functions Developer Guide, "Logging using CloudWatch Logs" and "X-Ray": policies of the role',
};

/**
 * What AWS's lists have and no role of ours gets: the guide means people who also end accounts, and a machine that may
 * do it is a machine that can be made to.
 */
export const LEFT_OUT: readonly { action: string; why: string }[] = [
  { action: 'controltower:DeregisterManagedAccount', why: 'ends the management of an account' },
  { action: 'servicecatalog:TerminateProvisionedProduct', why: 'ends the management of an account' },
  { action: 'cloudformation:DeleteStack', why: 'only a terminated product deletes its stack' },
];

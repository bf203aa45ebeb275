import { type AccountResource, deleteResource, GLOBAL } from '../../account-resources.ts';
import { scheduleEvaluation } from '../../config/rules.ts';
import { getRole, markFresh, putSettledRoles, ROLE_TYPE, roleArn } from '../../iam.ts';
import { isObject, type JsonObject } from '../template/template.ts';
import {
  type IamAction,
  isoNow,
  nameFrom,
  propertyRules,
  type ResourceContext,
  ResourceFailure,
  type ResourceType,
  textOf,
} from './resource-type.ts';

const iamArn = (accountId: string, kind: string, name: string, path = '/'): string =>
  `arn:aws:iam::${accountId}:${kind}${path}${name}`;

const pathOf = (properties: JsonObject): string => textOf(properties, 'Path') || '/';

function roleActions({ accountId, properties, stackName, logicalId }: ResourceContext): IamAction[] {
  const name = textOf(properties, 'RoleName') || `${stackName}-${logicalId}-*`;
  const resource = roleArn(accountId, name, pathOf(properties));
  const actions: IamAction[] = [{ action: 'iam:CreateRole', resource }];
  if (listed(properties.ManagedPolicyArns)) actions.push({ action: 'iam:AttachRolePolicy', resource });
  if (listed(properties.Policies)) actions.push({ action: 'iam:PutRolePolicy', resource });
  if (listed(properties.Tags)) actions.push({ action: 'iam:TagRole', resource });
  return actions;
}

const listed = (value: unknown): boolean => Array.isArray(value) && value.length > 0;

function createRole(context: ResourceContext) {
  const { accountId, properties, world } = context;
  const name = nameFrom(context, 'RoleName');
  if (!/^[\w+=,.@-]{1,64}$/.test(name))
    throw new ResourceFailure(`The specified value for roleName is invalid: ${name}`);
  checkPolicy(properties.AssumeRolePolicyDocument, true);
  for (const policy of Array.isArray(properties.Policies) ? properties.Policies : [])
    checkPolicy(isObject(policy) ? policy.PolicyDocument : undefined, false);
  const Arn = roleArn(accountId, name, pathOf(properties));
  return { id: name, attributes: { Arn, RoleId: `AROA${world.random.hex(17).toUpperCase()}` } };
}

/** IAM refuses a document that is not a policy; whether it allows the right things is for the caller to know. */
function checkPolicy(document: unknown, isTrust: boolean): void {
  const policy = typeof document === 'string' ? parsed(document) : document;
  const raw = (policy as { Statement?: unknown } | undefined)?.Statement;
  const statements = Array.isArray(raw) ? raw : raw === undefined ? [] : [raw];
  const sound =
    statements.length > 0 &&
    statements.every((one: Record<string, unknown>) => {
      const hasAction = one.Action !== undefined || one.NotAction !== undefined;
      const target = isTrust ? one.Principal : (one.Resource ?? one.NotResource);
      return (one.Effect === 'Allow' || one.Effect === 'Deny') && hasAction && target !== undefined;
    });
  if (!sound) throw new ResourceFailure('Syntax errors in policy. (MalformedPolicyDocument)');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function requireRoles({ world, accountId, properties }: ResourceContext): void {
  for (const name of Array.isArray(properties.Roles) ? properties.Roles : [])
    if (!getRole(world, accountId, String(name)))
      throw new ResourceFailure(`The role with name ${String(name)} cannot be found.`, 'NotFound');
}

function createManagedPolicy(context: ResourceContext) {
  const { accountId, properties, world } = context;
  checkPolicy(properties.PolicyDocument, false);
  requireRoles(context);
  const id = iamArn(accountId, 'policy', nameFrom(context, 'ManagedPolicyName', 128), pathOf(properties));
  return {
    id,
    attributes: {
      PolicyArn: id,
      PolicyId: `ANPA${world.random.hex(17).toUpperCase()}`,
      CreateDate: isoNow(world),
      DefaultVersionId: 'v1',
      IsAttachable: true,
    },
  };
}

function createInlinePolicy(context: ResourceContext) {
  checkPolicy(context.properties.PolicyDocument, false);
  requireRoles(context);
  const id = `${context.stackName.slice(0, 5)}-${context.logicalId.slice(0, 4)}-${context.world.random.hex(12).toUpperCase()}`;
  return { id, attributes: { Id: id } };
}

function createRolePolicy(context: ResourceContext) {
  checkPolicy(context.properties.PolicyDocument, false);
  return { id: `${textOf(context.properties, 'PolicyName')}|${textOf(context.properties, 'RoleName')}` };
}

function createInstanceProfile(context: ResourceContext) {
  requireRoles(context);
  const id = nameFrom(context, 'InstanceProfileName', 128);
  return {
    id,
    attributes: { Arn: iamArn(context.accountId, 'instance-profile', id, pathOf(context.properties)) },
  };
}

/** Which role an inline policy is for: its first one, or none that we know. */
const policyTarget = (accountId: string, properties: JsonObject): string =>
  roleArn(
    accountId,
    String((Array.isArray(properties.Roles) ? properties.Roles[0] : undefined) ?? properties.RoleName ?? '*'),
  );

/** Names that do not follow from the service's own. */
const LINKED_ROLES: Readonly<Record<string, string>> = {
  'config.amazonaws.com': 'AWSServiceRoleForConfig',
  'delivery.logs.amazonaws.com': 'AWSServiceRoleForLogDelivery',
};

const linkedService = ({ properties }: Pick<ResourceContext, 'properties'>): string =>
  textOf(properties, 'AWSServiceName');

const serviceOf = (role: string): string =>
  Object.entries(LINKED_ROLES).find(([, name]) => role.startsWith(name))?.[0] ?? '*';

function createLinkedRole(context: ResourceContext) {
  const service = linkedService(context);
  const suffix = textOf(context.properties, 'CustomSuffix');
  const name = LINKED_ROLES[service];
  if (name === undefined)
    throw new ResourceFailure(`Service role for ${service} is not known`, 'InvalidRequest');
  const id = suffix === '' ? name : `${name}_${suffix}`;
  if (getRole(context.world, context.accountId, id))
    throw new ResourceFailure(
      `Service role name ${id} has been taken in this account, please try a different suffix. (Service: Iam, Status Code: 400)`,
    );
  return { id, attributes: { RoleName: id } };
}

export const IDENTITY_TYPES: readonly ResourceType[] = [
  {
    type: 'AWS::IAM::Role',
    properties:
      propertyRules(`AssumeRolePolicyDocument:j! Description ManagedPolicyArns:l MaxSessionDuration:n Path*
      PermissionsBoundary Policies:l RoleName* Tags:l`),
    attributes: ['Arn', 'RoleId'],
    actions: roleActions,
    deleteAction: ({ accountId }, id) => ({ action: 'iam:DeleteRole', resource: roleArn(accountId, id) }),
    create: createRole,
    afterCreate: ({ world, accountId }, role: AccountResource) => {
      markFresh(world, accountId, [role.id]);
      // Recorded at home, from whichever Region it was made.
      scheduleEvaluation(world, accountId, world.landingZone.homeRegion);
    },
  },
  {
    type: 'AWS::IAM::ManagedPolicy',
    properties: propertyRules(
      'PolicyDocument:j! ManagedPolicyName* Description* Path* Groups:l Roles:l Users:l',
    ),
    attributes: ['PolicyArn', 'PolicyId', 'CreateDate', 'DefaultVersionId', 'IsAttachable'],
    actions: ({ accountId, properties, stackName, logicalId }) => [
      {
        action: 'iam:CreatePolicy',
        resource: iamArn(
          accountId,
          'policy',
          textOf(properties, 'ManagedPolicyName') || `${stackName}-${logicalId}-*`,
          pathOf(properties),
        ),
      },
    ],
    deleteAction: (_context, id) => ({ action: 'iam:DeletePolicy', resource: id }),
    create: createManagedPolicy,
  },
  {
    type: 'AWS::IAM::Policy',
    properties: propertyRules('PolicyDocument:j! PolicyName!* Groups:l Roles:l Users:l'),
    attributes: ['Id'],
    actions: ({ accountId, properties }) => [
      { action: 'iam:PutRolePolicy', resource: policyTarget(accountId, properties) },
    ],
    deleteAction: ({ accountId }) => ({ action: 'iam:DeleteRolePolicy', resource: roleArn(accountId, '*') }),
    create: createInlinePolicy,
  },
  {
    type: 'AWS::IAM::RolePolicy',
    properties: propertyRules('PolicyName!* RoleName!* PolicyDocument:j'),
    attributes: [],
    references: { RoleName: 'AWS::IAM::Role' },
    actions: ({ accountId, properties }) => [
      { action: 'iam:PutRolePolicy', resource: policyTarget(accountId, properties) },
    ],
    deleteAction: ({ accountId }, id) => ({
      action: 'iam:DeleteRolePolicy',
      resource: roleArn(accountId, id.split('|')[1] ?? '*'),
    }),
    create: createRolePolicy,
  },
  {
    type: 'AWS::IAM::InstanceProfile',
    properties: propertyRules('Roles:l! InstanceProfileName* Path*'),
    attributes: ['Arn'],
    actions: ({ accountId, properties, stackName, logicalId }) => [
      {
        action: 'iam:CreateInstanceProfile',
        resource: iamArn(
          accountId,
          'instance-profile',
          textOf(properties, 'InstanceProfileName') || `${stackName}-${logicalId}-*`,
          pathOf(properties),
        ),
      },
    ],
    deleteAction: ({ accountId }, id) => ({
      action: 'iam:DeleteInstanceProfile',
      resource: iamArn(accountId, 'instance-profile', id),
    }),
    create: createInstanceProfile,
  },
  {
    type: 'AWS::IAM::ServiceLinkedRole',
    properties: propertyRules('AWSServiceName* CustomSuffix* Description'),
    attributes: ['RoleName'],
    actions: (context) => [
      {
        action: 'iam:CreateServiceLinkedRole',
        resource: roleArn(context.accountId, '*', `/aws-service-role/${linkedService(context)}/`),
      },
    ],
    deleteAction: ({ accountId }, id) => ({
      action: 'iam:DeleteServiceLinkedRole',
      resource: roleArn(accountId, id, `/aws-service-role/${serviceOf(id)}/`),
    }),
    create: createLinkedRole,
    afterCreate: (context, { id: name }) => {
      const service = linkedService(context);
      const trust = {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
      };
      const path = `/aws-service-role/${service}/`;
      putSettledRoles(context.world, context.accountId, [{ name, path, trust }]);
    },
    afterDelete: (world, { accountId, id }) => deleteResource(world.store, accountId, GLOBAL, ROLE_TYPE, id),
  },
];

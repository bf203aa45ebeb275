import { trustsService } from '../../../authorization/trust.ts';
import type { AccountResource } from '../../account-resources.ts';
import { PERMISSION_TYPE } from '../../config/custom-rules.ts';
import { getRole, parseRoleArn } from '../../iam.ts';
import { askFunction } from '../../lambda/custom-resource.ts';
import { FUNCTION_TYPE, findFunction } from '../../lambda/functions.ts';
import { isObject, type JsonObject } from '../template/template.ts';
import {
  nameFrom,
  propertyRules,
  type ResourceContext,
  ResourceFailure,
  type ResourceType,
  textOf,
} from './resource-type.ts';

/** Code that is written into a template, as bytes. */
const INLINE_CODE_LIMIT = 4 * 1024 * 1024;
/** Runtimes that the embedded Lambda can run: it runs JavaScript. */
const RUNTIMES = ['nodejs22.x', 'nodejs24.x'];

const functionArn = (accountId: string, region: string, name: string): string =>
  `arn:aws:lambda:${region}:${accountId}:function:${name}`;

function createFunction(context: ResourceContext) {
  const { accountId, region } = context;
  checkFunction(context);
  const id = nameFrom(context, 'FunctionName');
  return { id, attributes: { Arn: functionArn(accountId, region, id) } };
}

function checkFunction({ world, accountId, properties }: ResourceContext): void {
  const code = isObject(properties.Code) ? textOf(properties.Code, 'ZipFile') : '';
  if (code === '') throw new ResourceFailure('the embedded AWS runs inline code (Code.ZipFile) only');
  if (Buffer.byteLength(code) > INLINE_CODE_LIMIT)
    throw new ResourceFailure(`Inline code is larger than ${INLINE_CODE_LIMIT} bytes`);
  const runtime = textOf(properties, 'Runtime');
  if (!RUNTIMES.includes(runtime))
    throw new ResourceFailure(`the embedded AWS runs ${RUNTIMES.join(', ')}, not ${runtime}`);
  if (textOf(properties, 'Handler') !== 'index.handler')
    throw new ResourceFailure('the embedded AWS calls index.handler only');
  const parsed = parseRoleArn(textOf(properties, 'Role'));
  const role = parsed && parsed.accountId === accountId && getRole(world, accountId, parsed.roleName);
  // A role that is too new is waited for by CloudFormation.
  if (!role || !trustsService(role.properties.AssumeRolePolicyDocument, 'lambda.amazonaws.com'))
    throw new ResourceFailure('The role defined for the function cannot be assumed by Lambda.');
}

function functionActions({ accountId, region, properties, stackName, logicalId }: ResourceContext) {
  const name = textOf(properties, 'FunctionName') || `${stackName}-${logicalId}-*`;
  return [
    { action: 'lambda:CreateFunction', resource: functionArn(accountId, region, name) },
    { action: 'iam:PassRole', resource: textOf(properties, 'Role') },
  ];
}

/** FunctionName is a name or an ARN. */
function permitted(accountId: string, region: string, properties: JsonObject): string {
  const name = textOf(properties, 'FunctionName');
  return name.startsWith('arn:') ? name : functionArn(accountId, region, name);
}

export const FUNCTION_TYPES: readonly ResourceType[] = [
  {
    type: FUNCTION_TYPE,
    properties: propertyRules(`Code:o! Role! FunctionName* Handler Runtime Timeout:n MemorySize:n Description
      Architectures:l Environment:o LoggingConfig:o DeadLetterConfig:o ReservedConcurrentExecutions:n
      TracingConfig:o KmsKeyArn Tags:l`),
    attributes: ['Arn'],
    actions: functionActions,
    deleteAction: ({ accountId, region }, id) => ({
      action: 'lambda:DeleteFunction',
      resource: functionArn(accountId, region, id),
    }),
    create: createFunction,
    afterUpdate: checkFunction,
  },
  {
    type: PERMISSION_TYPE,
    properties: propertyRules(`Action!* FunctionName!* Principal!* SourceAccount* SourceArn* PrincipalOrgID*
      EventSourceToken* FunctionUrlAuthType*`),
    attributes: ['Id'],
    actions: ({ accountId, region, properties }) => [
      { action: 'lambda:AddPermission', resource: permitted(accountId, region, properties) },
    ],
    deleteAction: ({ accountId, region }) => ({
      action: 'lambda:RemovePermission',
      resource: functionArn(accountId, region, '*'),
    }),
    create: (context) => {
      const { world, accountId, region, properties } = context;
      const target = permitted(accountId, region, properties);
      if (!findFunction(world, target))
        throw new ResourceFailure(`Function not found: ${target}`, 'NotFound');
      const id = nameFrom(context, 'Id', 100);
      return { id, attributes: { Id: id } };
    },
  },
];

export const isCustomResource = (type: string): boolean =>
  type === 'AWS::CloudFormation::CustomResource' || /^Custom::[\w@-]{1,60}$/.test(type);

const serviceToken = (properties: JsonObject): string => textOf(properties, 'ServiceToken');

const request = (context: ResourceContext, type: string) => ({
  resourceType: type,
  stackId: context.stackId,
  logicalId: context.logicalId,
});

/** A custom resource: its function is asked to make, change and delete it. */
export const customResource = (type: string): ResourceType => ({
  type,
  properties: propertyRules('ServiceToken!* ServiceTimeout:n'),
  openProperties: true,
  attributes: 'any',
  actions: ({ properties }) => [{ action: 'lambda:InvokeFunction', resource: serviceToken(properties) }],
  // What is invoked is not known any more here; the policies that bind us name no function.
  deleteAction: () => ({ action: 'lambda:InvokeFunction' }),
  create(context) {
    if (!findFunction(context.world, serviceToken(context.properties)))
      throw new ResourceFailure(`Function not found: ${serviceToken(context.properties)}`, 'NotFound');
    return askFunction(context, {
      ...request(context, type),
      type: 'Create',
      properties: context.properties,
    });
  },
  update: (context, old) =>
    askFunction(context, {
      ...request(context, type),
      type: 'Update',
      properties: context.properties,
      oldProperties: old.properties as JsonObject,
      physicalId: old.id,
    }),
  beforeDelete: (context, old: AccountResource) => {
    askFunction(context, {
      ...request(context, type),
      type: 'Delete',
      properties: old.properties as JsonObject,
      physicalId: old.id,
    });
  },
});

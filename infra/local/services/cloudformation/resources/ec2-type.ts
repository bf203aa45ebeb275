import type { World } from '../../../world.ts';
import { propertyRules, type ResourceType } from './resource-type.ts';

type Ec2 = {
  type: string;
  /** The EC2 API's word in ARNs and in Create…/Delete… actions. */
  arnType: string;
  action: string;
  /** Where it does not follow from `action`. */
  undo?: string;
  properties: string;
  attributes?: string[];
  references?: Record<string, string>;
  create: ResourceType['create'];
} & Pick<ResourceType, 'afterCreate' | 'afterDelete'>;

/** EC2 types differ in little: one action to make, one to delete, ARNs of one form. */
export function ec2({
  type,
  arnType,
  action,
  undo = action.replace(
    /^(Create|Attach|Associate|Allocate|Authorize|Replace)/,
    (verb) => UNDO[verb] ?? 'Delete',
  ),
  properties,
  attributes = [],
  references,
  ...rest
}: Ec2): ResourceType {
  const arn = (accountId: string, region: string, id: string) =>
    `arn:aws:ec2:${region}:${accountId}:${arnType}/${id}`;
  return {
    type: `AWS::EC2::${type}`,
    properties: propertyRules(properties),
    attributes,
    ...(references === undefined ? {} : { references }),
    // The id is not known before the call: AWS then asks for the type's ARN with a star.
    actions: ({ accountId, region }) => [{ action: `ec2:${action}`, resource: arn(accountId, region, '*') }],
    deleteAction: ({ accountId, region }, id) => ({
      action: `ec2:${undo}`,
      resource: arn(accountId, region, id),
    }),
    ...rest,
  };
}

const UNDO: Record<string, string> = {
  Attach: 'Detach',
  Associate: 'Disassociate',
  Allocate: 'Release',
  Authorize: 'Revoke',
  Replace: 'Replace',
};
export const VPC = 'AWS::EC2::VPC';
export const SUBNET = 'AWS::EC2::Subnet';
export const ROUTE_TABLE = 'AWS::EC2::RouteTable';
export const SECURITY_GROUP = 'AWS::EC2::SecurityGroup';

export const newId = (context: { world: World }, prefix: string): string =>
  `${prefix}-0${context.world.random.hex(16)}`;

/** Makes an id of that prefix, and shows it as an attribute too. */
export function ownId(prefix: string, attribute?: string): ResourceType['create'] {
  return (context) => {
    const id = newId(context, prefix);
    return attribute === undefined ? { id } : { id, attributes: { [attribute]: id } };
  };
}

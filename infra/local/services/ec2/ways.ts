import { page } from '../../paging.ts';
import type { Caller, Operation, World } from '../../world.ts';
import { type Filters, passes } from './filters.ts';

type Place = Omit<Caller, 'principalArn'>;
type Describe = { Filters?: Filters; NextToken?: string; MaxResults?: number };
/** Of a VPC to a transit gateway, whoever owns that. */
export type Attachment = {
  TransitGatewayAttachmentId: string;
  TransitGatewayId: string;
  VpcId: string;
  VpcOwnerId: string;
  State: string;
};
type Side = { VpcId: string; OwnerId: string; Region: string; CidrBlockSet: { CidrBlock: string }[] };
export type Peering = {
  VpcPeeringConnectionId: string;
  RequesterVpcInfo: Side;
  AccepterVpcInfo: Side;
  Status: { Code: string };
};

const PAGE = 1_000;
const at = (kind: 'attachments' | 'peerings', { accountId, region }: Place) =>
  `ec2/${kind}/${accountId}/${region}`;

/** Knob: an attachment as its account sees it. */
export const putAttachment = (store: World['store'], place: Place, attachment: Attachment): void =>
  store.put(at('attachments', place), attachment.TransitGatewayAttachmentId, attachment);
/** Knob: a peering as one of its accounts sees it. */
export const putPeering = (store: World['store'], place: Place, peering: Peering): void =>
  store.put(at('peerings', place), peering.VpcPeeringConnectionId, peering);

/** The ways out of a VPC into others: nothing of them is made here, they are looked at. */
export function wayOperations({
  store,
}: World): Record<'DescribeTransitGatewayVpcAttachments' | 'DescribeVpcPeeringConnections', Operation> {
  const paged = <T>(all: T[], { NextToken, MaxResults }: Describe) =>
    page(all, NextToken, MaxResults ?? PAGE, 'InvalidParameterValue');
  return {
    DescribeTransitGatewayVpcAttachments: (input: Describe, caller: Caller) => {
      const found = store
        .values<Attachment>(at('attachments', caller))
        .filter((one) => passes(input.Filters, [], { 'vpc-id': one.VpcId }));
      const { items, nextToken } = paged(found, input);
      return { TransitGatewayVpcAttachments: items, NextToken: nextToken };
    },
    DescribeVpcPeeringConnections: (input: Describe, caller: Caller) => {
      const found = store
        .values<Peering>(at('peerings', caller))
        .filter((one) =>
          passes(input.Filters, [], { 'vpc-peering-connection-id': one.VpcPeeringConnectionId }),
        );
      const { items, nextToken } = paged(found, input);
      return { VpcPeeringConnections: items, NextToken: nextToken };
    },
  };
}

import type { Ask } from './ask.ts';
import { judgeBudget, judgeConfigRule } from './governance.ts';
import { judgeEventRule, judgeRole } from './identity.ts';
import { judgeEndpoint, judgeFlowLog, judgeRoute, judgeSubnet, judgeVpc } from './network.ts';
import { judgeAuthorization, judgeChannel, judgeLinkedRole, judgeRecorder, judgeTrail } from './recording.ts';
import { judgeSettings } from './settings.ts';
import {
  judgeAddress,
  judgeAttachment,
  judgeClosedGroup,
  judgeNatGateway,
  judgeSecurityGroup,
} from './ways-out.ts';

/**
 * Asks moto's own API of a service for one resource, and compares it with what the embedded CloudFormation made of the
 * same template and parameters. Throws an AssertionError.
 *
 * @param planned the properties, in CloudFormation's spelling, all functions resolved
 * @param physicalId as moto's CloudFormation names it
 */
export type Judge<Properties> = (ask: Ask, planned: Properties, physicalId: string) => void;

/** Resource types that moto is asked for by their own API. Of all others the stack alone tells. */
const JUDGES: Record<string, Judge<never>> = {
  'AWS::Budgets::Budget': judgeBudget,
  'AWS::CloudTrail::Trail': judgeTrail,
  'AWS::Config::AggregationAuthorization': judgeAuthorization,
  'AWS::Config::ConfigRule': judgeConfigRule,
  'AWS::Config::ConfigurationRecorder': judgeRecorder,
  'AWS::Config::DeliveryChannel': judgeChannel,
  'AWS::EC2::EIP': judgeAddress,
  'AWS::EC2::FlowLog': judgeFlowLog,
  'AWS::EC2::NatGateway': judgeNatGateway,
  'AWS::EC2::Route': judgeRoute,
  'AWS::EC2::SecurityGroup': judgeSecurityGroup,
  'AWS::EC2::Subnet': judgeSubnet,
  'AWS::EC2::VPC': judgeVpc,
  'AWS::EC2::VPCEndpoint': judgeEndpoint,
  'AWS::EC2::VPCGatewayAttachment': judgeAttachment,
  'AWS::Events::Rule': judgeEventRule,
  'AWS::IAM::Role': judgeRole,
  'AWS::IAM::ServiceLinkedRole': judgeLinkedRole,
  'Custom::AccountSettings': judgeSettings,
  'Custom::ClosedSecurityGroup': judgeClosedGroup,
};

export const judgeOf = (type: string): Judge<object> | undefined => JUDGES[type] as Judge<object> | undefined;

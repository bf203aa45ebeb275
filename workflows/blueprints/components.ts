import { type Blueprint, BlueprintError } from './blueprint.ts';
import type { PlannedSubnet } from './network.ts';
import type { BlueprintParameters } from './parameters.ts';

/** ComponentPlan of the plan. */
export type PlannedComponent = {
  name: string;
  version: string;
  mode: 'deploy' | 'verify';
  region: string;
  stackName?: string;
  templateDigest?: string;
  parameters: Record<string, string>;
};

/** What the plan knows besides the request. */
export type BlueprintContext = {
  homeRegion: string;
  managementAccountId: string;
  auditAccountId: string;
  /** The external id of the execution role: who vends. */
  stateMachineArn: string;
  /** Compliance events are sent there. */
  eventBusArn: string;
  /** Has to be given to assume the audit roles. */
  auditExternalId: string;
  /** Bucket in the log-archive account; empty for no flow logs. */
  flowLogBucketArn: string;
  ownerEmail: string;
  /** Null when the parameters ask for no VPC. */
  network: { vpcCidr: string; subnets: readonly PlannedSubnet[] } | null;
  /** `sha256:<hex>` of the template's text, by component. */
  templateDigests: ReadonlyMap<string, string>;
};

/** The stack of Config rules: a component that the guardrails bring, not the blueprint. */
export const DETECTIVE_COMPONENT = 'guardrails-detective';
const DETECTIVE_VERSION = '1.0.0';

const stackNameOf = (component: string): string => `jetway-${component}`;

type StackParameters = (parameters: BlueprintParameters, context: BlueprintContext) => Record<string, string>;

const STACK_PARAMETERS: Record<string, StackParameters> = {
  'execution-role': (_, { managementAccountId, stateMachineArn }) => ({
    ManagementAccountId: managementAccountId,
    ExternalId: stateMachineArn,
  }),
  'event-forwarding': (_, { eventBusArn }) => ({ EventBusArn: eventBusArn }),
  'audit-roles': (_, { auditAccountId, auditExternalId }) => ({
    AuditAccountId: auditAccountId,
    ExternalId: auditExternalId,
  }),
  budget: ({ budget }, { ownerEmail }) => ({
    MonthlyLimitUsd: String(budget?.monthlyLimitUsd ?? ''),
    OwnerEmail: ownerEmail,
  }),
  vpc: vpcParameters,
  cloudtrail: () => ({}),
  config: () => ({}),
};

/**
 * The components of a plan, in the blueprint's order. Throws BlueprintError when a template or the network is missing:
 * that is our fault, never the requester's.
 */
export function componentsFor(
  blueprint: Blueprint,
  parameters: BlueprintParameters,
  context: BlueprintContext,
): PlannedComponent[] {
  return blueprint.components
    .filter((component) => component.parameters === undefined || parameters[component.parameters] !== null)
    .map(({ name, version, mode }) => {
      const stackParameters = STACK_PARAMETERS[name];
      if (stackParameters === undefined) throw new BlueprintError(`nobody knows the parameters of ${name}`);
      return {
        name,
        version,
        mode,
        region: context.homeRegion,
        ...(mode === 'deploy' ? stackOf(name, context.templateDigests) : {}),
        parameters: stackParameters(parameters, context),
      };
    });
}

/** The component that makes the Config rules; `parameters` come from planDetective. */
export function detectiveComponent(
  parameters: Record<string, string>,
  context: Pick<BlueprintContext, 'homeRegion' | 'templateDigests'>,
): PlannedComponent {
  return {
    name: DETECTIVE_COMPONENT,
    version: DETECTIVE_VERSION,
    mode: 'deploy',
    region: context.homeRegion,
    ...stackOf(DETECTIVE_COMPONENT, context.templateDigests),
    parameters,
  };
}

function stackOf(
  name: string,
  digests: ReadonlyMap<string, string>,
): Pick<PlannedComponent, 'stackName' | 'templateDigest'> {
  const templateDigest = digests.get(name);
  if (templateDigest === undefined) throw new BlueprintError(`there is no template for ${name}`);
  return { stackName: stackNameOf(name), templateDigest };
}

function vpcParameters({ vpc }: BlueprintParameters, context: BlueprintContext): Record<string, string> {
  if (context.network === null) throw new BlueprintError('a VPC is asked for and no network was planned');
  const { vpcCidr, subnets } = context.network;
  const zones = [...new Set(subnets.map(({ availabilityZone }) => availabilityZone))];
  const parameters: Record<string, string> = { VpcCidr: vpcCidr };
  zones.forEach((zone, i) => {
    parameters[`AvailabilityZone${i + 1}`] = zone;
  });
  for (const { tier, availabilityZone, cidr } of subnets) {
    const title = `${tier.charAt(0).toUpperCase()}${tier.slice(1)}`;
    parameters[`${title}Subnet${zones.indexOf(availabilityZone) + 1}Cidr`] = cidr;
  }
  return {
    ...parameters,
    NatGateway: String(vpc?.natGateway ?? false),
    FlowLogBucketArn: context.flowLogBucketArn,
  };
}

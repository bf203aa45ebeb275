import type { PlannedSubnet } from './network.ts';

/** What the plan knows besides the request. */
export type BlueprintContext = {
  homeRegion: string;
  /** The home Region among them. */
  governedRegions: readonly string[];
  managementAccountId: string;
  auditAccountId: string;
  /** The external id of the execution role: who vends. */
  stateMachineArn: string;
  /** Compliance events are sent there. */
  eventBusArn: string;
  /** Has to be given to assume the audit roles. */
  auditExternalId: string;
  organizationId: string;
  logArchiveAccountId: string;
  ownerEmail: string;
  /** Null when the parameters ask for no VPC. */
  network: { vpcCidr: string; subnets: readonly PlannedSubnet[] } | null;
  /** `sha256:<hex>` of the template's text, by component. */
  templateDigests: ReadonlyMap<string, string>;
};

const logBucketName = ({ homeRegion, logArchiveAccountId }: BlueprintContext): string =>
  `jetway-logs-${logArchiveAccountId}-${homeRegion}`;

/**
 * Everything that a component may put into its stack besides its own parameters. The list is closed: what a stack gets
 * to know is decided here, and CONTRIBUTING.md lists the names.
 */
export const NAMED_VALUES = {
  'context.homeRegion': (context) => context.homeRegion,
  'context.managementAccountId': (context) => context.managementAccountId,
  'context.auditAccountId': (context) => context.auditAccountId,
  'context.stateMachineArn': (context) => context.stateMachineArn,
  'context.eventBusArn': (context) => context.eventBusArn,
  'context.auditExternalId': (context) => context.auditExternalId,
  'context.organizationId': (context) => context.organizationId,
  'context.logArchiveAccountId': (context) => context.logArchiveAccountId,
  /** Of infra/aws/log-archive.template.json, as are the next two. */
  'context.logBucketName': (context) => logBucketName(context),
  'context.logKeyArn': ({ homeRegion, logArchiveAccountId }) =>
    `arn:aws:kms:${homeRegion}:${logArchiveAccountId}:alias/jetway-logs`,
  'context.flowLogBucketArn': (context) => `arn:aws:s3:::${logBucketName(context)}/vpc-flow-logs/`,
  'context.ownerEmail': (context) => context.ownerEmail,
  'network.vpcCidr': (context) => context.network?.vpcCidr,
} as const satisfies Record<string, (context: BlueprintContext) => string | undefined>;

export type NamedValue = keyof typeof NAMED_VALUES;
export const isNamedValue = (name: string): name is NamedValue => Object.hasOwn(NAMED_VALUES, name);

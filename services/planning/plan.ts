import { componentsFor, detectiveComponent } from '../../workflows/blueprints/components.ts';
import { type Blueprint, parseParameters } from '../../workflows/blueprints/blueprint.ts';
import { monthlyCost } from '../../workflows/blueprints/cost.ts';
import { subnetsFor, vpcPrefix } from '../../workflows/blueprints/network.ts';
import type { BlueprintParameters } from '../../workflows/blueprints/parameters.ts';
import { attachmentOf, type Catalogue } from '../guardrails/catalogue.ts';
import { type ChosenControl, chooseControls } from '../guardrails/choose.ts';
import { planDetective } from '../guardrails/detective.ts';
import { QUARANTINE_POLICY_NAME } from '../guardrails/fence.ts';
import { type AccountCall, lockedOut } from '../guardrails/lockout.ts';
import { type Packed, packPolicies } from '../guardrails/pack.ts';
import { canonicalJson, digestOf } from '../kernel/canonical-json.ts';
import type { FieldError } from '../kernel/errors.ts';
import { chainOf, isRequestable, type Unit } from '../reconciliation/organization.ts';
import type { OrganizationSnapshot } from '../reconciliation/snapshot.schema.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import { firstFreeBlock } from './cidr.ts';
import type { AccountPlan } from './plan.schema.ts';

/** Everything planning knows besides the request; read beforehand, so that planning itself is a pure function. */
export type PlanningContext = {
  requestId: string;
  now: string;
  snapshot: OrganizationSnapshot;
  catalogue: Catalogue;
  blueprints: ReadonlyMap<string, Blueprint>;
  templateDigests: ReadonlyMap<string, string>;
  /** Blocks that other requests and accounts hold. */
  takenBlocks: readonly string[];
  /** Who uses the e-mail or the name already, if anybody. */
  emailTakenBy: string | undefined;
  nameTakenBy: string | undefined;
  /** Accounts in the organization plus vends under way. */
  accountsUsed: number;
  /** What the workflow calls in the account once guardrails are attached. */
  callsAfterGuardrails: readonly AccountCall[];
  settings: PlanningSettings;
};

export type PlanningSettings = {
  cidrPool: string;
  platformEmail: string;
  templateBaseUrl: string;
  approvalExpiresAfterSeconds: number;
  /** Median and ninetieth percentile of finished vends, in seconds. */
  eta: { p50Seconds: number; p90Seconds: number };
  auditAccountId: string;
  logArchiveAccountId: string;
};

/** Planning refuses what the workflow could not carry: its input and history are limited to 256 KiB. */
export const MAX_PLAN_BYTES = 150_000;
const STALE_SNAPSHOT_MS = 15 * 60_000;
/** Service Quotas code of the number of accounts in an organization. */
const ACCOUNTS_QUOTA = 'L-E619E033';

export type Planned = { plan: AccountPlan } | { errors: FieldError[] };

/**
 * Freezes everything that will exist for this request, or says what stands in the way, each with its JSON pointer.
 * The same request and context give the same plan, byte for byte.
 */
export function planAccount(request: AccountRequest, context: PlanningContext): Planned {
  const errors: FieldError[] = [];
  const refuse = (pointer: string, message: string) => void errors.push({ pointer, message });
  const { snapshot } = context;

  const unit = preflightUnit(request, snapshot, refuse);
  preflightIdentity(request, context, refuse);
  const organizationQuotas = preflightQuotas(context, refuse);
  const blueprint = readBlueprint(request, context, errors);
  const guardrails = readGuardrails(request, context, errors);
  const access = readAccess(request, snapshot, refuse);
  preflightProduct(snapshot, refuse);
  const artifact = snapshot.product.artifacts.find((a) => a.active);
  const quarantine = snapshot.policies.find((p) => p.name === QUARANTINE_POLICY_NAME);
  if (!quarantine) refuse('', `the organization has no policy ${QUARANTINE_POLICY_NAME}: the landing zone is not set up`);
  if (request.expiresAt !== undefined && Date.parse(request.expiresAt) <= Date.parse(context.now)) {
    refuse('/expiresAt', 'lies in the past');
  }
  if (!unit || !blueprint || !guardrails || !artifact || !quarantine || errors.length > 0) return { errors };

  const network = readNetwork(blueprint.parameters, context, refuse);
  const policies = packGuardrails(guardrails, unit, context, refuse);
  if (!policies || errors.length > 0) return { errors };

  const parts = { request, context, unit, artifactId: artifact.id, quarantineId: quarantine.id, blueprint, access, network, policies };
  const undigested = assemble({ ...parts, organizationQuotas });
  const size = Buffer.byteLength(canonicalJson(undigested));
  if (size > MAX_PLAN_BYTES) {
    return { errors: [{ pointer: '', message: `the plan has ${size} bytes, the limit is ${MAX_PLAN_BYTES}: ask for fewer guardrails or less access` }] };
  }
  return { plan: { digest: digestOf(undigested), ...undigested } };
}

type Refuse = (pointer: string, message: string) => void;

function preflightUnit(request: AccountRequest, snapshot: OrganizationSnapshot, refuse: Refuse): Unit | undefined {
  const pointer = '/account/organizationalUnitId';
  const unit = snapshot.units.find((u) => u.id === request.account.organizationalUnitId);
  if (!unit) refuse(pointer, 'is not an organizational unit of this organization');
  else if (!isRequestable(unit)) refuse(pointer, `${unit.path} takes no accounts: it is reserved or not registered with Control Tower`);
  return unit;
}

function preflightIdentity(request: AccountRequest, context: PlanningContext, refuse: Refuse): void {
  if (context.emailTakenBy !== undefined) {
    refuse('/account/email', `is already used by ${context.emailTakenBy}; AWS accepts an address once, whatever its case`);
  }
  if (context.nameTakenBy !== undefined) {
    refuse('/account/name', `is already used in this organizational unit by ${context.nameTakenBy}`);
  }
  if (request.account.email.toLowerCase() === context.settings.platformEmail.toLowerCase()) {
    refuse('/account/email', 'is the platform identity of this installation');
  }
}

function preflightQuotas(context: PlanningContext, refuse: Refuse): AccountPlan['quotas'] {
  const quota = context.snapshot.quotas.find((q) => q.service === 'organizations' && q.code === ACCOUNTS_QUOTA);
  if (!quota) return [];
  if (context.accountsUsed >= quota.value) {
    refuse(
      '/account',
      `the organization has ${context.accountsUsed} of ${quota.value} accounts (${quota.name}): ask AWS for a higher quota first`,
    );
  }
  return [{ name: quota.name, used: context.accountsUsed, limit: quota.value }];
}

function preflightProduct(snapshot: OrganizationSnapshot, refuse: Refuse): void {
  if (!snapshot.product.artifacts.some((a) => a.active)) {
    refuse('', `${snapshot.product.name} has no active version in Service Catalog`);
  }
}

type ReadBlueprint = { blueprint: Blueprint; parameters: BlueprintParameters };

function readBlueprint(request: AccountRequest, context: PlanningContext, errors: FieldError[]): ReadBlueprint | undefined {
  const blueprint = context.blueprints.get(request.blueprint.name);
  if (!blueprint) {
    const known = [...context.blueprints.keys()].join(', ');
    errors.push({ pointer: '/blueprint/name', message: `is not a blueprint; there are: ${known}` });
    return undefined;
  }
  const read = parseParameters(blueprint, request.blueprint.parameters);
  if ('errors' in read) {
    errors.push(...read.errors);
    return undefined;
  }
  return { blueprint, parameters: read.parameters };
}

function readGuardrails(request: AccountRequest, context: PlanningContext, errors: FieldError[]): ChosenControl[] | undefined {
  const { snapshot } = context;
  const defaults = { governedRegions: [snapshot.homeRegion], homeRegion: snapshot.homeRegion, organizationId: snapshot.organizationId };
  const choice = chooseControls(context.catalogue, request.guardrails as never, defaults, { onlyAttachable: true });
  if ('errors' in choice) {
    errors.push(...choice.errors);
    return undefined;
  }
  return choice.controls;
}

function readAccess(request: AccountRequest, snapshot: OrganizationSnapshot, refuse: Refuse): AccountPlan['access'] {
  return request.access.flatMap((entry, i) => {
    const group = snapshot.groups.find((g) => g.name === entry.group);
    const permissionSet = snapshot.permissionSets.find((p) => p.name === entry.permissionSet);
    if (!group) refuse(`/access/${i}/group`, `there is no group ${entry.group} in Identity Center`);
    if (!permissionSet) refuse(`/access/${i}/permissionSet`, `there is no permission set ${entry.permissionSet} in Identity Center`);
    if (!group || !permissionSet) return [];
    return [
      {
        principal: entry.group,
        permissionSet: entry.permissionSet,
        principalType: 'GROUP' as const,
        principalId: group.id,
        permissionSetArn: permissionSet.arn,
      },
    ];
  });
}

function readNetwork(parameters: BlueprintParameters, context: PlanningContext, refuse: Refuse): AccountPlan['network'] {
  if (parameters.vpc === null) return null;
  const vpcCidr = firstFreeBlock(context.settings.cidrPool, vpcPrefix(parameters.vpc.size), context.takenBlocks);
  if (vpcCidr === undefined) {
    refuse('/blueprint/parameters/vpc/size', `no ${parameters.vpc.size} block is free in ${context.settings.cidrPool}`);
    return null;
  }
  const zones = ['a', 'b', 'c'].slice(0, parameters.vpc.availabilityZones).map((zone) => `${context.snapshot.homeRegion}${zone}`);
  return { vpcCidr, subnets: [...subnetsFor(vpcCidr, zones, parameters.vpc.tiers)] };
}

type PackedGuardrails = { packed: Packed; inherited: string[]; detective: ChosenControl[] };

/** What the OU chain enforces is inherited; mandatory controls that it lacks come on the account with the requested ones. */
function packGuardrails(own: readonly ChosenControl[], unit: Unit, context: PlanningContext, refuse: Refuse): PackedGuardrails | undefined {
  const { snapshot, catalogue } = context;
  const chain = chainOf(snapshot, unit.id);
  const onChain = new Set(chain.flatMap((u) => u.controls.filter((c) => c.status === 'SUCCEEDED').map((c) => c.id)));
  const mandatory = catalogue.controls.filter((c) => c.guidance === 'mandatory' && c.defaultScope === 'all-ous');
  const missing = mandatory.filter((c) => !onChain.has(c.id)).map((control) => ({ control, parameters: {} }));
  const wanted = [...missing, ...own.filter((g) => !onChain.has(g.control.id))];
  const slots = policySlots(snapshot);
  const packed = packPolicies(wanted.filter((g) => attachmentOf(g.control) === 'policy'), slots);
  if ('refused' in packed) {
    refuse('/guardrails', `${packed.refused.reason}: ${packed.refused.controls.join(', ')} do not fit`);
    return undefined;
  }
  for (const locked of lockedOut({
    packed,
    chain: [],
    calls: context.callsAfterGuardrails,
    account: { accountId: '000000000000', homeRegion: snapshot.homeRegion, organizationPaths: [organizationPath(snapshot, chain)] },
    controlsBySid: catalogue.bySid,
  })) {
    const controls = locked.by.flatMap((b) => b.controls).join(', ');
    refuse('/guardrails', `${controls || 'a guardrail'} would deny ${locked.action} to the workflow itself, so the vend could not finish`);
  }
  // The OU's controls that the catalogue knows, mandatory ones first: what the read-back will look for.
  const inherited = [...onChain].filter((id) => catalogue.byId.has(id)).sort();
  return { packed, inherited, detective: wanted.filter((g) => attachmentOf(g.control) === 'rule') };
}

/** `o-…/r-…/ou-…/ou-…/` */
const organizationPath = (snapshot: OrganizationSnapshot, chain: readonly Unit[]): string =>
  `${[snapshot.organizationId, ...chain.map((u) => u.id).reverse()].join('/')}/`;

/** Live limits, less what an account carries anyway: FullAWSAccess and the quarantine policy. */
function policySlots(snapshot: OrganizationSnapshot): { maxPolicies: number; maxCharacters: number } {
  const quota = (pattern: RegExp, fallback: number) =>
    snapshot.quotas.find((q) => q.service === 'organizations' && pattern.test(q.name))?.value ?? fallback;
  return {
    maxPolicies: Math.max(0, quota(/service control polic.*(attached|per|target|account)/i, 5) - 2),
    maxCharacters: quota(/service control polic.*(size|characters|length)/i, 5_120),
  };
}

type Parts = {
  request: AccountRequest;
  context: PlanningContext;
  unit: Unit;
  artifactId: string;
  quarantineId: string;
  blueprint: ReadBlueprint;
  access: AccountPlan['access'];
  network: AccountPlan['network'];
  policies: PackedGuardrails;
  organizationQuotas: AccountPlan['quotas'];
};

function assemble(parts: Parts): Omit<AccountPlan, 'digest'> {
  const { request, context, unit, network, policies, blueprint } = parts;
  const { snapshot, settings, requestId } = context;
  const detective = planDetective(context.catalogue.controls, policies.detective, [snapshot.homeRegion]);
  const blueprintContext = {
    homeRegion: snapshot.homeRegion,
    managementAccountId: snapshot.managementAccountId,
    auditAccountId: settings.auditAccountId,
    stateMachineArn: `arn:aws:states:${snapshot.homeRegion}:${snapshot.managementAccountId}:stateMachine:account-vending`,
    eventBusArn: `arn:aws:events:${snapshot.homeRegion}:${snapshot.managementAccountId}:event-bus/jetway`,
    auditExternalId: `jetway-audit-${snapshot.organizationId}`,
    flowLogBucketArn: `arn:aws:s3:::jetway-flow-logs-${settings.logArchiveAccountId}-${snapshot.homeRegion}`,
    ownerEmail: request.owner.email,
    network,
    templateDigests: context.templateDigests,
  };
  const components = componentsFor(blueprint.blueprint, blueprint.parameters, blueprintContext);
  if (detective.rules.length > 0) components.push(detectiveComponent(detective.stackParameters, blueprintContext));
  return {
    requestId,
    account: request.account,
    team: request.team,
    tags: request.tags,
    organization: {
      id: snapshot.organizationId,
      managementAccountId: snapshot.managementAccountId,
      rootId: snapshot.rootId,
      homeRegion: snapshot.homeRegion,
      organizationalUnitArn: unit.arn,
      organizationalUnitName: unit.path,
    },
    product: {
      productId: snapshot.product.id,
      provisioningArtifactId: parts.artifactId,
      provisionToken: requestId,
      provisionedProductName: `jetway-${requestId}`,
      parameters: productParameters(request, unit, settings),
    },
    fence: { quarantinePolicyId: parts.quarantineId },
    network,
    templateBaseUrl: settings.templateBaseUrl,
    components,
    identityCenter: snapshot.identityCenter,
    access: parts.access,
    guardrails: { preventive: policies.packed.policies, detective: detective.rules, inherited: policies.inherited },
    trafficMirroring: request.trafficMirroring ? { profile: request.trafficMirroring.profile, status: 'NOT_AVAILABLE' } : null,
    quotas: parts.organizationQuotas,
    eta: settings.eta,
    monthlyCost: monthlyCost(blueprint.parameters, { configRules: detective.rules.length, flowLogs: network !== null }),
    approvals: {
      policy: 'one-approver-of-the-team',
      quorum: 1,
      approvers: [`role:approver team:${request.team}`],
      expiresAfterSeconds: settings.approvalExpiresAfterSeconds,
    },
    snapshot: { id: snapshot.id, takenAt: snapshot.takenAt },
    warnings: warningsOf(request, context),
  };
}

/** Account Factory gives its SSO user administrator access at once, so it is a locked platform identity, never a person. */
function productParameters(request: AccountRequest, unit: Unit, settings: PlanningSettings) {
  return [
    { key: 'AccountName', value: request.account.name },
    { key: 'AccountEmail', value: request.account.email },
    { key: 'ManagedOrganizationalUnit', value: `${unit.name} (${unit.id})` },
    { key: 'SSOUserEmail', value: settings.platformEmail },
    { key: 'SSOUserFirstName', value: 'Jetway' },
    { key: 'SSOUserLastName', value: 'Platform' },
  ];
}

function warningsOf(request: AccountRequest, context: PlanningContext): string[] {
  const ageMs = Date.parse(context.now) - Date.parse(context.snapshot.takenAt);
  return [
    ...(ageMs > STALE_SNAPSHOT_MS ? [`The organization was last read ${Math.round(ageMs / 60_000)} minutes ago.`] : []),
    ...(request.trafficMirroring
      ? [`Traffic Mirroring is not available in this version: the profile ${request.trafficMirroring.profile} will not be applied.`]
      : []),
  ];
}

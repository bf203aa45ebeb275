import { type Blueprint, parseParameters } from '../../workflows/blueprints/blueprint.ts';
import { subnetsFor, vpcPrefix } from '../../workflows/blueprints/network.ts';
import type { BlueprintParameters } from '../../workflows/blueprints/parameters.ts';
import { type VpcParameters, vpcOf } from '../../workflows/blueprints/vpc-component.ts';
import { type ChosenControl, chooseControls } from '../guardrails/choose.ts';
import type { FieldError } from '../kernel/errors.ts';
import { isRequestable, type Unit } from '../reconciliation/organization.ts';
import type { OrganizationSnapshot } from '../reconciliation/snapshot.schema.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import { firstFreeBeside, spansOf, withSpans } from './cidr.ts';
import type { PlanningContext, PlanningSettings, Refuse } from './context.ts';
import type { AccountPlan } from './plan.schema.ts';
import { recallNothing } from './recall.ts';

/** Service Quotas code of the number of accounts in an organization. */
const ACCOUNTS_QUOTA = 'L-E619E033';

export function preflightUnit(
  request: AccountRequest,
  { snapshot, settings }: Pick<PlanningContext, 'snapshot' | 'settings'>,
  refuse: Refuse,
): Unit | undefined {
  const pointer = '/account/organizationalUnitId';
  const unit = snapshot.units.find((u) => u.id === request.account.organizationalUnitId);
  if (!unit) refuse(pointer, 'is not an organizational unit of this organization');
  else if (!isRequestable(unit, snapshot, settings.unitsWithoutAccounts))
    refuse(pointer, `${unit.path} takes no accounts: it is reserved or not registered with Control Tower`);
  return unit;
}

export function preflightIdentity(request: AccountRequest, context: PlanningContext, refuse: Refuse): void {
  if (context.emailTakenBy !== undefined) {
    refuse(
      '/account/email',
      `is already used by ${context.emailTakenBy}; AWS accepts an address once, whatever its case`,
    );
  }
  if (context.nameTakenBy !== undefined) {
    refuse('/account/name', `is already used in this organizational unit by ${context.nameTakenBy}`);
  }
  if (request.account.email.toLowerCase() === context.settings.platformEmail.toLowerCase()) {
    refuse('/account/email', 'is the platform identity of this installation');
  }
}

const accountsQuota = ({ quotas }: OrganizationSnapshot) =>
  quotas.find((q) => q.service === 'organizations' && q.code === ACCOUNTS_QUOTA);

/** AWS's name for it; the workflow finds it in the plan by these words. */
const ACCOUNTS_QUOTA_NAME = 'Default maximum number of accounts';

/** AWS's own word, else what the settings say; neither: nobody knows. */
const limitOf = (
  snapshot: OrganizationSnapshot,
  { accountQuota }: Pick<PlanningSettings, 'accountQuota'>,
): { name: string; value: number | null } =>
  accountsQuota(snapshot) ??
  (accountQuota === undefined
    ? { name: ACCOUNTS_QUOTA_NAME, value: null }
    : { name: `${ACCOUNTS_QUOTA_NAME}, as the settings say`, value: accountQuota });

/** How many accounts the organization may have; without an end where nothing says so. */
export const quotaOf = (
  snapshot: OrganizationSnapshot,
  settings: Pick<PlanningSettings, 'accountQuota'>,
): number => limitOf(snapshot, settings).value ?? Number.POSITIVE_INFINITY;

export function preflightQuotas(context: PlanningContext, refuse: Refuse): AccountPlan['quotas'] {
  const { name, value } = limitOf(context.snapshot, context.settings);
  if (value !== null && context.accountsUsed >= value) {
    refuse(
      '/account',
      `the organization has ${context.accountsUsed} of ${value} accounts (${name}): ask AWS for a higher quota first`,
    );
  }
  return [{ name, used: context.accountsUsed, limit: value }];
}

/** What cannot be looked up is said: AWS would refuse the account after its approval. */
export function quotaWarnings({ snapshot, settings }: PlanningContext): string[] {
  if (limitOf(snapshot, settings).value !== null) return [];
  return [
    `How many accounts the organization may have is not known: AWS tells its quotas in us-east-1 alone, and home is ${snapshot.homeRegion}. Say it in the settings (landingZone.accountQuota), or AWS may refuse the account.`,
  ];
}

export function preflightProduct(snapshot: OrganizationSnapshot, refuse: Refuse): void {
  if (!snapshot.product.artifacts.some((a) => a.active)) {
    refuse('', `${snapshot.product.name} has no active version in Service Catalog`);
  }
}

export type ReadBlueprint = { blueprint: Blueprint; parameters: BlueprintParameters };

export function readBlueprint(
  request: AccountRequest,
  context: PlanningContext,
  errors: FieldError[],
): ReadBlueprint | undefined {
  const blueprint = context.blueprints.get(request.blueprint.name);
  if (!blueprint) {
    const known = [...context.blueprints.keys()].join(', ');
    errors.push({ pointer: '/blueprint/name', message: `is not a blueprint; there are: ${known}` });
    return undefined;
  }
  const { recall = recallNothing } = context;
  const given = request.blueprint.parameters;
  const read = recall(blueprint, 'parameters', JSON.stringify(given), () =>
    parseParameters(blueprint, given),
  );
  if ('errors' in read) {
    errors.push(...read.errors);
    return undefined;
  }
  return withMirroring(request, { blueprint, parameters: read.parameters }, errors);
}

/** The component that a mirror profile needs, and that is there for nothing else. */
const MIRROR_COMPONENT = 'traffic-mirroring';

function withMirroring(
  { trafficMirroring: asked }: AccountRequest,
  read: ReadBlueprint,
  errors: FieldError[],
): ReadBlueprint {
  const { blueprint, parameters } = read;
  if (!asked) {
    if (parameters[MIRROR_COMPONENT])
      errors.push({
        pointer: `/blueprint/parameters/${MIRROR_COMPONENT}`,
        message: 'comes with a profile: ask for it in /trafficMirroring',
      });
    return read;
  }
  if (!blueprint.components.some(({ component }) => component.name === MIRROR_COMPONENT)) {
    errors.push({
      pointer: '/trafficMirroring',
      message: `the blueprint ${blueprint.name} has no component ${MIRROR_COMPONENT}`,
    });
    return read;
  }
  return { blueprint, parameters: { ...parameters, [MIRROR_COMPONENT]: {} } };
}

export function readGuardrails(
  request: AccountRequest,
  context: PlanningContext,
  errors: FieldError[],
): ChosenControl[] | undefined {
  const { snapshot } = context;
  const defaults = {
    governedRegions: snapshot.governedRegions,
    homeRegion: snapshot.homeRegion,
    organizationId: snapshot.organizationId,
  };
  const choice = chooseControls(context.catalogue, request.guardrails, defaults, {
    onlyAttachable: true,
  });
  if ('errors' in choice) {
    errors.push(...choice.errors);
    return undefined;
  }
  return choice.controls;
}

function firstOf<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The network of a plan. */
export type NetworkReader = (
  parameters: BlueprintParameters,
  context: PlanningContext,
  refuse: Refuse,
) => AccountPlan['network'];

export function readNetwork(
  parameters: BlueprintParameters,
  context: PlanningContext,
  refuse: Refuse,
): AccountPlan['network'] {
  const vpc = vpcOf(parameters);
  if (vpc === null) return null;
  const { cidrPools } = context.settings;
  const vpcCidr = freeBlock(vpcPrefix(vpc.size), context);
  if (vpcCidr === undefined) {
    refuse('/blueprint/parameters/vpc/size', `no ${vpc.size} block is free in ${cidrPools.join(', ')}`);
    return null;
  }
  return { vpcCidr, subnets: [...subnetsFor(vpcCidr, zonesOf(vpc, context), vpc.tiers)] };
}

/** The lowest block that nobody has, in the first pool that has one. */
export function freeBlock(
  prefix: number,
  { takenBlocks, takenSpans = [], settings: { cidrPools } }: PlanningContext,
): string | undefined {
  const taken = takenBlocks.length === 0 ? takenSpans : withSpans(spansOf(takenBlocks), takenSpans);
  return firstOf(cidrPools, (pool) => firstFreeBeside(pool, prefix, taken));
}

export const zonesOf = (
  { availabilityZones }: Pick<VpcParameters, 'availabilityZones'>,
  { snapshot: { homeRegion } }: Pick<PlanningContext, 'snapshot'>,
): string[] => ['a', 'b', 'c'].slice(0, availabilityZones).map((zone) => `${homeRegion}${zone}`);

import {
  componentsFor,
  detectiveComponents,
  isPersonal,
  type PlannedComponent,
} from '../../workflows/blueprints/components.ts';
import { type MonthlyCost, monthlyCost } from '../../workflows/blueprints/cost.ts';
import type { BlueprintContext } from '../../workflows/blueprints/values.ts';
import { plannedApprovals } from '../approvals/plan-approvals.ts';
import { planDetective } from '../guardrails/detective.ts';
import { settled } from '../kernel/canonical-json.ts';
import { plannedProfiles } from '../mirroring/planned-profiles.ts';
import { mirrorRegions, regionWarnings } from '../mirroring/regions.ts';
import { identifiersOf } from '../reconciliation/control-identifier.ts';
import { chainOf, type Unit } from '../reconciliation/organization.ts';
import type { OrganizationSnapshot } from '../reconciliation/snapshot.schema.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import type { PlanningContext, PlanningSettings } from './context.ts';
import type { PackedGuardrails } from './pack-guardrails.ts';
import type { AccountPlan } from './plan.schema.ts';
import { quotaWarnings, type ReadBlueprint } from './preflight.ts';
import { accessWarnings, type PlannedAccess } from './read-access.ts';
import { mirroringWarnings, mirrorQuotas } from './read-mirroring.ts';
import { recallNothing } from './recall.ts';

const STALE_SNAPSHOT_MS = 15 * 60_000;

type Parts = {
  request: AccountRequest;
  context: PlanningContext;
  unit: Unit;
  artifactId: string;
  quarantineId: string;
  blueprint: ReadBlueprint;
  access: PlannedAccess;
  network: AccountPlan['network'];
  policies: PackedGuardrails;
  mirroring: AccountPlan['trafficMirroring'];
  organizationQuotas: AccountPlan['quotas'];
};

/** The plan in the order in which a person reads it; everything has been checked. */
export function assemblePlan(parts: Parts): Omit<AccountPlan, 'digest'> {
  const { request, context, unit, network, policies, blueprint } = parts;
  const { snapshot, settings, requestId } = context;
  const detective = detectiveParts(parts);
  const blueprintContext = {
    homeRegion: snapshot.homeRegion,
    governedRegions: snapshot.governedRegions,
    managementAccountId: snapshot.managementAccountId,
    auditAccountId: settings.auditAccountId,
    stateMachineArn: `arn:aws:states:${snapshot.homeRegion}:${snapshot.managementAccountId}:stateMachine:account-vending`,
    eventBusArn: `arn:aws:events:${snapshot.homeRegion}:${snapshot.managementAccountId}:event-bus/jetway`,
    auditExternalId: `jetway-audit-${snapshot.organizationId}`,
    organizationId: snapshot.organizationId,
    logArchiveAccountId: settings.logArchiveAccountId,
    ownerEmail: request.owner.email,
    network,
    templateDigests: context.templateDigests,
  };
  const components = blueprintParts(parts, blueprintContext);
  components.push(...detective.components);
  const cost = withMirroring(
    parts.mirroring,
    monthlyCost(blueprint.parameters, {
      configRules: detective.rules.flatMap(({ regions }) => regions).length,
      governedRegions: snapshot.governedRegions.length,
      ownTrail: components.some(({ name, mode }) => name === 'cloudtrail' && mode === 'deploy'),
    }),
  );
  const ofTargets = mirrorQuotas(parts.mirroring, context);
  const about = {
    kind: 'account',
    team: request.team,
    organizationalUnitIds: chainOf(snapshot, unit.id).map(({ id }) => id),
    blueprint: request.blueprint.name,
    guardrailExceptions: false,
    monthlyCost: cost.amount,
  };
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
      reservedAccountIds: [
        snapshot.managementAccountId,
        settings.auditAccountId,
        settings.logArchiveAccountId,
      ],
      organizationalUnitArn: unit.arn,
      organizationalUnitName: unit.name,
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
    blueprint: { name: blueprint.blueprint.name, version: blueprint.blueprint.version },
    components,
    identityCenter: snapshot.identityCenter,
    groups: parts.access.groups,
    permissionSets: parts.access.permissionSets,
    access: parts.access.access,
    guardrails: {
      preventive: policies.packed.policies,
      detective: detective.rules,
      inherited: policies.inherited,
      ...calledOtherwise(policies.inherited, snapshot),
    },
    trafficMirroring: parts.mirroring,
    quotas: [...parts.organizationQuotas, ...ofTargets],
    eta: settings.eta,
    monthlyCost: cost,
    approvals: plannedApprovals(context, about, settings.approvalExpiresAfterSeconds),
    snapshot: { id: snapshot.id, takenAt: snapshot.takenAt },
    warnings: [
      ...warningsOf(context),
      ...quotaWarnings(context),
      ...accessWarnings(parts.access),
      ...guardrailWarnings(request, policies),
      ...mirroringWarnings(parts.mirroring, ofTargets),
      ...(plannedProfiles(parts.mirroring).length > 0
        ? regionWarnings(mirrorRegions(snapshot, settings.mirrorHub))
        : []),
    ],
  };
}

/** What the sessions of the expected workload cost, where a request tells it. */
function withMirroring(mirroring: AccountPlan['trafficMirroring'], cost: MonthlyCost): MonthlyCost {
  const amount = mirroring?.status === 'TO_BE_ARMED' ? (mirroring.capacity?.usdPerMonth ?? 0) : 0;
  if (amount === 0) return cost;
  const items = [...cost.items, { name: 'Traffic Mirroring: sessions', amount }];
  return { ...cost, amount: Math.round((cost.amount + amount) * 100) / 100, items };
}

/** Components that say nothing of whose account it is are the same objects in every plan. */
function blueprintParts({ blueprint, context }: Parts, about: BlueprintContext): PlannedComponent[] {
  const { snapshot, recall = recallNothing } = context;
  return blueprint.blueprint.components.flatMap((part) => {
    const { component, mode } = part;
    const find = () =>
      componentsFor({ ...blueprint.blueprint, components: [part] }, blueprint.parameters, about);
    if (recall(component, 'personal', '', () => isPersonal(component))) return find();
    const { name, version } = component;
    const key = JSON.stringify([name, version, mode, blueprint.parameters[name]]);
    return recall(snapshot, 'component', key, () => find().map(settled));
  });
}

/** Config rules and the stacks that make them, which accounts with the same guardrails have in common. */
function detectiveParts({ context, policies }: Parts) {
  const { catalogue, snapshot, settings, templateDigests, recall = recallNothing } = context;
  const { homeRegion, governedRegions } = snapshot;
  return recall(policies, 'detective', settings.auditAccountId, () => {
    const { rules, stackParameters } = planDetective(catalogue.controls, policies.detective, {
      regions: governedRegions,
      homeRegion,
      auditAccountId: settings.auditAccountId,
    });
    const place = { homeRegion, governedRegions, templateDigests };
    const components = rules.length > 0 ? detectiveComponents(stackParameters, place) : [];
    return { rules: rules.map(settled), components: components.map(settled) };
  });
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

/** What of the request's guardrails is there already, and what several of them do by one statement. */
/** Left out where there are none, so that a plan without them is what it always was. */
function calledOtherwise(inherited: readonly string[], snapshot: OrganizationSnapshot) {
  const identifiers = identifiersOf(inherited, snapshot);
  return identifiers.length > 0 ? { identifiers } : {};
}

function guardrailWarnings(request: AccountRequest, { inherited, packed }: PackedGuardrails): string[] {
  const asked = new Set(request.guardrails.map((g) => (typeof g === 'string' ? g : g.id)));
  const shared = new Set(
    Object.values(packed.owners)
      .filter((owners) => owners.length > 1 && owners.some((id) => asked.has(id)))
      .map((owners) => `${owners.join(' and ')} have a statement in common; it is attached once.`),
  );
  return [
    ...[...asked]
      .filter((id) => inherited.includes(id))
      .map((id) => `${id} is inherited from the organizational unit and is not attached again.`),
    ...shared,
  ];
}

/** What has to be said of what is known, rather than of the request. */
export function warningsOf(context: Pick<PlanningContext, 'now' | 'snapshot'>): string[] {
  const ageMs = Date.parse(context.now) - Date.parse(context.snapshot.takenAt);
  return [
    ...(ageMs > STALE_SNAPSHOT_MS
      ? [`The organization was last read ${Math.round(ageMs / 60_000)} minutes ago.`]
      : []),
  ];
}

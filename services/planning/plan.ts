import { QUARANTINE_POLICY_NAME } from '../guardrails/fence.ts';
import { canonicalJson, frozenWith, sha256 } from '../kernel/canonical-json.ts';
import type { FieldError } from '../kernel/errors.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import { assemblePlan } from './assemble-plan.ts';
import type { PlanningContext, Refuse } from './context.ts';
import { checkLockout } from './lockout-check.ts';
import { packGuardrails } from './pack-guardrails.ts';
import type { AccountPlan } from './plan.schema.ts';
import {
  type NetworkReader,
  preflightIdentity,
  preflightProduct,
  preflightQuotas,
  preflightUnit,
  readBlueprint,
  readGuardrails,
  readNetwork,
} from './preflight.ts';
import { readAccess } from './read-access.ts';
import { readMirroring } from './read-mirroring.ts';

export type { PlanningContext, PlanningSettings } from './context.ts';

/** Planning refuses what the workflow could not carry: its input and history are limited to 256 KiB. */
export const MAX_PLAN_BYTES = 150_000;

export type Planned = { plan: AccountPlan } | { errors: FieldError[] };

/**
 * Freezes everything that will exist for this request, or says what stands in the way, each with its JSON pointer.
 * The same request and context give the same plan, byte for byte.
 */
export function planAccount(
  request: AccountRequest,
  context: PlanningContext,
  networkFor: NetworkReader = readNetwork,
): Planned {
  const errors: FieldError[] = [];
  const refuse = (pointer: string, message: string) => void errors.push({ pointer, message });
  const { snapshot } = context;

  const unit = preflightUnit(request, context, refuse);
  preflightIdentity(request, context, refuse);
  const organizationQuotas = preflightQuotas(context, refuse);
  const blueprint = readBlueprint(request, context, errors);
  const guardrails = readGuardrails(request, context, errors);
  const access = readAccess(request, blueprint?.parameters ?? {}, context, refuse);
  preflightProduct(snapshot, refuse);
  const mirroring = readMirroring(request, context, refuse);
  const artifact = snapshot.product.artifacts.find((a) => a.active);
  const quarantine = snapshot.policies.find((p) => p.name === QUARANTINE_POLICY_NAME);
  if (!quarantine)
    refuse('', `the organization has no policy ${QUARANTINE_POLICY_NAME}: the landing zone is not set up`);
  preflightExpiry(request, context, refuse);
  if (!unit || !blueprint || !guardrails || !artifact || !quarantine || errors.length > 0) return { errors };

  const network = networkFor(blueprint.parameters, context, refuse);
  const policies = packGuardrails(guardrails, unit, context, refuse);
  if (!policies || errors.length > 0) return { errors };

  const parts = {
    request,
    context,
    unit,
    artifactId: artifact.id,
    quarantineId: quarantine.id,
    blueprint,
    access,
    network,
    policies,
    mirroring,
  };
  const assembled = assemblePlan({ ...parts, organizationQuotas });
  const unknownTypes = checkLockout(policies, unit, assembled.components, context, refuse);
  if (errors.length > 0) return { errors };
  const unchecked = unknownTypes.map(
    (type) => `Whether the guardrails let CloudFormation make ${type} was not checked.`,
  );
  const undigested = { ...assembled, warnings: [...assembled.warnings, ...unchecked] };
  const text = canonicalJson(undigested);
  const size = Buffer.byteLength(text);
  if (size > MAX_PLAN_BYTES) {
    return {
      errors: [
        {
          pointer: '',
          message: `the plan has ${size} bytes, the limit is ${MAX_PLAN_BYTES}: ask for fewer guardrails or less access`,
        },
      ],
    };
  }
  return { plan: frozenWith(text, { digest: sha256(text), ...undigested }) };
}

export function preflightExpiry(
  { expiresAt }: Pick<AccountRequest, 'expiresAt'>,
  { now }: Pick<PlanningContext, 'now'>,
  refuse: Refuse,
): void {
  if (expiresAt !== undefined && Date.parse(expiresAt) <= Date.parse(now))
    refuse('/expiresAt', 'lies in the past');
}

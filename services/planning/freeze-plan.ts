import { frozen, sha256 } from '../kernel/canonical-json.ts';
import type { FieldError } from '../kernel/errors.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import type { PlanningContext } from './context.ts';
import { MAX_PLAN_BYTES, planAccount, preflightExpiry } from './plan.ts';
import { type FrozenPlan, outlineOf } from './plan-outline.ts';
import { fillTemplate, type PlanTemplate, planTemplate, templateKey } from './plan-template.ts';
import { freeBlock, preflightIdentity, preflightQuotas } from './preflight.ts';
import { openRecall } from './recall.ts';

export type Frozen = FrozenPlan | { errors: FieldError[] };

/** What is known of the plans of one key. Null: a template gave another plan than planning did, or there is none. */
type Place = { template?: PlanTemplate | null; asked: boolean };

/**
 * Plans like `planAccount`, and gives of the plan what is kept. What many requests have in common is planned once: from the second
 * request of a key on there is a template, if for that request it gives the very bytes that planning it gave.
 * @param most templates that are kept
 */
export function openTemplates(most = 100, plan = planAccount) {
  const recall = openRecall(most);
  /** @param landingZone the same object for the same snapshot and settings: templates end with it */
  return (request: AccountRequest, context: PlanningContext, landingZone: object): Frozen => {
    const place = recall<Place>(landingZone, 'template', templateKey(request, context), () => ({
      asked: false,
    }));
    const known = place.template ? fromTemplate(place.template, request, context) : undefined;
    if (known) return known;
    const planned = plan(request, context);
    if ('errors' in planned) return planned;
    const made = { ...frozen(planned.plan), outline: outlineOf(planned.plan) };
    if (place.asked && place.template === undefined) place.template = proven(request, context, made, plan);
    place.asked = true;
    return made;
  };
}

function proven(
  request: AccountRequest,
  context: PlanningContext,
  made: FrozenPlan,
  plan: typeof planAccount,
): PlanTemplate | null {
  const template = planTemplate(request, context, plan);
  if (!template) return null;
  const again = fromTemplate(template, request, context);
  return again?.planText === made.planText ? template : null;
}

/** Undefined where something of the request's own stands in the way: planning says what, and what else. */
function fromTemplate(
  template: PlanTemplate,
  request: AccountRequest,
  context: PlanningContext,
): FrozenPlan | undefined {
  let refused = false;
  const refuse = () => {
    refused = true;
  };
  preflightIdentity(request, context, refuse);
  preflightQuotas(context, refuse);
  preflightExpiry(request, context, refuse);
  const block = template.vpc && freeBlock(template.vpc.prefix, context);
  if (refused || block === undefined) return undefined;
  const { requestId, accountsUsed, settings } = context;
  const filling = { request, requestId, accountsUsed, vpcCidr: block, eta: settings.eta };
  const { planText, cast } = fillTemplate(template, filling);
  // No character takes more than three bytes.
  if (planText.length * 3 > MAX_PLAN_BYTES && Buffer.byteLength(planText) > MAX_PLAN_BYTES) return undefined;
  return { digest: sha256(planText), planText, cast, outline: { ...template.outline, vpcCidr: block } };
}

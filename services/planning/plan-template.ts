import { subnetsFor, vpcPrefix } from '../../workflows/blueprints/network.ts';
import { type VpcParameters, vpcOf } from '../../workflows/blueprints/vpc-component.ts';
import { isSingledOut } from '../approvals/policy.ts';
import { mayChangeCalls } from '../guardrails/stack-calls.ts';
import { canonicalJson, frozen } from '../kernel/canonical-json.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import { warningsOf } from './assemble-plan.ts';
import type { PlanningContext } from './context.ts';
import type { AccountPlan } from './plan.schema.ts';
import type { planAccount } from './plan.ts';
import { type Cast, outlineOf, type PlanOutline } from './plan-outline.ts';
import { zonesOf } from './preflight.ts';

/**
 * The canonical text of a plan with gaps for what is a request's own. Planned once with marks in their place, by the same
 * `planAccount`, it is right for every request that differs in nothing else: see `templateKey`.
 */
export type PlanTemplate = {
  /** One more than there are gaps. */
  texts: readonly string[];
  gaps: readonly Gap[];
  /** Each gap once, and the texts with the gaps by their places there: see `Cast`. */
  values: readonly Gap[];
  mould: string;
  /** Null: no network is planned. */
  vpc: { prefix: number; zones: readonly string[]; tiers: VpcParameters['tiers'] } | null;
  /** The same in every plan of the template, but for the block. */
  outline: Omit<PlanOutline, 'vpcCidr'>;
};

type Gap =
  | 'requestId'
  | 'name'
  | 'email'
  | 'team'
  | 'tags'
  | 'owner'
  | 'used'
  | 'p50'
  | 'p90'
  | 'block'
  | `subnet${number}`;

/** Of private use: no text of ours has them, and what has one is planned without a template. */
const [OPEN, CLOSE] = ['\uE000', '\uE001'];
const mark = (gap: Gap) => `${OPEN}${gap}${CLOSE}`;
/** Numbers that no plan has: counts and times are not negative. */
const NUMBERS = { used: -987_654_321, p50: -987_654_322, p90: -987_654_323 } as const;
const TAGS = { [mark('tags')]: '' };
const GAPS = new RegExp(
  [
    `\\{"${mark('tags')}":""\\}`,
    `${OPEN}([a-zA-Z0-9]+)${CLOSE}`,
    ...Object.values(NUMBERS).map((number) => `:${number}(?=[,}])`),
  ].join('|'),
  'g',
);

/** Everything that a plan depends on besides the gaps, of one snapshot and one version of the settings. */
export const templateKey = (request: AccountRequest, context: PlanningContext): string =>
  JSON.stringify([
    request.account.organizationalUnitId,
    request.blueprint,
    request.guardrails,
    request.access,
    request.trafficMirroring ?? null,
    isSingledOut(context, request.team) ? request.team : null,
    request.trafficMirroring ? (context.mirrorSources ?? null) : null,
    warningsOf(context),
  ]);

/** @returns undefined where what is put into the gaps may change more than the gaps, or nothing can be planned */
export function planTemplate(
  request: AccountRequest,
  context: PlanningContext,
  plan: typeof planAccount,
): PlanTemplate | undefined {
  let vpc: PlanTemplate['vpc'] = null;
  const marked: AccountRequest = {
    ...request,
    account: { ...request.account, name: mark('name'), email: mark('email') },
    team: isSingledOut(context, request.team) ? request.team : mark('team'),
    tags: TAGS,
    owner: { ...request.owner, email: mark('owner') },
  };
  const { expiresAt: _, ...lasting } = marked;
  const unfilled: PlanningContext = {
    ...context,
    requestId: mark('requestId'),
    emailTakenBy: undefined,
    nameTakenBy: undefined,
    accountsUsed: NUMBERS.used,
    settings: { ...context.settings, eta: { p50Seconds: NUMBERS.p50, p90Seconds: NUMBERS.p90 } },
  };
  const planned = plan(lasting, unfilled, (parameters) => {
    const asked = vpcOf(parameters);
    if (asked === null) return null;
    vpc = { prefix: vpcPrefix(asked.size), zones: zonesOf(asked, context), tiers: asked.tiers };
    const subnets = subnetsFor(`10.0.0.0/${vpc.prefix}`, vpc.zones, vpc.tiers);
    return {
      vpcCidr: mark('block'),
      subnets: subnets.map((subnet, i) => ({ ...subnet, cidr: mark(`subnet${i}`) })),
    };
  });
  if ('errors' in planned || changesCalls(planned.plan, context)) return undefined;
  const { vpcCidr: __, ...outline } = outlineOf(planned.plan);
  return { ...partsOf(frozen(planned.plan).planText), vpc, outline };
}

/** Whether what fills the gaps may have CloudFormation call something else: then it has to be checked each time. */
const changesCalls = ({ components }: AccountPlan, { stackTemplates }: PlanningContext): boolean =>
  components.some(({ templateDigest, parameters, stackName, stackSetName }) => {
    if (canonicalJson([stackName ?? '', stackSetName ?? '']).includes(OPEN)) return true;
    const template = templateDigest === undefined ? undefined : stackTemplates.get(templateDigest);
    return (
      template !== undefined &&
      Object.entries(parameters).some(([name, text]) => text.includes(OPEN) && mayChangeCalls(template, name))
    );
  });

function partsOf(text: string): Pick<PlanTemplate, 'texts' | 'gaps' | 'values' | 'mould'> {
  const [texts, gaps]: [string[], Gap[]] = [[], []];
  let from = 0;
  for (const { 0: found, 1: gap, index = 0 } of text.matchAll(GAPS)) {
    const number = Object.entries(NUMBERS).find(([, marking]) => found === `:${marking}`)?.[0];
    texts.push(text.slice(from, number === undefined ? index : index + 1));
    gaps.push((number ?? gap ?? 'tags') as Gap);
    from = index + found.length;
  }
  texts.push(text.slice(from));
  const values = [...new Set(gaps)];
  const [first = '', ...others] = texts.map((part) => part.replaceAll('%', '%%'));
  const placed = others.map((part, i) => `%${values.indexOf(gaps[i] as Gap) + 1}$s${part}`);
  return { texts, gaps, values, mould: first + placed.join('') };
}

/** What is a request's own. @param vpcCidr null where the template has no network */
export type Filling = Pick<PlanningContext, 'requestId' | 'accountsUsed'> & {
  request: AccountRequest;
  vpcCidr: string | null;
  eta: PlanningContext['settings']['eta'];
};

/** The canonical text of the plan, as `planAccount` would have made it. */
export function fillTemplate(template: PlanTemplate, filling: Filling): { planText: string; cast: Cast } {
  const { texts, gaps, vpc } = template;
  const { request, requestId, vpcCidr } = filling;
  const { account, team, owner } = request;
  const subnets = vpc === null || vpcCidr === null ? [] : subnetsFor(vpcCidr, vpc.zones, vpc.tiers);
  const values: Record<Gap, string> = {
    requestId: within(requestId),
    name: within(account.name),
    email: within(account.email),
    team: within(team),
    owner: within(owner.email),
    tags: canonicalJson(request.tags),
    used: canonicalJson(filling.accountsUsed),
    p50: canonicalJson(filling.eta.p50Seconds),
    p90: canonicalJson(filling.eta.p90Seconds),
    block: vpcCidr ?? '',
  };
  for (let i = 0; i < subnets.length; i++) values[`subnet${i}`] = subnets[i]?.cidr ?? '';
  let text = texts[0] ?? '';
  for (let i = 0; i < gaps.length; i++) text += `${values[gaps[i] as Gap]}${texts[i + 1]}`;
  const own = template.values.map((gap) => values[gap] ?? '');
  return { planText: text, cast: { mould: template.mould, values: own } };
}

/** As it stands between the quotes of a text. */
const within = (text: string): string => JSON.stringify(text).slice(1, -1);

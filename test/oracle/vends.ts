import { parseCatalogue } from '../../services/guardrails/catalogue.ts';
import type { AccountPlan } from '../../services/planning/plan.schema.ts';
import type { OrganizationSnapshot } from '../../services/reconciliation/snapshot.schema.ts';
import { requestWith } from '../../services/requests/request.fixture.ts';
import { readBlueprints } from '../../workflows/artifacts.node.ts';
import { type Organization, planOn, type Vended } from '../../workflows/embedded.fixture.ts';
import catalogueFile from '../../workflows/guardrails/catalogue.json' with { type: 'json' };

export type Blueprint = ReturnType<typeof readBlueprints>[number];

const { controls } = parseCatalogue(catalogueFile);

/** Every detective control that is a managed Config rule. Our own need their function in the audit account. */
const DETECTIVE = controls.filter(({ configRule }) => configRule?.source === 'managed').map(({ id }) => id);

/** Custom Config rules: not deployed here. */
export const NOT_DEPLOYED = controls
  .filter(({ configRule }) => configRule?.source === 'custom')
  .map(({ id }) => id);

/** Preventive controls that Control Tower does not enforce on its own, so that policies have to be made for them. */
const PREVENTIVE = controls
  .filter(({ behavior, guidance }) => behavior === 'preventive' && guidance === 'strongly-recommended')
  .map(({ id }) => id);

const WIDEST_NETWORK = {
  availabilityZones: 3,
  natGateway: true,
  natGatewayPerZone: true,
  interfaceEndpoints: ['ssm', 'ssmmessages', 'ec2messages', 'logs', 'kms', 'sts'],
};

/** A request for an account of this blueprint with every guardrail that one account takes. */
export function planFor(blueprint: Blueprint, snapshot: OrganizationSnapshot, nth: number): AccountPlan {
  const name = `oracle-${blueprint.name}`;
  const widest = blueprint.defaults.vpc ? { vpc: WIDEST_NETWORK } : {};
  const request = requestWith({
    account: { name, email: `aws+${name}@example.com` },
    blueprint: { name: blueprint.name, parameters: widest },
    guardrails: [...DETECTIVE, ...PREVENTIVE],
  });
  return planOn(snapshot, request, `req-018e0000-0000-7000-8000-${String(nth).padStart(12, '0')}`);
}

/** A vend, and the path that its execution took. */
export type Run = { plan: AccountPlan; vended: Vended; accountId: string; states: string[] };

/** The account of one plan, on the embedded AWS alone and on the mixed one. */
export type VendedTwice = { alone: string; mixed: string };

export async function vendOn(organization: Organization, plan: AccountPlan): Promise<Run> {
  const vended = await organization.vend(plan);
  return { plan, vended, accountId: vended.accountId ?? '', states: statesOf(organization, vended) };
}

type HistoryEvent = { type: string; stateEnteredEventDetails?: { name: string } };

/** Names of the states that an execution has entered, in order. */
function statesOf({ aws }: Organization, { executionArn }: Vended): string[] {
  const names: string[] = [];
  for (let nextToken: string | undefined; ; ) {
    const input = { executionArn, maxResults: 1000, ...(nextToken && { nextToken }) };
    const page = aws.call('stepfunctions', 'GetExecutionHistory', input);
    for (const { stateEnteredEventDetails } of page.events as HistoryEvent[]) {
      if (stateEnteredEventDetails) names.push(stateEnteredEventDetails.name);
    }
    nextToken = page.nextToken;
    if (!nextToken) return names;
  }
}

export const blueprints = (): Blueprint[] => readBlueprints();

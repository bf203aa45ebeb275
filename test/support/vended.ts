import type { AccountChangePlan } from '../../services/account-changes/account-change.schema.ts';
import type { Fact } from '../../services/ledger/fact.ts';
import type { AccountPlan } from '../../services/planning/plan.schema.ts';
import { wholePlan } from '../../services/requests/request-answer.ts';
import { getRequest } from '../../services/requests/requests.pg.ts';
import { askOf, factOf, person, type Service } from './service.ts';

let next = 100_000_000_000;

type Asked = { requestId: string; planDigest: string };
type Guardrails = Pick<AccountPlan['guardrails'], 'preventive' | 'detective' | 'inherited'>;

/** What the workflow says when it has attached what a plan names. */
export const attachedData = ({ preventive, detective, inherited }: Guardrails) => ({
  preventive: preventive.map(({ policyName, controls }) => ({
    policyName,
    policyId: `p-${policyName.slice(-8)}`,
    controls,
  })),
  detective: detective.map(({ ruleName, control }) => ({ ruleName, control })),
  inherited,
});

export async function planOf<Plan = AccountPlan>(service: Service, requestId: string): Promise<Plan> {
  return wholePlan(await getRequest(service.orm, person('', ['operator']), requestId)) as Plan;
}

/** An account that was vended, with everything that its workflow would have said. */
export async function vendedAccount(service: Service, request: Parameters<Service['submit']>[0] = {}) {
  const vend = await service.submit(request);
  await service.decide(vend);
  next += 1;
  const accountId = String(next);
  const { guardrails } = await planOf(service, vend.requestId);
  await service.receive(askOf(vend, 'confirm-approval', 3));
  await service.receive(
    factOf(vend, 'ProvisioningStarted', 4),
    factOf(vend, 'AccountProvisioned', 5, { accountId }),
    factOf(vend, 'BlueprintApplied', 6, { accountId }),
    factOf(vend, 'GuardrailsAttached', 7, { accountId, data: attachedData(guardrails) }),
    factOf(vend, 'AccountVended', 8, { accountId }),
    factOf(vend, 'AccessAssigned', 9, { accountId }),
  );
  return { ...vend, accountId };
}

/** Facts of a smooth change from its start, in the order in which the workflow sends them. */
export async function changeFacts(service: Service, change: Asked) {
  const { accountId, target, work } = await planOf<AccountChangePlan>(service, change.requestId);
  const detached = work.detached.map(({ policyName }) => policyName);
  const fact = (type: Parameters<typeof factOf>[1], order: number, data: Fact['data'] = {}) =>
    factOf(change, type, order, { accountId, data });
  return [
    fact('ChangeStarted', 4),
    fact('BlueprintApplied', 5, { components: [] }),
    fact('GuardrailsAttached', 6, { ...attachedData(target.guardrails), detached }),
    fact('AccountChanged', 7, { verified: [] }),
  ];
}

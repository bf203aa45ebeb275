import type { RequestState } from '../ledger/request-view.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import type { AccountRequest } from '../requests/request.schema.ts';

/** People's words cannot forge the message: line breaks, control, direction and invisible characters become spaces. */
export const plain = (text: string): string =>
  text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();

/** The plan in a person's words: what the approver signs. */
export function approvalText(input: {
  requestId: string;
  requestedBy: string;
  body: AccountRequest;
  plan: AccountPlan;
  /** What the guardrails do: `explainGuardrails`. */
  explained: readonly string[];
}): string {
  const { body, plan } = input;
  const guardrails = plan.guardrails;
  const own = guardrails.preventive
    .flatMap((p) => p.controls)
    .concat(guardrails.detective.map((d) => d.control));
  return [
    `${plain(input.requestedBy)} asks for the account ${plain(body.account.name)} (${plain(body.account.email)}) for the team ${body.team}.`,
    `Why: ${plain(body.justification)}`,
    `Where: ${plain(plan.organization.organizationalUnitName)} (${plan.account.organizationalUnitId}), Region ${plan.organization.homeRegion}`,
    `Blueprint: ${body.blueprint.name}: ${[...new Set(plan.components.map((c) => c.name))].join(', ')}`,
    `Network: ${plan.network ? `${plan.network.vpcCidr}, ${plan.network.subnets.length} subnets` : 'none'}`,
    `Guardrails: ${guardrails.inherited.length} from the organizational unit${own.length > 0 ? `, own: ${own.join(', ')}` : ''}`,
    `Access: ${plan.access.length > 0 ? plan.access.map((a) => `${plain(a.principal)} gets ${plain(a.permissionSet)}`).join(', ') : 'nobody yet'}`,
    `Cost: about ${plan.monthlyCost.amount.toFixed(2)} ${plan.monthlyCost.currency} a month`,
    ...input.explained.map((line) => `Guardrail ${plain(line)}`),
    ...plan.warnings.map((w) => `Note: ${plain(w)}`),
    `Request ${input.requestId}`,
  ].join('\n');
}

/** The line that takes the buttons' place; undefined while a decision is open. */
export function settledText(state: RequestState): string | undefined {
  switch (state.status) {
    case 'PLANNED':
    case 'AWAITING_APPROVAL':
      return undefined;
    case 'DENIED':
    case 'CANCELLED':
    case 'EXPIRED':
    case 'REJECTED':
      return plain(`${state.failure?.title ?? state.status}. ${state.failure?.detail ?? ''}`);
    default:
      return 'Approved.';
  }
}

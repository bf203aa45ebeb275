import type { RequestState } from '../ledger/request-view.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import type { AccountRequest } from '../requests/request.schema.ts';

/** People's words cannot forge the message: control characters and line breaks become spaces. */
export const plain = (text: string): string =>
  text
    .normalize('NFC')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly what must not reach a chat
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g, ' ')
    .trim();

/** The plan in a person's words: what the approver signs. */
export function approvalText(input: {
  requestId: string;
  requestedBy: string;
  body: AccountRequest;
  plan: AccountPlan;
}): string {
  const { body, plan } = input;
  const guardrails = plan.guardrails;
  const own = guardrails.preventive
    .flatMap((p) => p.controls)
    .concat(guardrails.detective.map((d) => d.control));
  return [
    `${plain(input.requestedBy)} asks for the account ${plain(body.account.name)} (${plain(body.account.email)}) for the team ${body.team}.`,
    `Why: ${plain(body.justification)}`,
    `Where: ${plan.organization.organizationalUnitName} (${plan.account.organizationalUnitId}), Region ${plan.organization.homeRegion}`,
    `Blueprint: ${body.blueprint.name}: ${plan.components.map((c) => c.name).join(', ')}`,
    `Network: ${plan.network ? `${plan.network.vpcCidr}, ${plan.network.subnets.length} subnets` : 'none'}`,
    `Guardrails: ${guardrails.inherited.length} from the organizational unit${own.length > 0 ? `, own: ${own.join(', ')}` : ''}`,
    `Access: ${plan.access.length > 0 ? plan.access.map((a) => `${plain(a.principal)} gets ${a.permissionSet}`).join(', ') : 'nobody yet'}`,
    `Cost: about ${plan.monthlyCost.amount.toFixed(2)} ${plan.monthlyCost.currency} a month`,
    ...plan.warnings.map((w) => `Note: ${w}`),
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
      return `${state.failure?.title ?? state.status}. ${state.failure?.detail ?? ''}`.trim();
    default:
      return 'Approved.';
  }
}

import type { UnitChange, UnitChangePlan } from '../organizational-units/unit-change.schema.ts';
import { plain } from './message.ts';

/** A message names this many accounts; the plan has them all. */
const MOST_ACCOUNTS = 20;

/** A change of an organizational unit in a person's words: what the approver signs. */
export function changeText(input: {
  requestId: string;
  requestedBy: string;
  body: UnitChange;
  plan: UnitChangePlan;
}): string {
  const { body, plan } = input;
  const { organizationalUnit: unit, accounts } = plan;
  return [
    `${plain(input.requestedBy)} asks to change the controls of the organizational unit ${plain(unit.path)} (${unit.id}).`,
    `Why: ${plain(body.reason)}`,
    ...plan.enable.map((c) => `Enable: ${describe(c)}${parametersOf(c.parameters)}`),
    ...plan.disable.map((c) => `Disable: ${describe(c)}`),
    ...plan.inherited.map(
      (c) => `Left alone: ${c.control}, enforced already from ${c.organizationalUnitId} above`,
    ),
    `Accounts affected: ${accounts.length}${accounts.length > 0 ? `: ${namesOf(accounts)}` : ''}`,
    ...plan.warnings.map((w) => `Note: ${plain(w)}`),
    `Request ${input.requestId}`,
  ].join('\n');
}

const describe = (c: UnitChangePlan['disable'][number]): string =>
  `${c.control} (${plain(c.title)}; ${c.guidance}, ${c.behavior}; ${c.reachesBelow ? 'the unit and all below it' : 'accounts in the unit itself'})`;

const parametersOf = (parameters: UnitChangePlan['enable'][number]['parameters']): string =>
  parameters.length === 0
    ? ''
    : `, with ${parameters.map((p) => `${p.key} ${plain([p.value].flat().join(', '))}`).join('; ')}`;

function namesOf(accounts: UnitChangePlan['accounts']): string {
  const shown = accounts.slice(0, MOST_ACCOUNTS).map((a) => `${plain(a.name)} (${a.accountId})`);
  const more = accounts.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

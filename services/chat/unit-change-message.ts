import type { UnitChange, UnitChangePlan } from '../organizational-units/unit-change.schema.ts';
import { WHOLE_ORGANIZATION } from '../requests/kinds.ts';
import type { Asked } from './approval-message.ts';
import { plain } from './message.ts';
import { whoMayDecide } from './who-may-decide.ts';

/** A message names this many accounts; the plan has them all. */
const MOST_ACCOUNTS = 20;

/** A change of an organizational unit in a person's words: what the approver signs. */
export function unitChangeMessage(input: {
  requestedBy: string;
  body: UnitChange;
  plan: UnitChangePlan;
}): Asked {
  const { body, plan } = input;
  const { organizationalUnit: unit, accounts, disable } = plan;
  return {
    title: `${plain(input.requestedBy, 256)} asks to change the controls of the organizational unit ${plain(unit.path, 400)} (${unit.id})`,
    why: plain(body.reason) || '(nothing readable)',
    fields: [
      {
        label: 'Accounts affected',
        value: `${accounts.length}${accounts.length > 0 ? `: ${namesOf(accounts)}` : ''}`,
      },
      { label: 'Region', value: plan.organization.homeRegion },
      { label: 'Decides', value: whoMayDecide(plan.approvals, WHOLE_ORGANIZATION) },
    ],
    sections: [
      { title: 'Enable', lines: plan.enable.map((c) => `${describe(c)}${parametersOf(c.parameters)}`) },
      { title: 'Disable', lines: disable.map(describe) },
      {
        title: 'Left alone',
        lines: plan.inherited.map(
          (c) => `${c.control}, enforced already from ${c.organizationalUnitId} above`,
        ),
      },
    ].filter(({ lines }) => lines.length > 0),
    unusual: [
      ...(disable.length > 0
        ? [`It takes ${disable.map((c) => c.control).join(', ')} away from ${accountsText(accounts.length)}.`]
        : []),
      ...plan.warnings.map((w) => plain(w)),
    ],
    summary: `the change of ${plain(unit.path, 100)} with ${accountsText(accounts.length)}`,
  };
}

const accountsText = (count: number): string => (count === 1 ? 'one account' : `${count} accounts`);

const describe = (c: UnitChangePlan['disable'][number]): string =>
  `${c.control} (${plain(c.title)}; ${c.guidance}, ${c.behavior}; ${c.reachesBelow ? 'the unit and all below it' : 'accounts in the unit itself'})`;

const parametersOf = (parameters: UnitChangePlan['enable'][number]['parameters']): string =>
  parameters.length === 0
    ? ''
    : `, with ${parameters.map((p) => `${p.key} ${plain([p.value].flat().join(', '))}`).join('; ')}`;

function namesOf(accounts: UnitChangePlan['accounts']): string {
  const shown = accounts.slice(0, MOST_ACCOUNTS).map((a) => `${plain(a.name, 60)} (${a.accountId})`);
  const more = accounts.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

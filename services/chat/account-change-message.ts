import type { AccountChange, AccountChangePlan } from '../account-changes/account-change.schema.ts';
import type { PreviewedStack } from '../account-changes/change-previewed.ts';
import { costText, powerfulAccess } from './account-message.ts';
import type { Asked } from './approval-message.ts';
import { plain } from './message.ts';
import { whoMayDecide } from './who-may-decide.ts';

/** A message names this many changes of a stack; the timeline has them all. */
const MOST_CHANGES = 20;

/** A change of an account in a person's words: what the approver signs. */
export function accountChangeMessage(input: {
  requestedBy: string;
  body: AccountChange;
  plan: AccountChangePlan;
  /** What CloudFormation said it would do, where it was asked. */
  previewed: readonly PreviewedStack[];
}): Asked {
  const { body, plan, previewed } = input;
  const { account, team, organization } = plan.target;
  const name = plain(account.name);
  return {
    title: `${plain(input.requestedBy, 256)} asks to change the account ${name} (${plan.accountId})`,
    why: body.reason === undefined ? 'not said' : plain(body.reason) || '(nothing readable)',
    fields: [
      { label: 'Team', value: team },
      {
        label: 'Where',
        value: `${plain(organization.organizationalUnitName)} (${account.organizationalUnitId})`,
      },
      { label: 'Region', value: organization.homeRegion },
      ...listed('Guardrails gained', plan.controls.gained),
      ...listed('Guardrails lost', plan.controls.lost),
      { label: 'Cost afterwards', value: costText(plan.target) },
      { label: 'Decides', value: whoMayDecide(plan.approvals, team) },
    ],
    sections: [
      { title: 'Change', lines: plan.summary.map((line) => plain(line)) },
      ...previewed.flatMap(previewSection),
    ],
    unusual: [
      ...plan.work.changed.flatMap(announcedText),
      ...powerfulAccess(plan.target),
      ...plan.warnings.map((w) => plain(w)),
    ],
    summary: `the change of the account ${name}, which then costs ${costText(plan.target)}`,
  };
}

const listed = (label: string, ids: readonly string[]) =>
  ids.length === 0 ? [] : [{ label, value: ids.join(', ') }];

const resources = (ids: readonly string[]): string => (ids.includes('*') ? 'anything' : ids.join(', '));

function announcedText({ stackName, announced }: AccountChangePlan['work']['changed'][number]): string[] {
  const acts = [
    ...(announced.replaces.length > 0 ? [`replace ${resources(announced.replaces)}`] : []),
    ...(announced.removes.length > 0 ? [`remove ${resources(announced.removes)}`] : []),
  ];
  return acts.length === 0 ? [] : [`CloudFormation may ${acts.join(' and ')} in ${stackName}.`];
}

function previewSection({ stackName, changes }: PreviewedStack): { title: string; lines: string[] }[] {
  const more = changes.length - MOST_CHANGES;
  const lines = changes.slice(0, MOST_CHANGES).map((change) => plain(change));
  return changes.length === 0
    ? []
    : [
        {
          title: `CloudFormation would, in ${plain(stackName, 128)}`,
          lines: [...lines, ...(more > 0 ? [`and ${more} more, see the timeline`] : [])],
        },
      ];
}

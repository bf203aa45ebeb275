import type { AccountChange, AccountChangePlan } from '../account-changes/account-change.schema.ts';
import type { PreviewedStack } from '../account-changes/change-previewed.pg.ts';
import { plain } from './message.ts';

/** A message names this many changes of a stack; the timeline has them all. */
const MOST_CHANGES = 20;

/** A change of an account in a person's words: what the approver signs. */
export function accountChangeText(input: {
  requestId: string;
  requestedBy: string;
  body: AccountChange;
  plan: AccountChangePlan;
  /** What CloudFormation said it would do, where it was asked. */
  previewed: readonly PreviewedStack[];
}): string {
  const { body, plan, previewed } = input;
  const { account, team } = plan.target;
  return [
    `${plain(input.requestedBy)} asks to change the account ${plain(account.name)} (${plan.accountId}) of the team ${team}.`,
    `Why: ${plain(body.reason ?? 'not said')}`,
    ...plan.summary.map((line) => `Change: ${plain(line)}`),
    ...listed('Guardrails gained', plan.controls.gained),
    ...listed('Guardrails lost', plan.controls.lost),
    ...plan.work.changed.flatMap(announcedText),
    ...previewed.flatMap(previewText),
    ...plan.warnings.map((w) => `Note: ${plain(w)}`),
    `Request ${input.requestId}`,
  ].join('\n');
}

const listed = (what: string, ids: readonly string[]): string[] =>
  ids.length === 0 ? [] : [`${what}: ${ids.join(', ')}`];

const resources = (ids: readonly string[]): string => (ids.includes('*') ? 'anything' : ids.join(', '));

function announcedText({ stackName, announced }: AccountChangePlan['work']['changed'][number]): string[] {
  const acts = [
    ...(announced.replaces.length > 0 ? [`replace ${resources(announced.replaces)}`] : []),
    ...(announced.removes.length > 0 ? [`remove ${resources(announced.removes)}`] : []),
  ];
  return acts.length === 0 ? [] : [`CloudFormation may ${acts.join(' and ')} in ${stackName}.`];
}

function previewText({ stackName, changes }: PreviewedStack): string[] {
  const shown = changes.slice(0, MOST_CHANGES).map(plain).join('; ');
  const more = changes.length > MOST_CHANGES ? `; and ${changes.length - MOST_CHANGES} more` : '';
  return changes.length === 0 ? [] : [`CloudFormation would, in ${plain(stackName)}: ${shown}${more}`];
}

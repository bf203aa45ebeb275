import type { ControlException, ControlExceptionPlan } from '../exceptions/exception.schema.ts';
import type { Asked } from './approval-message.ts';
import { momentText, plain } from './message.ts';
import { whoMayDecide } from './who-may-decide.ts';

/** A message names this many violations; the plan has more. */
const MOST_VIOLATIONS = 20;

/** An exception in a person's words: what the approver signs. */
export function exceptionMessage(input: {
  team: string;
  body: ControlException;
  plan: ControlExceptionPlan;
}): Asked {
  const { plan } = input;
  const { account, control, resource, covers, covered } = plan;
  const shown = covers.slice(0, MOST_VIOLATIONS);
  const name = plain(account.name, 60);
  return {
    title: `${plain(plan.requestedBy, 256)} asks for an exception from ${control.id} in ${name}`,
    why: plain(input.body.reason) || '(nothing readable)',
    fields: [
      { label: 'Account', value: `${name} (${plan.accountId})` },
      {
        label: 'Control',
        value: `${control.id} (${plain(control.title)}; ${control.guidance}, ${control.behavior})`,
      },
      { label: 'Resource', value: resource === null ? 'every one of the account' : plain(resource, 400) },
      { label: 'Until', value: momentText(plan.expiresAt) },
      { label: 'Answers for it', value: plain(plan.owner, 256) },
      { label: 'Decides', value: whoMayDecide(plan.approvals, input.team) },
    ],
    sections: [
      {
        title: 'Covers today',
        lines: [
          ...shown.map((one) =>
            plain(
              `${one.resourceType} ${one.resourceId} in ${one.region}, since ${momentText(one.since)}${one.annotation === null ? '' : `: ${one.annotation}`}`,
            ),
          ),
          ...(covered > shown.length ? [`and ${covered - shown.length} more`] : []),
        ],
      },
      {
        title: 'Takes the place of',
        lines: plan.replaces
          ? [`the exception ${plan.replaces.requestId}, until ${momentText(plan.replaces.expiresAt)}`]
          : [],
      },
    ].filter(({ lines }) => lines.length > 0),
    unusual: plan.warnings.map((w) => plain(w)),
    summary: `the exception from ${control.id} in ${name} until ${momentText(plan.expiresAt)}`,
  };
}

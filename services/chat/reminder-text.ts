import type { PlannedApprovals } from '../approvals/approvals.schema.ts';
import type { ReminderAct } from '../approvals/channel.port.ts';
import { whoMayDecide, whoMayToo } from './who-may-decide.ts';

/** Says that a decision is still open, and who is waited for, by plain names. */
export function reminderText(
  act: ReminderAct,
  { message, request }: { message: { title: string }; request: { team: string; planText: string } },
): string {
  const { approvals } = JSON.parse(request.planText) as { approvals: PlannedApprovals };
  switch (act) {
    case 'remind':
      return `Nobody has decided yet: ${message.title}. Waiting for ${whoMayDecide(approvals, request.team)}.`;
    case 'escalate':
      return `Nobody has decided yet, so others may now: ${whoMayToo(approvals, request.team)}. ${message.title}.`;
    default:
      return act satisfies never;
  }
}

import type { PlannedApprovals } from '../approvals/approvals.schema.ts';
import type { Selector } from '../settings/settings.schema.ts';
import { plain } from './message.ts';

const inWords = (selector: Selector, team: string): string =>
  'requestTeam' in selector
    ? `approvers of the team ${team}`
    : 'team' in selector
      ? `approvers of the team ${selector.team}`
      : 'people' in selector
        ? selector.people.map((one) => plain(one, 256)).join(', ')
        : 'any approver of the organization';

/** Plans of earlier versions name no stages.
 * "one of: approvers of the team payments; then 2 of: ann@example.com, bob@example.com" */
export function whoMayDecide({ stages, approvers }: PlannedApprovals, team: string): string {
  if ((stages ?? []).length === 0) return approvers.map((one) => plain(one, 256)).join(', ') || 'nobody';
  return stages
    .map(({ quorum, approvers: selectors }) => {
      const many = quorum === 1 ? 'one' : String(quorum);
      return `${many} of: ${selectors.map((one) => inWords(one, team)).join(', ')}`;
    })
    .join('; then ');
}

/** Who may decide besides, once the escalation is due. */
export const whoMayToo = ({ escalateTo }: PlannedApprovals, team: string): string =>
  (escalateTo ?? []).map((one) => inWords(one, team)).join(', ') || 'nobody else';

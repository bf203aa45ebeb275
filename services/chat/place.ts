import type { RequestKind } from '../requests/kinds.ts';
import type { ALERT, Channel } from '../settings/settings.schema.ts';
import type { Place } from './room.port.ts';

export type Chosen = { provider: Channel['provider']; place: Place };

/**
 * Where approvers of a request are asked, or new violations are told: the first channel of the settings whose conditions hold; undefined where none
 * does.
 * @param units the unit that the request is about and everything above it
 */
export function placeOf(
  channels: readonly Channel[],
  request: { kind: RequestKind | typeof ALERT; team: string },
  units: readonly string[],
): Chosen | undefined {
  const found = channels.find(
    ({ for: { kinds, teams, organizationalUnitIds } }) =>
      (kinds === undefined || kinds.includes(request.kind)) &&
      (teams === undefined || teams.includes(request.team)) &&
      (organizationalUnitIds === undefined || organizationalUnitIds.some((id) => units.includes(id))),
  );
  return found && { provider: found.provider, place: { channel: found.channel, team: found.team } };
}

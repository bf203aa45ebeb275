import type { Orm } from '../../db/client.ts';
import type { Place, Room } from '../chat/room.port.ts';
import type { Secrets } from '../kernel/secrets.node.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import { workflowAddress } from '../webhooks/given-secret.ts';
import { activeKeys } from '../webhooks/keys.pg.ts';
import { type Outbound, reasonOf, succeeded } from '../webhooks/outbound.port.ts';
import { approvalCard, type Card, noteCard, workflowMessage } from './card.ts';

export type TeamsRoomDeps = { orm: Orm; secrets: Secrets; settings: SettingsStore; outbound: Outbound };

/**
 * A Teams channel behind a Workflows webhook. It only tells: nothing comes back from it, and nothing that was posted can
 * be edited, so what becomes of a request is a short message of its own. A place's channel is the endpoint's name.
 */
export function teamsRoom(deps: TeamsRoomDeps): Room {
  return {
    async post(place, message, prompt) {
      await send(deps, place, approvalCard(message, prompt.pageUrl));
      return null;
    },
    async update(place, _reference, message, prompt) {
      if (message.settled === null) return;
      await send(deps, place, noteCard(`${message.title}: ${message.settled}`, prompt.pageUrl));
    },
    notify: (place, _reference, text, pageUrl) => send(deps, place, noteCard(text, pageUrl)),
  };
}

/** @throws Error in our own words; the address is a secret and in none of them */
async function send(deps: TeamsRoomDeps, place: Place, card: Card): Promise<void> {
  const { settings } = await deps.settings.current(deps.orm);
  const endpoint = settings.endpoints.find((e) => e.name === place.channel);
  if (endpoint?.direction !== 'out' || endpoint.format !== 'teams-workflow')
    throw new Error(`there is no Teams workflow ${place.channel}`);
  const [key] = await activeKeys(deps.orm, deps.secrets, [endpoint]);
  const url = key && workflowAddress(endpoint, key.secret);
  if (url === undefined) throw new Error(`the Teams workflow ${place.channel} waits for its address`);
  const outcome = await deps.outbound.post(url, {}, workflowMessage(card));
  if (!succeeded(outcome)) throw new Error(`the Teams workflow ${place.channel}: ${reasonOf(outcome)}`);
}

import type { FieldError } from '../kernel/errors.ts';
import { OUTBOUND_TYPES } from '../ledger/fact.ts';
import type { Endpoint } from '../settings/settings.schema.ts';
import { type AllowedHosts, targetProblem } from './target.ts';

/** The room of local mode has a callback of its own under this name. */
const RESERVED = 'local-chat';

/**
 * What speaks against an endpoint of the settings, at pointers within it. The schema has seen to its shape.
 * @param allowed hosts that the installation may call
 */
export function endpointProblems(endpoint: Endpoint, allowed: AllowedHosts): FieldError[] {
  const problems: FieldError[] = [];
  const add = (pointer: string, message: string) => problems.push({ pointer, message });
  if (endpoint.name === RESERVED) add('/name', 'is taken by the local chat');
  if (new Set(endpoint.keys).size < endpoint.keys.length) add('/keys', 'names a key twice');
  if (endpoint.direction === 'in') return problems;

  const target = targetProblem(endpoint.url, allowed);
  if (target !== undefined) add('/url', target);
  if (endpoint.keys.length === 0) add('/keys', 'is empty: name at least one key');
  switch (endpoint.format) {
    case 'standard':
      endpoint.events.forEach((type, i) => {
        if (!(OUTBOUND_TYPES as readonly string[]).includes(type))
          add(`/events/${i}`, 'is no type of an outbound event');
      });
      break;
    case 'teams-workflow':
      if (endpoint.events.length > 0) add('/events', 'a Teams workflow shows approvals, it takes no events');
      // The address as Teams gives it is a secret, and settings are read by many and kept for ever.
      if (URL.canParse(endpoint.url) && new URL(endpoint.url).search !== '')
        add('/url', 'leave out the query, which is secret; an admin sets the whole address as the key');
      if (endpoint.keys.length > 1) add('/keys', 'a Teams workflow has one key: its address');
      break;
    default:
      endpoint satisfies never;
  }
  return problems;
}

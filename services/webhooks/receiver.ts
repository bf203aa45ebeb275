import { notFound } from '../kernel/errors.ts';
import type { Endpoint, Settings } from '../settings/settings.schema.ts';

/** The endpoint of that name. @throws Problem not-found */
export function endpointIn({ endpoints }: Pick<Settings, 'endpoints'>, name: string): Endpoint {
  const endpoint = endpoints.find((one) => one.name === name);
  if (!endpoint) throw notFound('webhook endpoint');
  return endpoint;
}

/** The same, where deliveries go to it. @throws Problem not-found */
export function receiverIn(settings: Pick<Settings, 'endpoints'>, name: string): Endpoint {
  const endpoint = endpointIn(settings, name);
  if (endpoint.direction !== 'out' || endpoint.format !== 'standard') throw notFound('webhook endpoint');
  return endpoint;
}

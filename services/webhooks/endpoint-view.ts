import type { Endpoint } from '../settings/settings.schema.ts';

type KeyState = 'waits-for-secret' | 'not-revealed' | 'active' | 'revoked';
type KnownKey = {
  endpoint: string;
  name: string;
  use: string;
  sealed: string | null;
  holder: string | null;
  revokedAt: Date | null;
  createdAt: Date;
  lastUsedAt: Date | null;
};

/** An endpoint as people are shown it: the host of its address, no secret. */
export function endpointView(endpoint: Endpoint, keys: readonly KnownKey[], disabledAt: Date | undefined) {
  const use = `${endpoint.direction}:${endpoint.format}`;
  return {
    name: endpoint.name,
    direction: endpoint.direction,
    format: endpoint.format,
    ...(endpoint.direction === 'out'
      ? { host: new URL(endpoint.url).host, events: [...endpoint.events] }
      : {}),
    ...(disabledAt === undefined ? {} : { disabledAt: disabledAt.toISOString() }),
    keys: endpoint.keys.map((name) => {
      const key = keys.find((k) => k.endpoint === endpoint.name && k.name === name && k.use === use);
      return {
        name,
        state: stateOf(key),
        ...(key === undefined ? {} : { createdAt: key.createdAt.toISOString() }),
        ...(key?.lastUsedAt ? { lastUsedAt: key.lastUsedAt.toISOString() } : {}),
      };
    }),
  };
}

function stateOf(key: KnownKey | undefined): KeyState {
  if (key?.revokedAt) return 'revoked';
  if (!key || key.sealed === null) return 'waits-for-secret';
  return key.holder === null ? 'not-revealed' : 'active';
}

import { type EndpointCheck, type Refuse, refuseTwice } from './refuse.ts';
import type { Settings } from './settings.schema.ts';

/** Endpoints and channels that lead nowhere, or to one another. */
export function endpointProblems(after: Settings, check: EndpointCheck, refuse: Refuse): void {
  const { endpoints } = after;
  refuseTwice(
    endpoints,
    (i) => `/endpoints/${i}/name`,
    (e) => e.name,
    refuse,
  );
  endpoints.forEach((endpoint, i) => {
    refuseTwice(
      endpoint.keys,
      (j) => `/endpoints/${i}/keys/${j}`,
      (key) => key,
      refuse,
    );
    for (const { pointer, message } of check(endpoint)) refuse(`/endpoints/${i}${pointer}`, message);
  });
  channelProblems(after, refuse);
}

function channelProblems({ channels, endpoints }: Settings, refuse: Refuse): void {
  refuseTwice(
    channels,
    (i) => `/channels/${i}/name`,
    (c) => c.name,
    refuse,
  );
  const workflows = new Set(
    endpoints.flatMap((e) => (e.direction === 'out' && e.format === 'teams-workflow' ? [e.name] : [])),
  );
  channels.forEach(({ provider, channel, team }, i) => {
    if (provider !== 'teams') return;
    if (!workflows.has(channel))
      refuse(
        `/channels/${i}/channel`,
        `there is no outbound endpoint ${channel} of the format teams-workflow`,
      );
    if (team !== undefined) refuse(`/channels/${i}/team`, 'is for Slack only');
  });
}

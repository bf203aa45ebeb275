import { z } from 'zod';
import { RequestStatus, Requests } from '../cli/answers.schema.ts';
import type { Client } from '../cli/client.ts';
import { pageOf } from '../cli/pages.ts';
import { canonicalJson, digestOf } from '../kernel/canonical-json.ts';
import { settingsOf } from './compile.ts';
import type { Item } from './items.ts';
import type { LandingZoneFile } from './landing-zone.schema.ts';
import type { ControlRequest } from './plan-units.ts';

/** What the service says of its settings: as far as the command reads it. */
const Current = z.looseObject({ version: z.number().int() });
const Preview = z.looseObject({
  after: z.string(),
  differences: z.array(z.string()),
  warnings: z.array(z.string()),
});
const UnitPlan = z.looseObject({
  organizationalUnit: z.looseObject({ id: z.string() }).optional(),
  after: z.string().optional(),
  enable: z.array(z.looseObject({ control: z.string() })).optional(),
});

/** What is sent to the service; a person approves each. */
export type Change = {
  path: string;
  body: Record<string, unknown>;
  headers: Record<string, string>;
  /** An open request that asks for the same. */
  open: RequestStatus | undefined;
};

export type ServicePart = { items: Item[]; changes: Change[]; differences: string[]; warnings: string[] };

const REASON = 'As the landing-zone file says.';
const SECTIONS = ['policies', 'channels', 'landingZone'] as const;
const POINTERS = { policies: '/approvals/policies', channels: '/channels', landingZone: '/networkPools' };
const WORDS = {
  policies: 'approval policies',
  channels: 'channels',
  landingZone: 'what planning works with',
};

/**
 * Compares the file with the settings of the service, and asks what a change would come to.
 * @param idOf undefined for a unit that is not made yet: then the comparison waits for it
 */
export async function compareSettings(
  client: Client,
  file: LandingZoneFile,
  idOf: (path: string) => string | undefined,
): Promise<ServicePart> {
  const current = await client.read(Current, '/v1/settings');
  let missing = false;
  const set = settingsOf(file, (path) => {
    const id = idOf(path);
    if (id === undefined) missing = true;
    return id ?? 'ou-0000-notmadeyet';
  });
  const same = (section: (typeof SECTIONS)[number]) =>
    canonicalJson(current[section] ?? null) === canonicalJson(set[section]);
  const items = SECTIONS.map((section): Item => {
    const what = `settings: ${WORDS[section]}`;
    const pointer = POINTERS[section];
    return same(section)
      ? { action: 'keep', what, pointer }
      : { action: current[section] === undefined ? 'create' : 'change', what, pointer, approval: true };
  });
  const changed = SECTIONS.filter((section) => !same(section));
  if (changed.length === 0) return { items, changes: [], differences: [], warnings: [] };
  if (missing)
    return {
      items,
      changes: [],
      differences: ['told when the units are made, by whose ids they go'],
      warnings: [],
    };
  const body = { set: Object.fromEntries(changed.map((section) => [section, set[section]])), reason: REASON };
  const headers = { 'if-match': `"${current.version}"` };
  const { answer } = await client.send(Preview, '/v1/settings/changes?dryRun=true', body, headers);
  const open = await openRequest(client, 'settings-change', (plan) => plan.after === answer.after);
  const key = `landing-zone-${digestOf({ body, version: current.version }).slice(7, 39)}`;
  const change = {
    path: '/v1/settings/changes',
    body,
    headers: { ...headers, 'idempotency-key': key },
    open,
  };
  return { items, changes: [change], differences: answer.differences, warnings: answer.warnings };
}

/** Changes of the controls of units that have accounts. */
export const controlChanges = (client: Client, requests: readonly ControlRequest[]): Promise<Change[]> =>
  Promise.all(
    requests.map(async ({ unitId, enable }) => {
      const wanted = enable.map(({ id }) => id).sort();
      const open = await openRequest(
        client,
        'organizational-unit-change',
        (plan) =>
          plan.organizationalUnit?.id === unitId &&
          wanted.every((id) => plan.enable?.some(({ control }) => control === id)),
      );
      const body = {
        enable: enable.map((one) => (one.parameters === undefined ? one.id : one)),
        reason: REASON,
      };
      return { path: `/v1/organizational-units/${unitId}/changes`, body, headers: {}, open };
    }),
  );

const OPEN = [
  'PLANNED',
  'AWAITING_APPROVAL',
  'QUEUED',
  'APPLYING_BLUEPRINT',
  'ATTACHING_GUARDRAILS',
  'VERIFYING',
];

/** One that asks for the same: it is not asked for twice. */
async function openRequest(
  client: Client,
  kind: string,
  fits: (plan: z.infer<typeof UnitPlan>) => boolean,
): Promise<RequestStatus | undefined> {
  for (const status of OPEN) {
    const { items } = await pageOf(client, Requests, '/v1/account-requests', { status, limit: 100 }, true);
    for (const request of items.filter((one) => one.kind === kind))
      if (fits(await client.read(UnitPlan, `/v1/account-requests/${request.id}/plan`))) return request;
  }
  return undefined;
}

export async function sendChange(client: Client, change: Change): Promise<RequestStatus> {
  if (change.open) return change.open;
  return (await client.send(RequestStatus, change.path, change.body, change.headers)).answer;
}

const Units = z.looseObject({ items: z.array(z.looseObject({ id: z.string() })) });

/** The service reads the organization again, so that it knows the units that were made. @returns whether it does by now */
export async function letServiceRead(
  client: Client,
  ids: readonly string[],
  wait: (ms: number) => Promise<void>,
): Promise<boolean> {
  await client.post('/v1/reconciliations');
  for (let looks = 0; looks < 120; looks++) {
    const { items } = await client.read(Units, '/v1/organizational-units');
    if (ids.every((id) => items.some((unit) => unit.id === id))) return true;
    await wait(500);
  }
  return false;
}

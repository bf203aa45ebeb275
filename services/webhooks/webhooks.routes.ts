import { createRoute, z } from '@hono/zod-openapi';
import { type Orm, transact } from '../../db/client.ts';
import { router } from '../http/env.ts';
import { conflict, json, ListQueryShape, Page, refusals } from '../http/schemas.ts';
import type { Clock, Ids } from '../kernel/context.ts';
import type { Secrets } from '../kernel/secrets.node.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import { type Delivery, listDeliveries, redeliver, sendPing } from './deliveries.pg.ts';
import { endpointView } from './endpoint-view.ts';
import { disabledEndpoints } from './endpoints.pg.ts';
import { revealKey, revokeKey, setKey } from './key-acts.pg.ts';
import { currentKeys } from './keys.pg.ts';
import { endpointIn, receiverIn } from './receiver.ts';

export type WebhookRouteDeps = {
  orm: Orm;
  clock: Clock;
  ids: Ids;
  secrets: Secrets;
  settings: SettingsStore;
};

/** Endpoints as the settings list them, their delivery logs and their keys. What they are is changed by the settings alone. */
export function webhookRoutes(deps: WebhookRouteDeps) {
  const app = router();
  const settings = async () => (await deps.settings.current(deps.orm)).settings;
  const endpointOf = async (name: string) => endpointIn(await settings(), name);
  const receiverOf = async (name: string) => receiverIn(await settings(), name);

  app.openapi(list, async (c) => {
    const { settings } = await deps.settings.current(deps.orm);
    const [keys, disabled] = [await currentKeys(deps.orm), await disabledEndpoints(deps.orm)];
    return c.json({ items: settings.endpoints.map((e) => endpointView(e, keys, disabled.get(e.name))) }, 200);
  });

  app.openapi(deliveries, async (c) => {
    const { name } = await receiverOf(c.req.valid('param').endpoint);
    const { rows, nextCursor } = await listDeliveries(deps.orm, name, c.req.valid('query'));
    return c.json({ items: rows.map(deliveryAnswer), nextCursor }, 200);
  });

  app.openapi(again, async (c) => {
    const who = c.get('who');
    const { endpoint, deliveryId } = c.req.valid('param');
    const { name } = await receiverOf(endpoint);
    const row = await redeliver(deps.orm, name, deliveryId, who.subject, deps.clock.now());
    return c.json(deliveryAnswer(row), 202);
  });

  app.openapi(test, async (c) => {
    const who = c.get('who');
    const { name } = await receiverOf(c.req.valid('param').endpoint);
    const row = await sendPing(deps.orm, name, deps.ids.uuid(), who.subject, deps.clock.now());
    return c.json(deliveryAnswer(row), 202);
  });

  app.openapi(reveal, async (c) => {
    const who = c.get('who');
    const { endpoint, key } = c.req.valid('param');
    const target = await endpointOf(endpoint);
    const secret = await transact(deps.orm, (tx) => revealKey(tx, deps, target, key, who.subject));
    c.header('cache-control', 'no-store');
    return c.json({ endpoint, key, secret }, 200);
  });

  app.openapi(set, async (c) => {
    const who = c.get('who');
    const { endpoint, key } = c.req.valid('param');
    const target = await endpointOf(endpoint);
    const { secret } = c.req.valid('json');
    await transact(deps.orm, (tx) => setKey(tx, deps, target, key, secret, who.subject));
    return c.json({ endpoint, key, state: 'active' as const }, 200);
  });

  app.openapi(revoke, async (c) => {
    const who = c.get('who');
    const { endpoint, key } = c.req.valid('param');
    const target = await endpointOf(endpoint);
    await transact(deps.orm, (tx) => revokeKey(tx, deps, target, key, who.subject));
    return c.json({ endpoint, key, state: 'revoked' as const }, 200);
  });
  return app;
}

const deliveryAnswer = (row: Delivery) => ({
  id: row.id,
  endpoint: row.endpoint,
  eventType: row.eventType,
  ...(row.factSeq === null ? {} : { factSeq: row.factSeq }),
  status: row.status as 'pending' | 'delivered' | 'failed',
  attempts: row.attempts,
  ...(row.lastStatus === null ? {} : { lastStatus: row.lastStatus }),
  ...(row.lastReason === null ? {} : { lastReason: row.lastReason }),
  ...(row.lastAttemptAt === null ? {} : { lastAttemptAt: row.lastAttemptAt.toISOString() }),
  ...(row.status === 'pending' ? { nextAttemptAt: row.nextAt.toISOString() } : {}),
  createdAt: row.createdAt.toISOString(),
});

const DeliveryBody = z
  .object({
    id: z.string().openapi({ description: 'The webhook-id header; the same in every attempt.' }),
    endpoint: z.string(),
    eventType: z.string(),
    factSeq: z.number().int().optional(),
    status: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.number().int(),
    lastStatus: z.number().int().optional(),
    lastReason: z.string().optional(),
    lastAttemptAt: z.string().optional(),
    nextAttemptAt: z.string().optional(),
    createdAt: z.string(),
  })
  .openapi('WebhookDelivery');

const EndpointBody = z
  .object({
    name: z.string(),
    direction: z.enum(['in', 'out']),
    format: z.string(),
    host: z.string().optional(),
    events: z.array(z.string()).optional(),
    disabledAt: z.string().optional(),
    keys: z.array(
      z.object({
        name: z.string(),
        state: z.enum(['waits-for-secret', 'not-revealed', 'active', 'revoked']),
        createdAt: z.string().optional(),
        lastUsedAt: z.string().optional(),
      }),
    ),
  })
  .openapi('WebhookEndpoint');

const KeyBody = z
  .object({ endpoint: z.string(), key: z.string(), state: z.enum(['active', 'revoked']) })
  .openapi('WebhookKey');

const Name = z.string().min(1).max(63);
const EndpointParams = z.object({ endpoint: Name });
const KeyParams = z.object({ endpoint: Name, key: Name });
const common = { tags: ['webhooks'], security: [{ bearer: [] }] };

const list = createRoute({
  ...common,
  method: 'get',
  path: '/v1/webhooks',
  summary: 'The endpoints of the settings with the state of their keys',
  responses: { 200: json('Endpoints', z.object({ items: z.array(EndpointBody) })), ...refusals },
});

const deliveries = createRoute({
  ...common,
  method: 'get',
  path: '/v1/webhooks/{endpoint}/deliveries',
  summary: 'Delivery log of an outbound endpoint, newest first',
  request: {
    params: EndpointParams,
    query: z.strictObject({
      ...ListQueryShape,
      status: z.enum(['pending', 'delivered', 'failed']).optional(),
    }),
  },
  responses: { 200: json('Deliveries', Page(DeliveryBody)), ...refusals },
});

const again = createRoute({
  ...common,
  method: 'post',
  path: '/v1/webhooks/{endpoint}/deliveries/{deliveryId}/redeliver',
  summary: 'Send a delivery again, under its id; an endpoint that answered 410 is tried again',
  request: { params: EndpointParams.extend({ deliveryId: z.string().min(1).max(80) }) },
  responses: { 202: json('It will be sent', DeliveryBody), ...refusals },
});

const test = createRoute({
  ...common,
  method: 'post',
  path: '/v1/webhooks/{endpoint}/test',
  summary: 'Send a ping; an endpoint that answered 410 is tried again',
  request: { params: EndpointParams },
  responses: { 202: json('It will be sent', DeliveryBody), ...refusals },
});

const reveal = createRoute({
  ...common,
  method: 'post',
  path: '/v1/webhooks/{endpoint}/keys/{key}/reveal',
  summary: 'Show the secret of a key, once',
  request: { params: KeyParams },
  responses: {
    200: json(
      'The secret',
      z.object({ endpoint: z.string(), key: z.string(), secret: z.string() }).openapi('WebhookSecret'),
    ),
    ...refusals,
    ...conflict,
  },
});

const set = createRoute({
  ...common,
  method: 'post',
  path: '/v1/webhooks/{endpoint}/keys/{key}/set',
  summary: 'Give a key the secret that Teams has made for it, once',
  request: {
    params: KeyParams,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.strictObject({ secret: z.string().min(1).max(2_048) }).openapi('WebhookSecretFromTeams'),
        },
      },
    },
  },
  responses: { 200: json('Set', KeyBody), ...refusals, ...conflict },
});

const revoke = createRoute({
  ...common,
  method: 'post',
  path: '/v1/webhooks/{endpoint}/keys/{key}/revoke',
  summary: 'End a key at once and for good; a new one is a change of the settings',
  request: { params: KeyParams },
  responses: { 200: json('Revoked', KeyBody), ...refusals },
});

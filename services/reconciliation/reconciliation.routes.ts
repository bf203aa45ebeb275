import { createRoute, z } from '@hono/zod-openapi';
import { type Orm, transact } from '../../db/client.ts';
import { mayReconcile } from '../access/principal.ts';
import { approvalWord, policyFor } from '../approvals/policy.ts';
import { router } from '../http/env.ts';
import { json, refusals } from '../http/schemas.ts';
import type { Clock, Ids } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import { organizationalUnits } from './organization.ts';
import { newestSnapshot, requestReconcile } from './reconciliation.pg.ts';

const listUnits = createRoute({
  method: 'get',
  path: '/v1/organizational-units',
  summary: 'Where accounts may be asked for',
  tags: ['catalogue'],
  security: [{ bearer: [] }],
  responses: {
    200: json(
      'Organizational units',
      z.object({
        items: z.array(
          z.object({
            id: z.string(),
            name: z.string(),
            path: z.string(),
            requestable: z.boolean(),
            approval: z.enum(['automatic', 'one', 'quorum']),
          }),
        ),
        nextCursor: z.null(),
      }),
    ),
    ...refusals,
  },
});

const reconcile = createRoute({
  method: 'post',
  path: '/v1/reconciliations',
  summary: 'Read the organization again now',
  tags: ['ledger'],
  security: [{ bearer: [] }],
  responses: { 202: json('Under way', z.object({ snapshotId: z.string() })), ...refusals },
});

/** Nothing unusual about it: the usual blueprint, and it costs next to nothing. */
const plainVend = (team: string, chain: readonly string[]) => ({
  kind: 'account',
  team,
  organizationalUnitIds: [...chain],
  blueprint: 'standard',
  guardrailExceptions: false,
  monthlyCost: 0,
});

export function reconciliationRoutes(deps: { orm: Orm; clock: Clock; ids: Ids; settings: SettingsStore }) {
  const app = router();
  app.openapi(listUnits, async (c) => {
    const snapshot = await newestSnapshot(deps.orm);
    if (!snapshot) throw notReadyYet();
    const { settings } = await deps.settings.current(deps.orm);
    const [team = ''] = c.get('who').teams;
    const closed = settings.landingZone?.unitsWithoutAccounts;
    const approval = (chain: readonly string[]) => approvalWord(policyFor(settings, plainVend(team, chain)));
    return c.json({ items: organizationalUnits(snapshot, approval, closed), nextCursor: null }, 200);
  });
  app.openapi(reconcile, async (c) => {
    if (!mayReconcile(c.get('who'))) {
      throw new Problem(
        'forbidden',
        'not-an-operator',
        'Reading the organization again needs the role operator.',
      );
    }
    const snapshotId = await transact(deps.orm, (tx) =>
      requestReconcile(tx, deps.ids, 'on demand', deps.clock.now()),
    );
    return c.json({ snapshotId }, 202);
  });
  return app;
}

export const notReadyYet = () =>
  new Problem(
    'unavailable',
    'no-snapshot',
    'The organization has not been read yet. It is being read now; try again in a moment.',
    {
      retryAfterSeconds: 5,
    },
  );

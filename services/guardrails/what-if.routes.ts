import { createRoute } from '@hono/zod-openapi';
import type { Orm } from '../../db/client.ts';
import type { Principal } from '../access/principal.ts';
import { router } from '../http/env.ts';
import { json, refusals } from '../http/schemas.ts';
import { invalid } from '../kernel/errors.ts';
import { getAccount } from '../ledger/queries.pg.ts';
import { newestSnapshot } from '../reconciliation/reconciliation.pg.ts';
import { notReadyYet } from '../reconciliation/reconciliation.routes.ts';
import { accountPolicies } from './account-policies.pg.ts';
import { attachedChain, landingZoneDefaults, organizationContext } from './attached-chain.ts';
import type { Catalogue } from './catalogue.ts';
import { chooseControls } from './choose.ts';
import { guardrailLevel } from './simulate.ts';
import { WhatIf, WhatIfAnswer } from './what-if.schema.ts';
import { type WhatIfScene, whatIf } from './what-if.ts';

export const SIMULATE_PATH = '/v1/guardrails/simulate';

const simulate = createRoute({
  method: 'post',
  path: SIMULATE_PATH,
  summary: 'What a set of guardrails, a unit or an account would deny',
  description:
    '`allowed` means not denied by these policies. `unknown` means that something not told could change the answer; `why` ' +
    'says what. With an account or a unit what is attached there is added; with both, the account is asked about as if it ' +
    'were in that unit. No policy binds the management account: `allowed`, why `scp-not-applied`. The body may have 8 MiB.',
  tags: ['catalogue'],
  security: [{ bearer: [] }],
  request: {
    body: { required: true, content: { 'application/json': { schema: WhatIf.openapi('WhatIf') } } },
  },
  responses: { 200: json('The decisions, in the order asked', WhatIfAnswer), ...refusals },
});

export type WhatIfDeps = { orm: Orm; catalogue: Catalogue };

export function whatIfRoutes(deps: WhatIfDeps) {
  const app = router();
  app.openapi(simulate, async (c) => {
    const body = c.req.valid('json');
    return c.json(whatIf(await sceneOf(deps, c.get('who'), body), body), 200);
  });
  return app;
}

/** Reads what binds. @throws Problem not-found for an account that is absent or foreign, invalid with JSON pointers */
export async function sceneOf(deps: WhatIfDeps, who: Principal, body: WhatIf): Promise<WhatIfScene> {
  const snapshot = await newestSnapshot(deps.orm);
  if (!snapshot) throw notReadyYet();
  const choice = chooseControls(deps.catalogue, body.guardrails ?? [], landingZoneDefaults(snapshot));
  if ('errors' in choice) throw invalid(choice.errors);
  const account = body.accountId === undefined ? undefined : await getAccount(deps.orm, who, body.accountId);
  const unitId = body.organizationalUnitId ?? account?.organizationalUnitId ?? undefined;
  const chain = unitId === undefined ? [] : attachedChain(snapshot, unitId, deps.catalogue);
  if (chain.length === 0 && body.organizationalUnitId !== undefined) {
    throw refused('/organizationalUnitId', `there is no organizational unit ${unitId}`);
  }
  if (chain.length === 0 && account) {
    throw refused('/accountId', 'the unit of the account was not in the last reading of the organization');
  }
  if (account) {
    chain.push({ targetId: account.accountId, policies: await accountPolicies(deps.orm, account) });
  }
  if (choice.controls.length > 0) {
    chain.push(guardrailLevel(choice.controls, account?.accountId ?? unitId ?? 'the guardrails'));
  }
  return {
    chain,
    bySid: deps.catalogue.bySid,
    managementAccountId: snapshot.managementAccountId,
    accountId: account?.accountId,
    context: unitId === undefined ? {} : organizationContext(snapshot, unitId),
  };
}

const refused = (pointer: string, message: string) => invalid([{ pointer, message }]);

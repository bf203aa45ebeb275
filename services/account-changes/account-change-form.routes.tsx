/** @jsxImportSource hono/jsx */
import { Hono } from 'hono';
import type { Orm } from '../../db/client.ts';
import type { Session } from '../access/sessions.pg.ts';
import { AccountChangePage, type ChangeValues } from '../dashboard/account-change.page.tsx';
import {
  changedParameters,
  type OfferedComponent,
  offeredParameters,
  readParameters,
  valuesOf,
} from '../dashboard/blueprint-fields.ts';
import { frameOf } from '../dashboard/dashboard.ts';
import { errorsByField, textOf, textsOf } from '../dashboard/form-errors.ts';
import { orNotFound } from '../dashboard/or-not-found.page.tsx';
import { attachmentOf, type Catalogue } from '../guardrails/catalogue.ts';
import type { AppEnv } from '../http/env.ts';
import type { Clock, Ids } from '../kernel/context.ts';
import { notFound } from '../kernel/errors.ts';
import { getAccount } from '../ledger/queries.pg.ts';
import type { MirrorCatalogue } from '../mirroring/catalogue.ts';
import type { MirrorHub } from '../mirroring/hub.ts';
import { readProfile } from '../mirroring/profile.ts';
import type { BlueprintBody } from '../planning/blueprint.schema.ts';
import { askedProfiles } from '../planning/read-mirroring.ts';
import { answerForm, formOf, type Judged, unsent } from '../requests/planned-form.routes.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import { AccountChangeBody } from './account-change.schema.ts';
import { refuseStranger } from './account-changes.routes.ts';
import { finishedPlan } from './finished-plan.pg.ts';
import { accountChangeIntake } from './intake.ts';
import type { AccountChangePlanner } from './planner.pg.ts';

export type AccountChangeFormDeps = {
  orm: Orm;
  clock: Clock;
  ids: Ids;
  planAccountChange: AccountChangePlanner;
  catalogue: Catalogue;
  blueprints: readonly BlueprintBody[];
  mirroring: MirrorCatalogue;
  mirrorHub: MirrorHub | null;
  csrf: (session: Session) => string;
  local: boolean;
};

const FIELDS = {
  '/guardrails': 'guardrail',
  '/trafficMirroring': 'mirror',
  '/reason': 'reason',
  '/blueprint': 'blueprint',
};
const fieldsOf = (components: readonly OfferedComponent[]) =>
  Object.fromEntries(
    components.flatMap(({ name, parameters }) =>
      parameters.map((one) => [`/blueprint/parameters/${name}/${one.name}`, one.field]),
    ),
  );

type Planned = Awaited<ReturnType<AccountChangePlanner>>;

/** The form for a change of an account, as its team and operators ask for it. */
export function accountChangeFormRoutes(deps: AccountChangeFormDeps) {
  const app = new Hono<AppEnv>();

  app.on(['GET', 'POST'], '/accounts/:accountId/change', (c) =>
    orNotFound(c, async () => {
      const who = c.get('who');
      const account = await getAccount(deps.orm, who, accountIdOf(c.req.param('accountId')));
      refuseStranger(who, account);
      const { accountId, name, team } = account;
      const followed = await finishedPlan(deps.orm, accountId);
      const made = followed?.wanted;
      /** What can be set of a blueprint, and what the account was made with, as far as it was that one. */
      const partsOf = (name: string) => {
        const before = name === made?.blueprint.name ? made.blueprint.parameters : {};
        const components = offeredParameters(
          deps.blueprints.find((one) => one.name === name),
          before,
        );
        return { before, components };
      };
      const show = (values: ChangeValues) => (judged: Judged<Planned>) =>
        c.html(
          <AccountChangePage
            frame={{ ...frameOf(deps, c), path: '/accounts' }}
            account={{ accountId, name }}
            idempotencyKey={judged.key}
            values={values}
            checking={judged.checking}
            errors={errorsByField(
              judged.errors,
              { ...fieldsOf(partsOf(values.blueprint).components), ...FIELDS },
              { values, checking: judged.checking },
            )}
            blueprints={deps.blueprints}
            components={partsOf(values.blueprint).components}
            has={blueprintWords(account.blueprint)}
            controls={deps.catalogue.controls
              .filter((one) => one.guidance !== 'mandatory' && attachmentOf(one) !== 'organizational-unit')
              .map(({ id, title, guidance, behavior }) => ({ id, title, guidance, behavior }))}
            mirrorProfiles={offeredProfiles(deps)}
            planned={judged.plan}
          />,
          judged.status as 200,
        );
      if (c.req.method === 'GET') {
        const blueprint = made?.blueprint.name ?? '';
        const { before, components } = partsOf(blueprint);
        return show({
          blueprint,
          parameters: valuesOf(components, before),
          guardrail: idsOf(made?.guardrails),
          mirror: mirroredBy(made),
          reason: '',
        })(unsent(deps));
      }
      const sent = await formOf(c);
      const blueprint = textOf(sent, 'blueprint');
      const { before, components } = partsOf(blueprint);
      const values = {
        blueprint,
        parameters: readParameters(components, sent, valuesOf(components, before)),
        guardrail: textsOf(sent, 'guardrail'),
        mirror: textsOf(sent, 'mirror'),
        reason: textOf(sent, 'reason'),
      };
      const plan = (requestId: string, change: AccountChangeBody) =>
        deps.planAccountChange(requestId, account, change);
      return answerForm(c, deps, sent, {
        schema: AccountChangeBody,
        body: bodyOf(values, changedParameters(components, before, values.parameters), made),
        plan: (change) => plan('dry-run', change),
        intake: (change) =>
          accountChangeIntake(async (requestId) => (await plan(requestId, change)).plan, team ?? '', {
            ...change,
            accountId,
          }),
        show: show(values),
      });
    }),
  );
  return app;
}

type Guardrails = AccountRequest['guardrails'] | undefined;
const idsOf = (guardrails: Guardrails): string[] =>
  (guardrails ?? []).map((one) => (typeof one === 'string' ? one : one.id));

const mirroredBy = (made: AccountRequest | undefined): string[] =>
  made?.trafficMirroring ? askedProfiles(made.trafficMirroring).map(({ name }) => name) : [];

/** Those that can be used; without a hub nothing can be mirrored. */
const offeredProfiles = ({ mirroring, mirrorHub }: AccountChangeFormDeps) =>
  mirrorHub === null
    ? []
    : [...mirroring.profiles].flatMap(([name, json]) => {
        const read = readProfile(name, json);
        if (!('profile' in read)) return [];
        const { title, sessionNumber } = read.profile;
        return [{ id: name, title, note: `session number ${sessionNumber}` }];
      });

/** What is chosen as it was keeps its parameters; a list that is the same is not a change. */
function bodyOf(
  { blueprint, guardrail, mirror, reason }: ChangeValues,
  parameters: Record<string, unknown> | undefined,
  made: AccountRequest | undefined,
) {
  const had = new Map((made?.guardrails ?? []).map((one) => [typeof one === 'string' ? one : one.id, one]));
  const same = had.size === guardrail.length && guardrail.every((id) => had.has(id));
  const before = new Set(mirroredBy(made));
  const mirroredAlike = before.size === mirror.length && mirror.every((name) => before.has(name));
  const workload = made?.trafficMirroring?.workload;
  return {
    blueprint: { name: blueprint, ...(parameters === undefined ? {} : { parameters }) },
    ...(same ? {} : { guardrails: guardrail.map((id) => had.get(id) ?? id) }),
    ...(mirroredAlike
      ? {}
      : { trafficMirroring: { profiles: mirror, ...(workload && mirror.length > 0 ? { workload } : {}) } }),
    reason,
  };
}

function blueprintWords(blueprint: unknown): string {
  const { name, version } = (blueprint ?? {}) as { name?: string; version?: string };
  return name === undefined ? 'none that is known' : [name, version].filter(Boolean).join(' ');
}

/** @throws Problem not-found for what can be the id of no account */
export function accountIdOf(text: string | undefined): string {
  if (text !== undefined && /^\d{12}$/.test(text)) return text;
  throw notFound('account');
}

import { randomUUID } from 'node:crypto';
import { and, eq, isNull } from 'drizzle-orm';
import { pino } from 'pino';
import type { z } from 'zod';
import type { Database, Orm } from '../../db/client.ts';
import {
  accountHolds,
  accountIdentities,
  accountPosture,
  accountRequests,
  accountSpans,
  accounts,
  admissions,
  alertLines,
  asks,
  cidrHolds,
  driftChecks,
  emailHolds,
  exceptions,
  guardrailSpans,
  nameHolds,
  organizationSnapshots,
  outbox,
  people,
  postureFlips,
  postureSteps,
  requestViews,
  settingsVersions,
  tallies,
} from '../../db/schema/index.ts';
import type { Principal, Role } from '../../services/access/principal.ts';
import { openAccountChangePlanner } from '../../services/account-changes/planner.pg.ts';
import { decide } from '../../services/approvals/approvals.pg.ts';
import { localSigner } from '../../services/approvals/local-signer.ts';
import type { AlertChannel } from '../../services/chat/alert.port.ts';
import { openExceptionPlanner } from '../../services/exceptions/planner.pg.ts';
import { receive } from '../../services/inbox/inbox.pg.ts';
import type { Incoming } from '../../services/inbox/incoming.ts';
import type { Ask, AskKind, WorkflowFact, WorkflowFactType } from '../../services/inbox/message.schema.ts';
import { openInboxMetrics } from '../../services/inbox/metrics.ts';
import { digestOf } from '../../services/kernel/canonical-json.ts';
import { systemIds } from '../../services/kernel/ids.node.ts';
import { openSecrets } from '../../services/kernel/secrets.node.ts';
import { factsOfRequests } from '../../services/ledger/ledger.pg.ts';
import { openUnitChangePlanner } from '../../services/organizational-units/planner.pg.ts';
import { readAssets } from '../../services/planning/assets.node.ts';
import { openPlanner } from '../../services/planning/planner.pg.ts';
import { exampleSnapshot, MANAGEMENT_ACCOUNT } from '../../services/reconciliation/snapshot.fixture.ts';
import type { OrganizationSnapshot } from '../../services/reconciliation/snapshot.schema.ts';
import { accountIntake } from '../../services/requests/intake.ts';
import { requestWith } from '../../services/requests/request.fixture.ts';
import type { AccountRequest } from '../../services/requests/request.schema.ts';
import { submit } from '../../services/requests/submit.pg.ts';
import { DEFAULT_SETTINGS } from '../../services/settings/defaults.ts';
import { openSettingsPlanner } from '../../services/settings/planner.pg.ts';
import { openSettings } from '../../services/settings/settings.pg.ts';
import { Settings } from '../../services/settings/settings.schema.ts';
import { applyWebhooksOf } from '../../services/webhooks/endpoints.pg.ts';
import { asOwner } from './owner.ts';

let read: ReturnType<typeof readAssets> | undefined;
const assets = () => {
  read ??= readAssets();
  return read;
};

/** A clock that tests move; it never stands still for two calls, so that nothing depends on equal times. */
export function testClock(start = '2026-03-04T10:00:00.000Z') {
  let ms = Date.parse(start);
  const advance = (by: number) => {
    ms += by;
  };
  return { now: () => new Date(ms++), advance };
}

/** Where nobody is told of violations. */
export const NO_ALERTS: AlertChannel = { gather: async () => {}, show: async () => {} };

export const silent = pino({ level: 'silent' });

/** A name that no other test uses: team, account name, e-mail. */
export const unique = (prefix = 'x'): string => `${prefix}-${randomUUID().slice(0, 8)}`;

export const person = (team: string, roles: Role[], subject = 'ana@example.com'): Principal => ({
  subject,
  teams: [team],
  roles,
});

export type Vend = { requestId: string; planDigest: string; team: string; body: AccountRequest };

/** The service side without HTTP and without AWS, on a database of the caller's. */
export function openService(database: Database) {
  const { orm } = database;
  const clock = testClock();
  const secrets = openSecrets(Buffer.alloc(32, 7));
  const settings = openSettings(DEFAULT_SETTINGS);
  /** Everybody knows them by the same name, and they are in the team of every vend that they decide. */
  const approverTeams = new Set<string>();
  const plan = openPlanner({
    ...assets(),
    orm,
    clock,
    approvals: settings,
    settings: {
      cidrPools: ['10.0.0.0/8'],
      platformEmail: 'aws+jetway-platform@example.com',
      templateBaseUrl: 'https://artifacts.example.com',
      approvalExpiresAfterSeconds: 604_800,
      auditAccountId: '333344445555',
      logArchiveAccountId: '222233334444',
      mirrorHub: { targetId: 'tmt-0123456789abcdef0', cidr: null },
    },
    defaultEta: { p50Seconds: 25, p90Seconds: 45 },
  });
  const deps = {
    orm,
    clock,
    secrets,
    settings,
    signer: localSigner(secrets),
    onSettingsApplied: [applyWebhooksOf({ ids: systemIds, secrets })],
    ids: systemIds,
    trusted: { managementAccountId: MANAGEMENT_ACCOUNT, auditAccountId: '333344445555' },
    metrics: openInboxMetrics(),
    mirrorHub: { targetId: 'tmt-0123456789abcdef0', cidr: null },
    planUnitChange: openUnitChangePlanner({
      ...assets(),
      orm,
      clock,
      approvals: settings,
      settings: { approvalExpiresAfterSeconds: 604_800 },
    }),
    plan,
    planAccountChange: openAccountChangePlanner({
      ...assets(),
      orm,
      plan,
      approvals: settings,
      settings: { approvalExpiresAfterSeconds: 604_800 },
    }),
    planException: openExceptionPlanner({
      ...assets(),
      orm,
      clock,
      approvals: settings,
      settings: { approvalExpiresAfterSeconds: 604_800 },
    }),
    planSettingsChange: openSettingsPlanner({
      orm,
      clock,
      settings,
      checkEndpoint: () => [],
      approvalExpiresAfterSeconds: 604_800,
    }),
  };
  return {
    ...deps,
    deps,
    assets: assets(),
    receive: (...batch: Incoming[]) => receive(deps, batch),
    /** The organization as planning sees it from now on. */
    async setSnapshot(snapshot: OrganizationSnapshot = exampleSnapshot) {
      const id = `snapshot-${randomUUID()}`;
      const now = clock.now();
      await orm.insert(organizationSnapshots).values({
        id,
        reason: 'test',
        startedAt: now,
        completedAt: now,
        content: { ...snapshot, id, takenAt: now.toISOString() },
      });
    },
    /** Frees whatever earlier tests of the file hold. Facts stay: nothing can remove them. */
    async reset() {
      const tables = [
        emailHolds,
        nameHolds,
        cidrHolds,
        accountHolds,
        exceptions,
        alertLines,
        admissions,
        asks,
        accounts,
        requestViews,
        outbox,
        driftChecks,
        people,
        accountSpans,
        accountIdentities,
        guardrailSpans,
        accountPosture,
        postureSteps,
        postureFlips,
        tallies,
      ];
      for (const table of tables) await orm.delete(table);
      await asOwner(orm, (owner) => owner.delete(settingsVersions));
    },
    async submit(changes: Parameters<typeof requestWith>[0] = {}, key = randomUUID()): Promise<Vend> {
      const team = changes.team ?? unique('team');
      const body = requestWith({
        access: [],
        ...changes,
        team,
        account: { name: unique('acc'), email: `${unique('mail')}@example.com`, ...changes.account },
      });
      const { requestId } = await submit(
        deps,
        person(team, ['requester']),
        accountIntake(deps.plan, body),
        key,
      );
      const [row] = await orm.select().from(accountRequests).where(eq(accountRequests.id, requestId));
      return { requestId, planDigest: row?.planDigest ?? '', team, body };
    },
    status: (vend: Pick<Vend, 'requestId'>) => statusOf(orm, vend.requestId),
    answer: (vend: Pick<Vend, 'requestId'>, order: number) => answerTo(orm, `${vend.requestId}:${order}`),
    types: async (vend: Pick<Vend, 'requestId'>) =>
      (await factsOfRequests(orm, [vend.requestId])).map((f) => f.type),
    /** How many of e-mail, name, addresses and account a request holds. */
    async holdsOf({ requestId }: Pick<Vend, 'requestId'>): Promise<number> {
      const tables = [emailHolds, nameHolds, cidrHolds, accountHolds];
      const rows = await Promise.all(
        tables.map((t) => orm.select().from(t).where(eq(t.requestId, requestId))),
      );
      return rows.flat().length;
    },
    decide(vend: Vend, decision: 'approve' | 'deny' = 'approve', subject = 'ben@example.com') {
      approverTeams.add(vend.team);
      const who: Principal = { subject, teams: [...approverTeams], roles: ['approver'] };
      const { requestId, planDigest } = vend;
      return decide(deps, who, { requestId, decision, planDigest, via: 'api' });
    },
    /** Puts settings in force, as an approved change of them would; what is not said stays as it is by default. */
    async setSettings(changes: z.input<typeof Settings>) {
      const { version } = await settings.current(orm);
      const document = Settings.parse({ ...DEFAULT_SETTINGS, ...changes });
      await orm.insert(settingsVersions).values({
        version: version + 1,
        document,
        digest: digestOf(document),
        requestId: 'req-test',
        appliedAt: clock.now(),
      });
    },
  };
}
export type Service = ReturnType<typeof openService>;

/** An ask as the workflow sends it. */
export function askOf(
  vend: Pick<Vend, 'requestId' | 'planDigest'>,
  ask: AskKind,
  order: number,
  changes: Partial<Ask> = {},
) {
  const message: Ask = {
    kind: 'ask',
    ask,
    id: `${vend.requestId}:${order}`,
    requestId: vend.requestId,
    planDigest: vend.planDigest,
    token: `token-${randomUUID()}`,
    execution: `arn:aws:states:us-east-1:111122223333:execution:account-vending:${vend.requestId}`,
    order,
    occurredAt: '2026-03-04T10:00:00.000Z',
    data: {},
    ...changes,
  };
  return { kind: 'ask' as const, ask: message };
}

export function factOf(
  vend: Pick<Vend, 'requestId' | 'planDigest'>,
  type: WorkflowFactType,
  order: number,
  changes: Partial<WorkflowFact> = {},
) {
  const message: WorkflowFact = {
    kind: 'fact',
    type,
    id: `${vend.requestId}:${order}`,
    requestId: vend.requestId,
    planDigest: vend.planDigest,
    execution: `arn:aws:states:us-east-1:111122223333:execution:account-vending:${vend.requestId}`,
    order,
    occurredAt: '2026-03-04T10:00:00.000Z',
    data: {},
    ...changes,
  };
  return { kind: 'fact' as const, fact: message };
}

/** What the relay would send back for an ask; undefined while it is open. */
export async function answerTo(orm: Orm, askId: string): Promise<unknown> {
  const [row] = await orm.select().from(asks).where(eq(asks.id, askId));
  if (!row) throw new Error(`${askId} is not parked`);
  return row.answer ?? undefined;
}

/** Keys of what waits in the outbox, without the events. */
export async function waiting(orm: Orm): Promise<string[]> {
  const rows = await orm.select().from(outbox).where(isNull(outbox.sentAt)).orderBy(outbox.id);
  return rows.filter((r) => r.kind !== 'put-event').map((r) => r.key);
}

export async function statusOf(orm: Orm, requestId: string): Promise<string> {
  const [row] = await orm
    .select()
    .from(requestViews)
    .where(and(eq(requestViews.requestId, requestId)));
  return row?.status ?? 'absent';
}

import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { ofOwnTeams } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { notFound } from '../kernel/errors.ts';

export type DossierAccount = {
  accountId: string;
  name: string;
  email: string;
  unit: string | null;
  team: string | null;
  status: string;
  origin: string;
  requestId: string | null;
  planRequestId: string | null;
  blueprint: { name: string; version?: string } | null;
  createdAt: string;
  updatedAt: string;
  compliance: string | null;
  violations: number;
};
export type DossierRequest = {
  id: string;
  kind: string;
  status: string;
  requestedBy: string;
  createdAt: string;
};
export type DossierException = {
  requestId: string;
  control: string;
  resource: string | null;
  owner: string;
  reason: string;
  state: string;
  expiresAt: string;
  endedBy: string | null;
  endReason: string | null;
};
export type DossierFact = {
  seq: number;
  type: string;
  actor: string | null;
  occurredAt: string;
  requestId: string | null;
  hash: string;
  data: Record<string, unknown>;
};

export type DossierMirroring = {
  /** NOT_ARMED | ARMED | MIRRORING; null before the first look. */
  status: string | null;
  reason: string | null;
  /** Those that are asked for, with spaces between them. */
  profile: string | null;
  lookedAt: string | null;
  /** Of each state how many interfaces, one for each profile. */
  states: Record<string, number>;
  /** Those that are not mirrored first. */
  interfaces: {
    id: string;
    instanceId: string;
    instanceType: string;
    profile: string;
    state: string;
    reason: string | null;
    sessionNumber: number | null;
    vni: number | null;
  }[];
};

/** Everything of an account but its findings. */
export type Dossier = {
  account: DossierAccount;
  /** The request that made it and those that changed it, newest first. */
  requests: DossierRequest[];
  /** As asked for, and the plan that it follows, exactly as it was digested; null for an account nobody vended. */
  asked: { body: Record<string, unknown>; requestedBy: string; createdAt: string } | null;
  plan: { kind: string; digest: string; text: string } | null;
  approvals: { actor: string | null; at: string; decision: string | null; comment: string | null }[];
  exceptions: DossierException[];
  drift: { status: string | null; checkedAt: string | null } | null;
  /** Null: no mirror profile. */
  mirroring: DossierMirroring | null;
  flips: { at: number; state: string; n: number }[];
  facts: DossierFact[];
};

/** Facts of the newest are enough for a page; the whole is at `/v1/accounts/{id}/timeline`. */
const NEWEST_FACTS = 60;
const NEWEST_FLIPS = 400;
const SOME_INTERFACES = 50;

/** One statement. @throws Problem not-found for absent and foreign alike */
export const accountDossier = (orm: Orm, who: Principal, accountId: string): Promise<Dossier> =>
  readAs(orm, who, async (reader) => {
    const [row] = await rowsOf<{ told: Dossier }>(
      reader,
      sql`with a as (
          select a.*, p.open, case when p.account_id is not null
            then posture_state(p.open, p.passed, p.detective, p.guardrails) end as state
          from accounts a left join account_posture p on p.account_id = a.account_id
          where a.account_id = ${accountId} and ${ofOwnTeams(who, sql`a.team`)}),
        r as (select r.* from account_requests r join request_views v on v.request_id = r.id
          where v.account_id = ${accountId} order by r.created_at desc limit 100),
        f as (select * from (
            (select * from facts where account_id = ${accountId} order by seq desc limit ${NEWEST_FACTS})
            union (select f.* from facts f where f.request_id in (select id from r) order by seq desc limit ${NEWEST_FACTS})) u
          order by seq desc limit ${NEWEST_FACTS})
        select json_build_object(
          'account', json_build_object('accountId', a.account_id, 'name', a.name, 'email', a.email,
            'unit', a.organizational_unit_id, 'team', a.team, 'status', a.status, 'origin', a.origin,
            'requestId', a.request_id, 'planRequestId', a.plan_request_id, 'blueprint', a.blueprint,
            'createdAt', a.created_at, 'updatedAt', a.updated_at, 'compliance', a.state, 'violations', coalesce(a.open, 0)),
          'requests', (select coalesce(json_agg(json_build_object('id', r.id, 'kind', r.kind, 'status', v.status,
            'requestedBy', r.requested_by, 'createdAt', r.created_at) order by r.created_at desc), '[]')
            from r join request_views v on v.request_id = r.id),
          'asked', (select json_build_object('body', r.body, 'requestedBy', r.requested_by, 'createdAt', r.created_at)
            from account_requests r where r.id = a.request_id),
          'plan', (select json_build_object('kind', r.kind, 'digest', r.plan_digest, 'text', r.plan_text)
            from account_requests r where r.id = coalesce(a.plan_request_id, a.request_id)),
          'approvals', (select coalesce(json_agg(json_build_object('actor', f.actor, 'at', f.occurred_at,
            'decision', f.data ->> 'decision', 'comment', f.data ->> 'comment') order by f.seq), '[]')
            from facts f where f.request_id = a.request_id and f.type = 'ApprovalDecided'),
          'exceptions', (select coalesce(json_agg(json_build_object('requestId', e.request_id, 'control', e.control,
            'resource', e.resource, 'owner', e.owner, 'reason', e.reason, 'state', e.state, 'expiresAt', e.expires_at,
            'endedBy', e.ended_by, 'endReason', e.end_reason)
            order by e.requested_at desc), '[]') from exceptions e where e.account_id = a.account_id),
          'drift', (select json_build_object('status', d.status, 'checkedAt', d.checked_at)
            from drift_checks d where d.account_id = a.account_id),
          'mirroring', (select json_build_object('status', m.status, 'reason', m.reason, 'profile', m.profile,
            'lookedAt', m.looked_at,
            'states', (select coalesce(json_object_agg(state, n), '{}') from (
              select state, count(*) as n from mirror_interfaces i where i.account_id = a.account_id group by state) s),
            'interfaces', (select coalesce(json_agg(json_build_object('id', i.network_interface_id, 'instanceId', i.instance_id,
              'instanceType', i.instance_type, 'state', i.state, 'profile', i.profile, 'reason', i.reason, 'sessionNumber', i.session_number,
              'vni', i.virtual_network_id)
              order by (i.state = 'MIRRORING'), i.network_interface_id, i.session_number), '[]')
              from (select * from mirror_interfaces i where i.account_id = a.account_id
                order by (i.state = 'MIRRORING'), i.network_interface_id, i.session_number limit ${SOME_INTERFACES}) i))
            from mirror_accounts m where m.account_id = a.account_id),
          'flips', (select coalesce(json_agg(json_build_object('at', p.at, 'state', p.state, 'n', p.n) order by p.at, p.n), '[]')
            from (select * from posture_flips p where p.account_id = a.account_id order by p.at desc limit ${NEWEST_FLIPS}) p),
          'facts', (select coalesce(json_agg(json_build_object('seq', f.seq, 'type', f.type, 'actor', f.actor,
            'occurredAt', f.occurred_at, 'requestId', f.request_id, 'hash', f.hash, 'data', f.data) order by f.seq desc), '[]')
            from f)) as told
        from a`,
    );
    if (!row) throw notFound('account');
    return row.told;
  });

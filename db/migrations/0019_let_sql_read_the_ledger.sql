-- What people may read by SQL: views with names that stay, over tables whose names may change. They are of the owner of the
-- tables, so whoever may read them reads the whole organization; grant the role jetway_ledger_reader to whom that is due.
CREATE SCHEMA ledger;--> statement-breakpoint
CREATE VIEW ledger.facts AS
SELECT f.lane, f.seq, f.id, f.type, f.source, f.request_id, f.account_id, f.actor, f.occurred_at, f.recorded_at, f.data, f.hash
FROM public.facts f;--> statement-breakpoint
CREATE VIEW ledger.accounts AS
SELECT a.account_id, a.name, a.email, a.team, a.organizational_unit_id, a.status, a.origin, a.request_id,
  a.plan_request_id, a.blueprint ->> 'name' AS blueprint, a.created_at, coalesce(p.guardrails, 0) AS guardrails,
  coalesce(p.open, 0) AS violations,
  CASE WHEN p.account_id IS NOT NULL THEN public.posture_state(p.open, p.passed, p.detective, p.guardrails) END AS compliance
FROM public.accounts a LEFT JOIN public.account_posture p ON p.account_id = a.account_id;--> statement-breakpoint
CREATE VIEW ledger.account_history AS
SELECT s.account_id, s.status, s.organizational_unit_id, s.team, to_timestamp(s.from_at / 1000.0) AS valid_from,
  to_timestamp(s.to_at / 1000.0) AS valid_to, s.known_at
FROM public.account_spans s;--> statement-breakpoint
CREATE VIEW ledger.guardrails AS
SELECT g.account_id, g.control, g.kind, g.carrier FROM public.account_guardrails g;--> statement-breakpoint
CREATE VIEW ledger.guardrail_history AS
SELECT s.account_id, s.control, s.kind, to_timestamp(s.from_at / 1000.0) AS valid_from,
  to_timestamp(s.to_at / 1000.0) AS valid_to, s.known_at
FROM public.guardrail_spans s;--> statement-breakpoint
CREATE VIEW ledger.compliance AS
SELECT c.key, c.account_id, c.region, c.rule, c.control, c.resource_type, c.resource_id, c.status, c.annotation,
  c.evaluated_at, c.fact_id
FROM public.compliance c WHERE c.status <> 'REMOVED';--> statement-breakpoint
-- The account is in the partition, so that a condition on it reaches the table.
CREATE VIEW ledger.compliance_history AS
SELECT h.account_id, h.key, c.region, c.rule, c.control, c.resource_type, c.resource_id, h.status,
  to_timestamp(h.version / 1000.0) AS valid_from,
  to_timestamp(lead(h.version) OVER (PARTITION BY h.account_id, h.key ORDER BY h.version) / 1000.0) AS valid_to,
  h.recorded_at AS known_at, h.fact_id
FROM public.compliance_history h LEFT JOIN public.compliance c ON c.key = h.key;--> statement-breakpoint
CREATE VIEW ledger.exceptions AS
SELECT e.request_id, e.account_id, e.control, e.resource, e.owner, e.reason, e.requested_by, e.approved_by, e.requested_at,
  e.granted_at, e.expires_at, e.ended_at, e.ended_by, e.end_reason,
  CASE WHEN e.state = 'ACTIVE' AND e.expires_at <= now() THEN 'EXPIRED' ELSE e.state END AS state
FROM public.exceptions e;--> statement-breakpoint
CREATE VIEW ledger.requests AS
SELECT r.id AS request_id, r.kind, r.team, r.requested_by, v.status, v.terminal AS ended, v.account_id, v.account_name,
  v.organizational_unit_id, coalesce(r.body ->> 'justification', r.body ->> 'reason') AS reason,
  v.view -> 'failure' ->> 'code' AS failure, r.plan_digest, r.created_at, v.updated_at
FROM public.account_requests r LEFT JOIN public.request_views v ON v.request_id = r.id;--> statement-breakpoint
CREATE VIEW ledger.approvals AS
SELECT d.request_id, d.person, d.decision, d.decided_by, d.decided_at, d.via, d.stage, d.on_behalf_of, d.comment,
  d.plan_digest, w.outcome
FROM public.decisions d LEFT JOIN public.verdicts w ON w.request_id = d.request_id;--> statement-breakpoint
-- Of everybody: team is null.
CREATE VIEW ledger.tallies_by_day AS
SELECT nullif(substr(t.scope, 6), '') AS team, t.measure, t.key,
  (to_timestamp(t.start / 1000.0) AT TIME ZONE 'UTC')::date AS day, sum(t.n)::bigint AS change,
  (sum(sum(t.n)) OVER (PARTITION BY t.scope, t.measure, t.key ORDER BY t.start))::bigint AS total
FROM public.tallies t WHERE t.level = 2 GROUP BY t.scope, t.measure, t.key, t.start;--> statement-breakpoint
-- Where the login may make no roles, somebody else makes this one; every start gives it what it may read (db/roles.ts).
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'jetway_ledger_reader') THEN
    GRANT USAGE ON SCHEMA ledger TO jetway_ledger_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO jetway_ledger_reader;
  END IF;
END $$;

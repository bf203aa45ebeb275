CREATE TABLE "account_identities" (
	"account_id" text NOT NULL,
	"from_at" bigint NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"organizational_unit_id" text,
	"team" text,
	"known_at" timestamp with time zone NOT NULL,
	CONSTRAINT "account_identities_account_id_from_at_pk" PRIMARY KEY("account_id","from_at")
);
--> statement-breakpoint
ALTER TABLE "account_identities" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "account_spans" ADD COLUMN "end_known_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "guardrail_spans" ADD COLUMN "end_known_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "account_identities_from" ON "account_identities" USING btree ("from_at");--> statement-breakpoint
CREATE INDEX "compliance_history_times" ON "compliance_history" USING brin ("version","recorded_at");--> statement-breakpoint
CREATE POLICY "service" ON "account_identities" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "account_identities" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from accounts a where a.account_id = account_identities.account_id));--> statement-breakpoint
GRANT SELECT ON account_identities TO jetway_reader;--> statement-breakpoint
-- Whether a span held at an instant (milliseconds), as far as was known at another time; null: as far as is known now.
CREATE FUNCTION span_held(from_at bigint, to_at bigint, known_at timestamptz, end_known_at timestamptz, at bigint,
  known timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT from_at <= at AND (known IS NULL OR known_at <= known)
    AND (to_at IS NULL OR to_at > at OR (known IS NOT NULL AND end_known_at > known))
$$;--> statement-breakpoint
-- Notes what accounts are called and where they are, where that is not what was noted last: all of them, or some.
CREATE FUNCTION note_identities(p_accounts text[], p_at timestamptz) RETURNS void LANGUAGE sql AS $$
  INSERT INTO account_identities (account_id, from_at, name, email, organizational_unit_id, team, known_at)
  SELECT a.account_id, CASE WHEN i.account_id IS NULL THEN least(t.at, (extract(epoch FROM date_trunc('milliseconds', a.created_at)) * 1000)::bigint)
      ELSE greatest(t.at, i.from_at + 1) END,
    a.name, a.email, a.organizational_unit_id, a.team, p_at
  FROM accounts a CROSS JOIN (SELECT (extract(epoch FROM date_trunc('milliseconds', p_at)) * 1000)::bigint) AS t(at)
  LEFT JOIN LATERAL (SELECT * FROM account_identities i WHERE i.account_id = a.account_id ORDER BY i.from_at DESC LIMIT 1) i ON true
  WHERE (p_accounts IS NULL OR a.account_id = ANY (p_accounts)) AND (i.account_id IS NULL
    OR (i.name, i.email, i.organizational_unit_id, i.team) IS DISTINCT FROM (a.name, a.email, a.organizational_unit_id, a.team))
  ORDER BY 1
$$;--> statement-breakpoint
-- As before, as a function whose plan the connection keeps.
CREATE OR REPLACE FUNCTION excepted_states(p_at bigint, p_live boolean, p_teams text[])
RETURNS TABLE (measure text, key text, n bigint) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT 'compliance', k.key, k.sign * count(*) FROM excepted_accounts(p_at, p_live, NULL, p_teams) e
    CROSS JOIN LATERAL (
      SELECT p.open, p.guardrails::bigint AS guardrails FROM account_posture p WHERE p_live AND p.account_id = e.account_id
      UNION ALL
      SELECT sum(s.open), sum(s.guardrails) FROM posture_steps s
      WHERE NOT p_live AND s.account_id = e.account_id AND s.at <= p_at HAVING count(*) > 0) p
    CROSS JOIN (VALUES ('excepted', 1), ('nonCompliant', -1)) AS k(key, sign)
    WHERE e.open = e.excepted AND p.open > 0 AND p.guardrails > 0 GROUP BY k.key, k.sign;
END $$;--> statement-breakpoint
-- As before, and: that a span ended is known since another time than that it began.
CREATE OR REPLACE FUNCTION set_guardrail_spans(p_lane smallint, p_accounts text[], p_spans jsonb, p_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  net posture_steps[];
  changes tally_change[];
BEGIN
  WITH wanted AS MATERIALIZED (
    SELECT s."accountId" AS account_id, s.control, s.kind, s."fromAt" AS from_at, s."toAt" AS to_at
    FROM jsonb_to_recordset(p_spans) AS s("accountId" text, control text, kind text, "fromAt" bigint, "toAt" bigint)
  ), old AS MATERIALIZED (
    SELECT * FROM guardrail_spans s WHERE s.account_id = ANY (p_accounts)
  ), gone AS (
    DELETE FROM guardrail_spans s USING old o
    WHERE s.account_id = o.account_id AND s.control = o.control AND s.from_at = o.from_at AND NOT EXISTS (
      SELECT FROM wanted w WHERE (w.account_id, w.control, w.from_at) = (o.account_id, o.control, o.from_at))
  ), written AS (
    INSERT INTO guardrail_spans AS s (account_id, control, kind, from_at, to_at, known_at, end_known_at)
    SELECT account_id, control, kind, from_at, to_at, p_at, CASE WHEN to_at IS NOT NULL THEN p_at END FROM wanted ORDER BY 1, 2, 4
    ON CONFLICT (account_id, control, from_at) DO UPDATE SET kind = excluded.kind, to_at = excluded.to_at,
      known_at = CASE WHEN s.kind IS DISTINCT FROM excluded.kind THEN excluded.known_at ELSE s.known_at END,
      end_known_at = CASE WHEN s.to_at IS DISTINCT FROM excluded.to_at THEN excluded.end_known_at ELSE s.end_known_at END
    WHERE (s.kind, s.to_at) IS DISTINCT FROM (excluded.kind, excluded.to_at)
  ), ends AS (
    SELECT x.account_id, x.control, x.kind, e.at, x.sign * e.sign AS n FROM (
      SELECT account_id, control, kind, from_at, to_at, 1 AS sign FROM wanted
      UNION ALL
      SELECT account_id, control, kind, from_at, to_at, -1 FROM old) x
    CROSS JOIN LATERAL (VALUES (x.from_at, 1), (x.to_at, -1)) AS e(at, sign) WHERE e.at IS NOT NULL
  ), turned AS MATERIALIZED (
    SELECT account_id, control, at, sum(n) AS guardrails, sum(n) FILTER (WHERE kind = 'detective') AS detective
    FROM ends GROUP BY 1, 2, 3 HAVING sum(n) <> 0 OR sum(n) FILTER (WHERE kind = 'detective') <> 0)
  SELECT (SELECT array_agg(ROW (account_id, at, control, 0, 0, coalesce(detective, 0), guardrails)::posture_steps) FROM turned),
    (SELECT array_agg(ROW ('guardrails', t.control, a.team, t.at, t.guardrails)::tally_change)
      FROM turned t LEFT JOIN accounts a USING (account_id) WHERE t.guardrails <> 0)
  INTO net, changes;
  PERFORM apply_tallies(p_lane, changes);
  PERFORM apply_posture_steps(p_lane, net);
END $$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION set_account_spans(p_lane smallint, p_accounts text[], p_spans jsonb, p_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  changes tally_change[];
BEGIN
  WITH wanted AS MATERIALIZED (
    SELECT s."accountId" AS account_id, s."fromAt" AS from_at, s."toAt" AS to_at, s.status,
      s."organizationalUnitId" AS organizational_unit_id, s.team
    FROM jsonb_to_recordset(p_spans) AS s("accountId" text, "fromAt" bigint, "toAt" bigint, status text,
      "organizationalUnitId" text, team text)
  ), old AS MATERIALIZED (
    SELECT * FROM account_spans s WHERE s.account_id = ANY (p_accounts)
  ), gone AS (
    DELETE FROM account_spans s USING old o
    WHERE s.account_id = o.account_id AND s.from_at = o.from_at AND NOT EXISTS (
      SELECT FROM wanted w WHERE (w.account_id, w.from_at) = (o.account_id, o.from_at))
  ), written AS (
    INSERT INTO account_spans AS s (account_id, from_at, to_at, status, organizational_unit_id, team, known_at, end_known_at)
    SELECT account_id, from_at, to_at, status, organizational_unit_id, team, p_at, CASE WHEN to_at IS NOT NULL THEN p_at END
    FROM wanted ORDER BY 1, 2
    ON CONFLICT (account_id, from_at) DO UPDATE SET to_at = excluded.to_at, status = excluded.status,
      organizational_unit_id = excluded.organizational_unit_id, team = excluded.team,
      known_at = CASE WHEN (s.status, s.organizational_unit_id, s.team) IS DISTINCT FROM
        (excluded.status, excluded.organizational_unit_id, excluded.team) THEN excluded.known_at ELSE s.known_at END,
      end_known_at = CASE WHEN s.to_at IS DISTINCT FROM excluded.to_at THEN excluded.end_known_at ELSE s.end_known_at END
    WHERE (s.to_at, s.status, s.organizational_unit_id, s.team) IS DISTINCT FROM
      (excluded.to_at, excluded.status, excluded.organizational_unit_id, excluded.team))
  SELECT array_agg(ROW ('accounts', x.status, x.team, e.at, x.sign * e.sign)::tally_change) INTO changes FROM (
    SELECT status, team, from_at, to_at, 1 AS sign FROM wanted
    UNION ALL
    SELECT status, team, from_at, to_at, -1 FROM old) x
  CROSS JOIN LATERAL (VALUES (x.from_at, 1), (x.to_at, -1)) AS e(at, sign) WHERE e.at IS NOT NULL;
  PERFORM apply_tallies(p_lane, changes);
END $$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION span_observed_accounts(p_lane smallint, p_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  changes tally_change[];
  at bigint := (extract(epoch FROM date_trunc('milliseconds', p_at)) * 1000)::bigint;
BEGIN
  WITH changed AS MATERIALIZED (
    SELECT a.account_id, a.status, a.organizational_unit_id, a.team, s.from_at AS open_from, s.status AS was, s.team AS was_of,
      CASE WHEN s.account_id IS NULL THEN least(at, (extract(epoch FROM date_trunc('milliseconds', a.created_at)) * 1000)::bigint)
        ELSE greatest(at, s.from_at + 1) END AS since
    FROM accounts a LEFT JOIN account_spans s ON s.account_id = a.account_id AND s.to_at IS NULL
    WHERE (a.request_id IS NULL OR a.status IN ('DEPARTED', 'CLOSING', 'CLOSED', 'SUSPENDED')) AND (s.account_id IS NULL OR (s.status, s.organizational_unit_id, s.team)
      IS DISTINCT FROM (a.status, a.organizational_unit_id, a.team))
  ), closed AS (
    UPDATE account_spans s SET to_at = c.since, end_known_at = p_at FROM changed c
    WHERE s.account_id = c.account_id AND s.from_at = c.open_from
  ), opened AS (
    INSERT INTO account_spans (account_id, from_at, to_at, status, organizational_unit_id, team, known_at)
    SELECT account_id, since, NULL, status, organizational_unit_id, team, p_at FROM changed ORDER BY 1)
  SELECT array_agg(ROW ('accounts', e.status, e.team, c.since, e.n)::tally_change) INTO changes
  FROM changed c CROSS JOIN LATERAL (VALUES (c.status, c.team, 1), (c.was, c.was_of, -1)) AS e(status, team, n)
  WHERE e.status IS NOT NULL;
  PERFORM apply_tallies(p_lane, changes);
  PERFORM note_identities(NULL, p_at);
  -- An account that was moved or given to another team stands where it is now.
  UPDATE account_posture p SET team = a.team, organizational_unit_id = a.organizational_unit_id FROM accounts a
  WHERE a.account_id = p.account_id
    AND (p.team, p.organizational_unit_id) IS DISTINCT FROM (a.team, a.organizational_unit_id);
END $$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION ask_account_then(p_scope text[], p_teams text[], p_account text, p_at bigint, p_known timestamptz)
RETURNS json LANGUAGE plpgsql
SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
  guardrails json;
BEGIN
  PERFORM read_for(p_scope);
  IF NOT EXISTS (SELECT FROM accounts a WHERE a.account_id = p_account AND (p_teams IS NULL OR a.team = ANY (p_teams)))
  THEN RETURN NULL; END IF;
  SELECT json_build_array(array_agg(s.control), array_agg(s.kind)) INTO guardrails FROM guardrail_spans s
  WHERE s.account_id = p_account AND span_held(s.from_at, s.to_at, s.known_at, s.end_known_at, p_at, p_known);
  -- Findings are told under their guardrails.
  IF guardrails -> 0 ->> 0 IS NULL THEN RETURN json_build_array(guardrails, NULL); END IF;
  RETURN (SELECT json_build_array(guardrails, json_build_array(array_agg(f.control), array_agg(f.rule), array_agg(f.region),
      array_agg(f.resource_type), array_agg(f.resource_id), array_agg(f.status), array_agg(f.version)))
    FROM (
      -- What has not been evaluated since stands as it did.
      SELECT c.control, c.rule, c.region, c.resource_type, c.resource_id, c.status, c.version FROM compliance c
      WHERE c.account_id = p_account AND c.version <= p_at AND p_known IS NULL AND c.status <> 'REMOVED'
      UNION ALL
      SELECT c.control, c.rule, c.region, c.resource_type, c.resource_id, h.status, h.version FROM compliance c
      CROSS JOIN LATERAL (
        SELECT h.status, h.version FROM compliance_history h
        WHERE h.key = c.key AND h.version <= p_at AND (p_known IS NULL OR h.recorded_at <= p_known)
        ORDER BY h.version DESC LIMIT 1) h
      WHERE c.account_id = p_account AND (c.version > p_at OR p_known IS NOT NULL) AND h.status <> 'REMOVED') f);
END $$;--> statement-breakpoint
-- How an account stood at an instant, as far as was known at another time; of exceptions nothing is said here.
CREATE FUNCTION state_known(p_account text, p_at bigint, p_known timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT posture_state(f.open, f.passed, g.detective, g.guardrails) FROM (
    SELECT count(*) AS guardrails, count(*) FILTER (WHERE s.kind = 'detective') AS detective FROM guardrail_spans s
    WHERE s.account_id = p_account AND span_held(s.from_at, s.to_at, s.known_at, s.end_known_at, p_at, p_known)) g
  CROSS JOIN (
    SELECT coalesce(sum(is_open(h.status)), 0) AS open,
      coalesce(sum(is_passed(h.status, starts_with(c.rule, 'jetway:'))), 0) AS passed
    FROM compliance c CROSS JOIN LATERAL (SELECT h.status FROM compliance_history h
      WHERE h.key = c.key AND h.version <= p_at AND h.recorded_at <= p_known ORDER BY h.version DESC LIMIT 1) h
    WHERE c.account_id = p_account AND (c.control IS NOT NULL OR starts_with(c.rule, 'jetway:'))) f
$$;--> statement-breakpoint
-- What was known at a time of instants is what is known of them now, less what was learnt since. This is that difference, and
-- what exceptions made of it: place in `p_at`, measure, key, n. It looks at what was learnt since, not at everything.
CREATE FUNCTION ask_unlearnt(p_scope text[], p_teams text[], p_at bigint[], p_known timestamptz) RETURNS json
LANGUAGE plpgsql SET role = 'jetway_reader' AS $$
DECLARE
  upto bigint := (SELECT max(at) FROM unnest(p_at) AS at);
BEGIN
  PERFORM read_for(p_scope);
  RETURN (
    WITH instants AS MATERIALIZED (SELECT i.at, i.nth - 1 AS place FROM unnest(p_at) WITH ORDINALITY AS i(at, nth)),
    late AS MATERIALIZED (
      SELECT l.account_id, min(l.since) AS since FROM (
        SELECT h.account_id, min(h.version) AS since FROM compliance_history h
        WHERE h.recorded_at > p_known AND h.version <= upto GROUP BY 1
        UNION ALL
        SELECT s.account_id, min(CASE WHEN s.known_at > p_known THEN s.from_at ELSE s.to_at END) FROM guardrail_spans s
        WHERE s.from_at <= upto AND (s.known_at > p_known OR s.end_known_at > p_known) GROUP BY 1) l
      GROUP BY 1
    ), states AS (
      SELECT i.place, f.state AS stands, state_known(l.account_id, i.at, p_known) AS stood
      FROM late l JOIN instants i ON i.at >= l.since JOIN accounts a ON a.account_id = l.account_id
      CROSS JOIN LATERAL (SELECT posture_state(coalesce(sum(s.open), 0), coalesce(sum(s.passed), 0),
          coalesce(sum(s.detective), 0), coalesce(sum(s.guardrails), 0)) AS state
        FROM posture_steps s WHERE s.account_id = l.account_id AND s.at <= i.at) f
      WHERE p_teams IS NULL OR a.team = ANY (p_teams)
    ), changes AS (
      SELECT place, 'compliance' AS measure, stood AS key, 1 AS n FROM states
      UNION ALL
      SELECT place, 'compliance', stands, -1 FROM states
      UNION ALL
      SELECT i.place, 'guardrails', s.control,
        span_held(s.from_at, s.to_at, s.known_at, s.end_known_at, i.at, p_known)::int
          - span_held(s.from_at, s.to_at, s.known_at, s.end_known_at, i.at, NULL)::int
      FROM guardrail_spans s JOIN instants i ON i.at >= s.from_at JOIN accounts a ON a.account_id = s.account_id
      WHERE (s.known_at > p_known OR s.end_known_at > p_known) AND (p_teams IS NULL OR a.team = ANY (p_teams))
      UNION ALL
      SELECT i.place, 'accounts', s.status,
        span_held(s.from_at, s.to_at, s.known_at, s.end_known_at, i.at, p_known)::int
          - span_held(s.from_at, s.to_at, s.known_at, s.end_known_at, i.at, NULL)::int
      FROM account_spans s JOIN instants i ON i.at >= s.from_at
      WHERE (s.known_at > p_known OR s.end_known_at > p_known) AND (p_teams IS NULL OR s.team = ANY (p_teams))
      UNION ALL
      SELECT i.place, 'compliance', k.key, k.n FROM instants i
      CROSS JOIN LATERAL excepted_accounts(i.at, false, p_known, p_teams) e
      CROSS JOIN (VALUES ('excepted', 1), ('nonCompliant', -1)) AS k(key, n)
      WHERE e.open = e.excepted AND state_known(e.account_id, i.at, p_known) = 'nonCompliant'
    )
    SELECT json_build_array(array_agg(c.place), array_agg(c.measure), array_agg(c.key), array_agg(c.n)) FROM (
      SELECT place, measure, key, sum(n)::int AS n FROM changes WHERE key IS NOT NULL GROUP BY 1, 2, 3 HAVING sum(n) <> 0) c);
END $$;--> statement-breakpoint
CREATE VIEW ledger.account_identities AS
SELECT i.account_id, i.name, i.email, i.organizational_unit_id, i.team, to_timestamp(i.from_at / 1000.0) AS valid_from,
  to_timestamp(lead(i.from_at) OVER (PARTITION BY i.account_id ORDER BY i.from_at) / 1000.0) AS valid_to, i.known_at
FROM public.account_identities i;--> statement-breakpoint
CREATE OR REPLACE VIEW ledger.account_history AS
SELECT s.account_id, s.status, s.organizational_unit_id, s.team, to_timestamp(s.from_at / 1000.0) AS valid_from,
  to_timestamp(s.to_at / 1000.0) AS valid_to, s.known_at, s.end_known_at
FROM public.account_spans s;--> statement-breakpoint
CREATE OR REPLACE VIEW ledger.guardrail_history AS
SELECT s.account_id, s.control, s.kind, to_timestamp(s.from_at / 1000.0) AS valid_from,
  to_timestamp(s.to_at / 1000.0) AS valid_to, s.known_at, s.end_known_at
FROM public.guardrail_spans s;--> statement-breakpoint
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'jetway_ledger_reader') THEN
    GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO jetway_ledger_reader;
  END IF;
END $$;--> statement-breakpoint
-- What accounts are called is known from here on; before, it is taken to have been the same.
SELECT note_identities(NULL, now());

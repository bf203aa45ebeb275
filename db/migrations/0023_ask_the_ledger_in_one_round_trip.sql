-- Questions that people ask often, each answered in one round trip by a plan that the connection keeps. Each reads as
-- `jetway_reader` for its own length only, like db/reader.ts: `p_scope` is what row-level security is told of who asks;
-- `p_teams` and `p_scopes` are the condition of services/access/own-rows.pg.ts beside it (null: of everybody). Answers are
-- columns and not rows: a third of the work for Postgres. Who asks puts what order they have to have into it.
-- What was told of who asks stays until the transaction ends; nobody but a reader is asked for it, and each reader tells its own.
CREATE FUNCTION read_for(p_scope text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('jetway.everything', p_scope[1], true), set_config('jetway.teams', p_scope[2], true),
    set_config('jetway.kinds', p_scope[3], true), set_config('jetway.places', p_scope[4], true);
END $$;--> statement-breakpoint
-- The counters of now: measure, key, n; one row for each lane.
CREATE FUNCTION ask_counts(p_scope text[], p_scopes text[]) RETURNS json LANGUAGE plpgsql
SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
BEGIN
  PERFORM read_for(p_scope);
  RETURN (SELECT json_build_array(array_agg(t.measure), array_agg(t.key), array_agg(t.n)) FROM tallies t
    WHERE t.scope = ANY (p_scopes) AND t.measure IN ('accounts', 'guardrails', 'compliance') AND t.level = 0);
END $$;--> statement-breakpoint
-- The counters of an instant: what months, days and hours before it have changed, and what changed since its hour began. Of
-- each it is reckoned from the nearer side: what the whole has changed, less what came after the instant, is the same.
CREATE FUNCTION ask_counts_at(p_scope text[], p_scopes text[], p_teams text[], p_at bigint) RETURNS json LANGUAGE plpgsql
SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
  hour bigint := p_at - p_at % 3600000;
  hours bigint[] := ARRAY[p_at - p_at % 86400000, hour, 1];
  days bigint[] := ARRAY[month_start(p_at), hours[1], 1];
  months bigint[];
  now int := 0;
BEGIN
  PERFORM read_for(p_scope);
  IF hour - hours[1] >= 43200000 THEN
    days[2] := hours[1] + 86400000;
    hours := ARRAY[hour, days[2], -1];
  END IF;
  months := ARRAY[0, days[1], 1];
  IF days[2] - days[1] > 1296000000 THEN
    months[2] := month_start(days[1] + 2764800000);
    days := ARRAY[days[2], months[2], -1];
  END IF;
  IF (SELECT months[2] - min(t.start) > max(t.start) - months[2] FROM tallies t
    WHERE t.scope = ANY (p_scopes) AND t.measure = 'accounts' AND t.level = 1) THEN
    months := ARRAY[months[2], 9007199254740991, -1];
    now := 1;
  END IF;
  RETURN (SELECT json_build_array(array_agg(c.measure), array_agg(c.key), array_agg(c.n)) FROM (
    SELECT x.measure, x.key, sum(x.n) AS n FROM (
      SELECT t.measure, t.key, t.n::int AS n FROM tallies t
      WHERE now = 1 AND t.scope = ANY (p_scopes) AND t.measure IN ('accounts', 'guardrails', 'compliance') AND t.level = 0
      UNION ALL
      SELECT t.measure, t.key, t.n::int * months[3]::int FROM tallies t
      WHERE t.scope = ANY (p_scopes) AND t.measure IN ('accounts', 'guardrails', 'compliance') AND t.level = 1
        AND t.start >= months[1] AND t.start < months[2]
      UNION ALL
      SELECT t.measure, t.key, t.n::int * days[3]::int FROM tallies t
      WHERE t.scope = ANY (p_scopes) AND t.measure IN ('accounts', 'guardrails', 'compliance') AND t.level = 2
        AND t.start >= days[1] AND t.start < days[2]
      UNION ALL
      SELECT t.measure, t.key, t.n::int * hours[3]::int FROM tallies t
      WHERE t.scope = ANY (p_scopes) AND t.measure IN ('accounts', 'guardrails', 'compliance') AND t.level = 3
        AND t.start >= hours[1] AND t.start < hours[2]
      UNION ALL
      SELECT 'compliance', f.state, f.n FROM posture_flips f
      WHERE f.at BETWEEN hour AND p_at AND (p_teams IS NULL OR EXISTS (
        SELECT FROM accounts a WHERE a.account_id = f.account_id AND a.team = ANY (p_teams)))
      UNION ALL
      SELECT 'guardrails', s.control, 1 FROM guardrail_spans s
      WHERE s.from_at BETWEEN hour AND p_at AND (p_teams IS NULL OR EXISTS (
        SELECT FROM accounts a WHERE a.account_id = s.account_id AND a.team = ANY (p_teams)))
      UNION ALL
      SELECT 'guardrails', s.control, -1 FROM guardrail_spans s
      WHERE s.to_at BETWEEN hour AND p_at AND (p_teams IS NULL OR EXISTS (
        SELECT FROM accounts a WHERE a.account_id = s.account_id AND a.team = ANY (p_teams)))
      UNION ALL
      SELECT 'accounts', s.status, 1 FROM account_spans s
      WHERE s.from_at BETWEEN hour AND p_at AND (p_teams IS NULL OR EXISTS (
        SELECT FROM accounts a WHERE a.account_id = s.account_id AND a.team = ANY (p_teams)))
      UNION ALL
      SELECT 'accounts', s.status, -1 FROM account_spans s
      WHERE s.to_at BETWEEN hour AND p_at AND (p_teams IS NULL OR EXISTS (
        SELECT FROM accounts a WHERE a.account_id = s.account_id AND a.team = ANY (p_teams)))) x
    GROUP BY 1, 2) c);
END $$;--> statement-breakpoint
-- Accounts of a unit with violations of guardrails, those with most first: account, name, team, open. A page goes on behind
-- `p_open` violations and `p_account`.
CREATE FUNCTION ask_noncompliant(p_scope text[], p_teams text[], p_ou text, p_team text, p_control text, p_open bigint,
  p_account text, p_limit int) RETURNS json LANGUAGE plpgsql
SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
BEGIN
  PERFORM read_for(p_scope);
  RETURN (SELECT json_build_array(array_agg(w.account_id), array_agg(w.name), array_agg(w.team), array_agg(w.open)) FROM (
    SELECT p.account_id, (SELECT a.name FROM accounts a WHERE a.account_id = p.account_id) AS name, p.team, p.open
    FROM account_posture p
    WHERE p.open > 0 AND p.organizational_unit_id = p_ou AND (p_teams IS NULL OR p.team = ANY (p_teams))
      AND (p_team IS NULL OR p.team = p_team)
      AND (p_control IS NULL OR EXISTS (SELECT FROM compliance c
        WHERE c.account_id = p.account_id AND c.control = p_control AND c.status = 'NON_COMPLIANT'))
      AND p.open <= p_open AND (p.open < p_open OR p.account_id > p_account)
    -- In the words of the index.
    ORDER BY p.open DESC NULLS LAST, p.account_id LIMIT p_limit) w);
END $$;--> statement-breakpoint
-- What an account had and what was found in it at an instant, as far as was known at another: control and kind of its
-- guardrails; control, rule, Region, type and id of the resource, status, version of its findings. Null for no such account.
CREATE FUNCTION ask_account_then(p_scope text[], p_teams text[], p_account text, p_at bigint, p_known timestamptz)
RETURNS json LANGUAGE plpgsql
SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
  guardrails json;
BEGIN
  PERFORM read_for(p_scope);
  IF NOT EXISTS (SELECT FROM accounts a WHERE a.account_id = p_account AND (p_teams IS NULL OR a.team = ANY (p_teams)))
  THEN RETURN NULL; END IF;
  SELECT json_build_array(array_agg(s.control), array_agg(s.kind)) INTO guardrails FROM guardrail_spans s
  WHERE s.account_id = p_account AND s.from_at <= p_at AND coalesce(s.to_at > p_at, true)
    AND (p_known IS NULL OR s.known_at <= p_known);
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
-- By `seq`, as timelines are read; it serves every other look-up by account as well.
DROP INDEX "facts_account";--> statement-breakpoint
CREATE INDEX "facts_account" ON "facts" USING btree ("account_id","seq") WHERE account_id is not null;--> statement-breakpoint
-- A page of facts of an account and of the requests that made and changed it, behind a place in each lane (`p_places[1]` is
-- lane 0): lane, seq, id, type, actor, milliseconds of occurring and recording, data. Null for no such account.
CREATE FUNCTION ask_timeline(p_scope text[], p_teams text[], p_account text, p_places bigint[], p_limit int)
RETURNS json LANGUAGE plpgsql
SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
  first bigint := (SELECT min(place) FROM unnest(p_places) AS place);
  requests text[];
BEGIN
  PERFORM read_for(p_scope);
  IF NOT EXISTS (SELECT FROM accounts a WHERE a.account_id = p_account AND (p_teams IS NULL OR a.team = ANY (p_teams)))
  THEN RETURN NULL; END IF;
  requests := array(SELECT v.request_id FROM request_views v WHERE v.account_id = p_account);
  RETURN (SELECT json_build_array(array_agg(f.lane), array_agg(f.seq), array_agg(f.id), array_agg(f.type),
      array_agg(f.actor), array_agg((extract(epoch FROM f.occurred_at) * 1000)::bigint),
      array_agg((extract(epoch FROM f.recorded_at) * 1000)::bigint), json_agg(f.data)) FROM (
    SELECT * FROM (
      (SELECT f.lane, f.seq, f.id, f.type, f.actor, f.occurred_at, f.recorded_at, f.data FROM facts f
        WHERE f.account_id = p_account AND f.seq > first AND f.seq > p_places[f.lane + 1] ORDER BY f.seq LIMIT p_limit)
      UNION ALL
      (SELECT f.lane, f.seq, f.id, f.type, f.actor, f.occurred_at, f.recorded_at, f.data FROM facts f
        WHERE f.era = 'governance' AND f.request_id = ANY (requests) AND f.account_id IS DISTINCT FROM p_account
          AND f.seq > p_places[1] ORDER BY f.seq LIMIT p_limit)) both_kinds
    ORDER BY seq LIMIT p_limit) f);
END $$;

CREATE TABLE "tally_marks" (
	"at" bigint PRIMARY KEY NOT NULL,
	"measures" text[] NOT NULL,
	"keys" text[] NOT NULL,
	"numbers" bigint[] NOT NULL
);
--> statement-breakpoint
ALTER TABLE "tally_marks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "service" ON "tally_marks" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "tally_marks" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or false);--> statement-breakpoint
-- As before, as an expression that Postgres writes into the statements that ask for it: a JSON array of texts is one of Postgres's
-- in other brackets, as long as nothing in it is escaped.
CREATE FUNCTION texts_of(list text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array(SELECT jsonb_array_elements_text(nullif(list, '')::jsonb))
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION reading_teams() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN starts_with(current_setting('jetway.teams', true), '[') AND strpos(current_setting('jetway.teams', true), chr(92)) = 0
    THEN ('{' || substr(current_setting('jetway.teams', true), 2, length(current_setting('jetway.teams', true)) - 2) || '}')::text[]
    ELSE texts_of(current_setting('jetway.teams', true)) END
$$;--> statement-breakpoint
-- Milliseconds. By way of double precision, which has them to the letter and takes a tenth of what numeric takes.
CREATE FUNCTION ms_of(at timestamptz) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT (date_part('epoch', at) * 1000)::bigint
$$;--> statement-breakpoint
GRANT SELECT ON tally_marks TO jetway_reader;--> statement-breakpoint
-- What changes in the past of a mark takes it away. Few rows of a batch are of a day and of everybody; nearly none has a mark
-- behind it.
CREATE FUNCTION forget_marks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM tally_marks m WHERE m.at > CASE WHEN TG_OP = 'DELETE' THEN OLD.start ELSE NEW.start END;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER past_is_forgotten AFTER INSERT OR UPDATE ON tallies FOR EACH ROW
  WHEN (NEW.level = 2 AND NEW.scope = '*' AND NEW.measure <> 'violations') EXECUTE FUNCTION forget_marks();--> statement-breakpoint
CREATE TRIGGER past_is_forgotten_with_its_rows AFTER DELETE ON tallies FOR EACH ROW
  WHEN (OLD.level = 2 AND OLD.scope = '*' AND OLD.measure <> 'violations') EXECUTE FUNCTION forget_marks();--> statement-breakpoint
-- Marks days until `p_upto` (a midnight), at most 31 of them, behind those that are marked. Nobody counts meanwhile, so that
-- nothing that is not committed yet is missed. Returns how many there were to mark.
CREATE FUNCTION ledger_mark_days(p_upto bigint) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  newest tally_marks;
  first bigint;
  made int;
BEGIN
  SELECT * INTO newest FROM tally_marks ORDER BY at DESC LIMIT 1;
  first := coalesce(newest.at, (SELECT min(t.start) FROM tallies t
    WHERE t.scope = '*' AND t.measure IN ('accounts', 'guardrails', 'compliance') AND t.level = 2));
  IF first IS NULL OR first >= p_upto THEN RETURN 0; END IF;
  PERFORM FROM ledger_lanes ORDER BY lane FOR UPDATE;
  -- Whoever held a lane until now may have taken marks away.
  SELECT * INTO newest FROM tally_marks ORDER BY at DESC LIMIT 1;
  first := coalesce(newest.at, (SELECT min(t.start) FROM tallies t
    WHERE t.scope = '*' AND t.measure IN ('accounts', 'guardrails', 'compliance') AND t.level = 2));
  WITH days AS (
    SELECT generate_series(first + 86400000, least(first + 31 * 86400000::bigint, p_upto), 86400000) AS at
  ), changes AS (
    SELECT t.start + 86400000 AS at, t.measure, t.key, sum(t.n) AS n FROM tallies t
    WHERE t.scope = '*' AND t.measure IN ('accounts', 'guardrails', 'compliance') AND t.level = 2
      AND t.start >= first AND t.start < p_upto GROUP BY 1, 2, 3
    UNION ALL
    SELECT first, u.measure, u.key, u.n FROM unnest(newest.measures, newest.keys, newest.numbers) AS u(measure, key, n)
  ), counts AS (
    SELECT d.at, c.measure, c.key, sum(c.n)::bigint AS n FROM days d JOIN changes c ON c.at <= d.at
    GROUP BY 1, 2, 3 HAVING sum(c.n) <> 0
  )
  INSERT INTO tally_marks (at, measures, keys, numbers)
  SELECT d.at, coalesce(array_agg(c.measure) FILTER (WHERE c.key IS NOT NULL), '{}'),
    coalesce(array_agg(c.key) FILTER (WHERE c.key IS NOT NULL), '{}'),
    coalesce(array_agg(c.n) FILTER (WHERE c.key IS NOT NULL), '{}')
  FROM days d LEFT JOIN counts c USING (at) GROUP BY 1;
  GET DIAGNOSTICS made = ROW_COUNT;
  RETURN made;
END $$;--> statement-breakpoint
-- The counters of an instant for whoever has become the reader: measure, key, n, some of them in parts that add up. From the mark of the nearest midnight on, or
-- from the nearest one before it; without one from the beginning or from now. Then days, hours and what happened between the
-- instant and the nearest hour, added or, where the end is nearer than the beginning, taken away again.
CREATE FUNCTION counts_of(p_scopes text[], p_teams text[], p_at bigint) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
  hour constant bigint := 3600000;
  day constant bigint := 86400000;
  today bigint := p_at - p_at % day;
  mark bigint;
  nearest bigint := p_at - p_at % hour;
  since bigint := nearest;
  upto bigint := p_at;
  sign int := 1;
  days bigint[];
  hours bigint[];
  months bigint[];
  now bigint := 0;
  told json;
BEGIN
  IF p_at - nearest >= hour / 2 THEN
    nearest := nearest + hour;
    since := p_at + 1;
    upto := nearest - 1;
    sign := -1;
  END IF;
  IF p_teams IS NULL THEN
    mark := (SELECT max(m.at) FROM tally_marks m WHERE m.at <= p_at + day / 2);
    IF mark > today THEN
      days := ARRAY[0, 0];
      hours := ARRAY[nearest, mark, -1];
    ELSE
      days := ARRAY[mark, today];
      hours := ARRAY[today, nearest, 1];
    END IF;
    IF mark > today - 40 * day THEN
      SELECT json_build_array(m.measures || c.measures, m.keys || c.keys, m.numbers || c.numbers) INTO told
      FROM tally_marks m CROSS JOIN (
        SELECT array_agg(x.measure) AS measures, array_agg(x.key) AS keys, array_agg(x.n) AS numbers FROM (
          SELECT t.measure, t.key, t.n * r.sign AS n
          FROM (VALUES (2, days[1], days[2], 1), (3, hours[1], hours[2], hours[3])) AS r(level, since, upto, sign)
          JOIN tallies t ON t.level = r.level AND t.start >= r.since AND t.start < r.upto
          WHERE t.scope = '*' AND t.measure IN ('accounts', 'guardrails', 'compliance')
          UNION ALL
          SELECT 'compliance', f.state, sum(f.n) * sign FROM posture_flips f WHERE f.at BETWEEN since AND upto GROUP BY f.state
          UNION ALL
          SELECT 'guardrails', s.control,
            sign * sum((s.from_at BETWEEN since AND upto)::int - coalesce(s.to_at BETWEEN since AND upto, false)::int)
          FROM guardrail_spans s WHERE s.from_at BETWEEN since AND upto OR s.to_at BETWEEN since AND upto GROUP BY s.control
          UNION ALL
          SELECT 'accounts', s.status,
            sign * sum((s.from_at BETWEEN since AND upto)::int - coalesce(s.to_at BETWEEN since AND upto, false)::int)
          FROM account_spans s WHERE s.from_at BETWEEN since AND upto OR s.to_at BETWEEN since AND upto GROUP BY s.status) x) c
      WHERE m.at = mark;
      -- It may have been taken away meanwhile.
      IF FOUND THEN RETURN told; END IF;
    END IF;
  END IF;
  hours := ARRAY[today, nearest, 1];
  days := ARRAY[month_start(p_at), today, 1];
  IF nearest - today >= day / 2 THEN
    days[2] := today + day;
    hours := ARRAY[nearest, days[2], -1];
  END IF;
  months := ARRAY[0, days[1], 1];
  IF days[2] - days[1] > 15 * day THEN
    months[2] := month_start(days[1] + 32 * day);
    days := ARRAY[days[2], months[2], -1];
  END IF;
  IF (SELECT months[2] - min(t.start) > max(t.start) - months[2] FROM tallies t
    WHERE t.scope = ANY (p_scopes) AND t.measure = 'accounts' AND t.level = 1) THEN
    months := ARRAY[months[2], 9007199254740991, -1];
    now := 1;
  END IF;
  RETURN (SELECT json_build_array(array_agg(c.measure), array_agg(c.key), array_agg(c.n)) FROM (
    SELECT x.measure, x.key, sum(x.n) AS n FROM (
      SELECT t.measure, t.key, t.n::int * r.sign AS n
      FROM (VALUES (0, 0::bigint, now, 1), (1, months[1], months[2], months[3]::int), (2, days[1], days[2], days[3]::int),
        (3, hours[1], hours[2], hours[3]::int)) AS r(level, since, upto, sign)
      JOIN tallies t ON t.level = r.level AND t.start >= r.since AND t.start < r.upto
      WHERE t.scope = ANY (p_scopes) AND t.measure IN ('accounts', 'guardrails', 'compliance')
      UNION ALL
      SELECT 'compliance', f.state, f.n * sign FROM posture_flips f
      WHERE f.at BETWEEN since AND upto AND (p_teams IS NULL OR EXISTS (
        SELECT FROM accounts a WHERE a.account_id = f.account_id AND a.team = ANY (p_teams)))
      UNION ALL
      SELECT 'guardrails', s.control, sign * ((s.from_at BETWEEN since AND upto)::int - coalesce(s.to_at BETWEEN since AND upto, false)::int)
      FROM guardrail_spans s
      WHERE (s.from_at BETWEEN since AND upto OR s.to_at BETWEEN since AND upto) AND (p_teams IS NULL OR EXISTS (
        SELECT FROM accounts a WHERE a.account_id = s.account_id AND a.team = ANY (p_teams)))
      UNION ALL
      SELECT 'accounts', s.status, sign * ((s.from_at BETWEEN since AND upto)::int - coalesce(s.to_at BETWEEN since AND upto, false)::int)
      FROM account_spans s
      WHERE (s.from_at BETWEEN since AND upto OR s.to_at BETWEEN since AND upto) AND (p_teams IS NULL OR EXISTS (
        SELECT FROM accounts a WHERE a.account_id = s.account_id AND a.team = ANY (p_teams)))) x
    GROUP BY 1, 2) c);
END $$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION ask_counts_at(p_scope text[], p_scopes text[], p_teams text[], p_at bigint) RETURNS json LANGUAGE plpgsql
SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
BEGIN
  PERFORM set_config('jetway.everything', p_scope[1], true), set_config('jetway.teams', p_scope[2], true),
    set_config('jetway.kinds', p_scope[3], true), set_config('jetway.places', p_scope[4], true);
  RETURN counts_of(p_scopes, p_teams, p_at);
END $$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION ask_counts_then(p_scope text[], p_scopes text[], p_teams text[], p_at bigint) RETURNS json LANGUAGE plpgsql
SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
  instant timestamptz := to_timestamp(p_at / 1000.0);
  changes json;
BEGIN
  PERFORM set_config('jetway.everything', p_scope[1], true), set_config('jetway.teams', p_scope[2], true),
    set_config('jetway.kinds', p_scope[3], true), set_config('jetway.places', p_scope[4], true);
  -- Mostly there is none, and then there is nothing to ask.
  IF EXISTS (SELECT FROM exceptions e WHERE e.granted_at <= instant AND e.expires_at > instant) THEN
    SELECT json_build_array(array_agg(x.key), array_agg(x.n)) INTO changes FROM excepted_states(p_at, false, p_teams) x;
  END IF;
  RETURN json_build_array(counts_of(p_scopes, p_teams, p_at), changes);
END $$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION ask_counts_now(p_scope text[], p_scopes text[], p_teams text[], p_now bigint) RETURNS json LANGUAGE plpgsql
SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
  instant timestamptz := to_timestamp(p_now / 1000.0);
BEGIN
  PERFORM set_config('jetway.everything', p_scope[1], true), set_config('jetway.teams', p_scope[2], true),
    set_config('jetway.kinds', p_scope[3], true), set_config('jetway.places', p_scope[4], true);
  IF EXISTS (SELECT FROM exceptions e WHERE e.granted_at <= instant AND e.expires_at > instant) THEN
    RETURN (SELECT json_build_array(array_agg(c.measure), array_agg(c.key), array_agg(c.n)) FROM (
      SELECT t.measure, t.key, t.n FROM tallies t
      WHERE t.scope = ANY (p_scopes) AND t.measure IN ('accounts', 'guardrails', 'compliance') AND t.level = 0
      UNION ALL
      SELECT x.measure, x.key, x.n FROM excepted_states(p_now, true, p_teams) x) c);
  END IF;
  RETURN (SELECT json_build_array(array_agg(t.measure), array_agg(t.key), array_agg(t.n)) FROM tallies t
    WHERE t.scope = ANY (p_scopes) AND t.measure IN ('accounts', 'guardrails', 'compliance') AND t.level = 0);
END $$;--> statement-breakpoint
-- What an account had and what was found in it at an instant, as far as was known at another, and the exceptions that held, as
-- before: in one statement, without a function within the function. Findings are told under their guardrails.
CREATE OR REPLACE FUNCTION ask_account_at(p_scope text[], p_teams text[], p_account text, p_at bigint, p_known timestamptz)
RETURNS json LANGUAGE plpgsql SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
  instant timestamptz := to_timestamp(p_at / 1000.0);
BEGIN
  PERFORM set_config('jetway.everything', p_scope[1], true), set_config('jetway.teams', p_scope[2], true),
    set_config('jetway.kinds', p_scope[3], true), set_config('jetway.places', p_scope[4], true),
    set_config('jetway.account', p_account, true);
  RETURN (SELECT json_build_array(
      json_build_array(json_build_array(g.controls, g.kinds), CASE WHEN g.controls IS NOT NULL THEN (
        SELECT json_build_array(array_agg(f.control), array_agg(f.rule), array_agg(f.region),
          array_agg(f.resource_type), array_agg(f.resource_id), array_agg(f.status), array_agg(f.version))
        FROM (
          -- What has not been evaluated since stands as it did.
          SELECT c.control, c.rule, c.region, c.resource_type, c.resource_id, coalesce(h.status, c.status) AS status,
            coalesce(h.version, c.version) AS version
          FROM compliance c LEFT JOIN LATERAL (
            SELECT h.status, h.version FROM compliance_history h
            WHERE h.key = c.key AND h.version <= p_at AND (p_known IS NULL OR h.recorded_at <= p_known)
              AND (c.version > p_at OR p_known IS NOT NULL)
            ORDER BY h.version DESC LIMIT 1) h ON true
          WHERE c.account_id = p_account
            AND coalesce(h.status, CASE WHEN c.version <= p_at AND p_known IS NULL THEN c.status END) <> 'REMOVED') f) END),
      (SELECT json_build_array(array_agg(e.request_id), array_agg(e.control), array_agg(e.resource),
        array_agg(e.reason), array_agg(ms_of(e.expires_at)))
        FROM exceptions e WHERE e.account_id = p_account
          AND exception_held(e.granted_at, e.expires_at, e.ended_at, instant, p_known)))
    FROM accounts a CROSS JOIN LATERAL (
      SELECT array_agg(s.control) AS controls, array_agg(s.kind) AS kinds FROM guardrail_spans s
      WHERE s.account_id = p_account AND span_held(s.from_at, s.to_at, s.known_at, s.end_known_at, p_at, p_known)) g
    WHERE a.account_id = p_account AND (p_teams IS NULL OR a.team = ANY (p_teams)));
END $$;--> statement-breakpoint
-- As before: names and exceptions are looked up for all accounts of the page at once.
CREATE OR REPLACE FUNCTION ask_noncompliant_now(p_scope text[], p_teams text[], p_ou text, p_team text, p_control text, p_open bigint,
  p_account text, p_limit int, p_now bigint) RETURNS json LANGUAGE plpgsql
SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
  instant timestamptz := to_timestamp(p_now / 1000.0);
  ids text[];
  teams text[];
  opens bigint[];
  names text[];
  covered json;
BEGIN
  PERFORM set_config('jetway.everything', p_scope[1], true), set_config('jetway.teams', p_scope[2], true),
    set_config('jetway.kinds', p_scope[3], true), set_config('jetway.places', p_scope[4], true);
  -- Without a control there is nothing to look up for each account. The order is in the words of the index.
  IF p_control IS NULL THEN
    SELECT array_agg(w.account_id), array_agg(w.team), array_agg(w.open) INTO ids, teams, opens FROM (
      SELECT p.account_id, p.team, p.open FROM account_posture p
      WHERE p.open > 0 AND p.organizational_unit_id = p_ou AND (p_teams IS NULL OR p.team = ANY (p_teams))
        AND (p_team IS NULL OR p.team = p_team) AND p.open <= p_open AND (p.open < p_open OR p.account_id > p_account)
      ORDER BY p.open DESC NULLS LAST, p.account_id LIMIT p_limit) w;
  ELSE
    SELECT array_agg(w.account_id), array_agg(w.team), array_agg(w.open) INTO ids, teams, opens FROM (
      SELECT p.account_id, p.team, p.open FROM account_posture p
      WHERE p.open > 0 AND p.organizational_unit_id = p_ou AND (p_teams IS NULL OR p.team = ANY (p_teams))
        AND (p_team IS NULL OR p.team = p_team) AND p.open <= p_open AND (p.open < p_open OR p.account_id > p_account)
        AND EXISTS (SELECT FROM compliance c
          WHERE c.account_id = p.account_id AND c.control = p_control AND c.status = 'NON_COMPLIANT')
      ORDER BY p.open DESC NULLS LAST, p.account_id LIMIT p_limit) w;
  END IF;
  IF ids IS NULL THEN RETURN json_build_array(NULL, NULL, NULL, NULL, NULL); END IF;
  SELECT array_agg(a.name ORDER BY w.nth) INTO names FROM unnest(ids) WITH ORDINALITY AS w(account_id, nth)
    LEFT JOIN (SELECT a.account_id, a.name FROM accounts a WHERE a.account_id = ANY (ids)) a USING (account_id);
  -- Nearly nobody has one.
  IF EXISTS (SELECT FROM exceptions e WHERE e.account_id = ANY (ids)) THEN
    SELECT json_agg((SELECT count(DISTINCT c.key) FROM exceptions e
        JOIN compliance c ON c.account_id = e.account_id AND c.status = 'NON_COMPLIANT'
          AND exception_covers(e.control, e.resource, c.control, c.rule, c.resource_id)
        WHERE e.account_id = w.account_id AND exception_held(e.granted_at, e.expires_at, e.ended_at, instant, NULL)) ORDER BY w.nth)
    INTO covered FROM unnest(ids) WITH ORDINALITY AS w(account_id, nth);
  END IF;
  RETURN json_build_array(ids, names, teams, opens, covered);
END $$;--> statement-breakpoint
-- As before, with less to reckon.
CREATE OR REPLACE FUNCTION ask_timeline(p_scope text[], p_teams text[], p_account text, p_places bigint[], p_limit int)
RETURNS json LANGUAGE plpgsql
SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
  first bigint := least(p_places[1], p_places[2], p_places[3], p_places[4], p_places[5]);
  requests text[];
BEGIN
  PERFORM set_config('jetway.everything', p_scope[1], true), set_config('jetway.teams', p_scope[2], true),
    set_config('jetway.kinds', p_scope[3], true), set_config('jetway.places', p_scope[4], true),
    set_config('jetway.account', p_account, true);
  IF NOT EXISTS (SELECT FROM accounts a WHERE a.account_id = p_account AND (p_teams IS NULL OR a.team = ANY (p_teams)))
  THEN RETURN NULL; END IF;
  requests := array(SELECT v.request_id FROM request_views v WHERE v.account_id = p_account);
  RETURN (SELECT json_build_array(array_agg(f.lane), array_agg(f.seq), array_agg(f.id), array_agg(f.type),
      array_agg(f.actor), array_agg(ms_of(f.occurred_at)),
      array_agg(ms_of(f.recorded_at)), json_agg(f.data)) FROM (
    SELECT * FROM (
      (SELECT f.lane, f.seq, f.id, f.type, f.actor, f.occurred_at, f.recorded_at, f.data FROM facts f
        WHERE f.account_id = p_account AND f.seq > first AND f.seq > p_places[f.lane + 1] ORDER BY f.seq LIMIT p_limit)
      UNION ALL
      (SELECT f.lane, f.seq, f.id, f.type, f.actor, f.occurred_at, f.recorded_at, f.data FROM facts f
        WHERE f.era = 'governance' AND f.request_id = ANY (requests) AND f.account_id IS DISTINCT FROM p_account
          AND f.seq > p_places[1] ORDER BY f.seq LIMIT p_limit)) both_kinds
    ORDER BY seq LIMIT p_limit) f);
END $$;

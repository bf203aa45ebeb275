-- Questions about one account, and those of people who see everything, set up row-level security once and not for each table they
-- read. The policies of an account's rows say nothing but that the account may be seen, so that is asked first, as the reader;
-- what is read after that is of this account alone, as the service. Asked by a reader (within a read of several statements), the same
-- functions read as the reader, because they have no rights of their own.
-- Whether the person may see an account: by row-level security, and by the condition beside it.
CREATE FUNCTION account_seen(p_scope text[], p_teams text[], p_account text) RETURNS boolean LANGUAGE plpgsql STABLE
SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
  told text := set_config('jetway.everything', p_scope[1], true) || set_config('jetway.teams', p_scope[2], true)
    || set_config('jetway.kinds', p_scope[3], true) || set_config('jetway.places', p_scope[4], true)
    || set_config('jetway.account', p_account, true);
BEGIN
  RETURN EXISTS (SELECT FROM accounts a WHERE a.account_id = p_account AND (p_teams IS NULL OR a.team = ANY (p_teams)));
END $$;--> statement-breakpoint
-- The requests that made and changed an account, as far as the person may see them; null where the account may not be seen.
CREATE FUNCTION requests_seen(p_scope text[], p_teams text[], p_account text) RETURNS text[] LANGUAGE plpgsql STABLE
SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
  told text := set_config('jetway.everything', p_scope[1], true) || set_config('jetway.teams', p_scope[2], true)
    || set_config('jetway.kinds', p_scope[3], true) || set_config('jetway.places', p_scope[4], true)
    || set_config('jetway.account', p_account, true);
BEGIN
  RETURN (SELECT array(SELECT v.request_id FROM request_views v WHERE v.account_id = p_account)
    FROM accounts a WHERE a.account_id = p_account AND (p_teams IS NULL OR a.team = ANY (p_teams)));
END $$;--> statement-breakpoint
-- As before. `account_seen` is asked before anything else is read.
CREATE OR REPLACE FUNCTION ask_account_at(p_scope text[], p_teams text[], p_account text, p_at bigint, p_known timestamptz)
RETURNS json LANGUAGE plpgsql STABLE SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
  instant timestamptz := to_timestamp(p_at / 1000.0);
BEGIN
  IF NOT account_seen(p_scope, p_teams, p_account) THEN RETURN NULL; END IF;
  RETURN (SELECT json_build_array(
      json_build_array(json_build_array(g.controls, g.kinds), CASE WHEN g.controls IS NOT NULL THEN (
        SELECT json_build_array(array_agg(c.control), array_agg(c.rule), array_agg(c.region), array_agg(c.resource_type),
          array_agg(c.resource_id), array_agg(coalesce(h.status, c.status)), array_agg(coalesce(h.version, c.version)))
        -- What has not been evaluated since stands as it did.
        FROM compliance c LEFT JOIN LATERAL (
          SELECT h.status, h.version FROM compliance_history h
          WHERE h.key = c.key AND h.version <= p_at AND (p_known IS NULL OR h.recorded_at <= p_known)
            AND (c.version > p_at OR p_known IS NOT NULL)
          ORDER BY h.version DESC LIMIT 1) h ON true
        WHERE c.account_id = p_account
          AND coalesce(h.status, CASE WHEN c.version <= p_at AND p_known IS NULL THEN c.status END) <> 'REMOVED') END),
      (SELECT json_build_array(array_agg(e.request_id), array_agg(e.control), array_agg(e.resource),
        array_agg(e.reason), array_agg(ms_of(e.expires_at)))
        FROM exceptions e WHERE e.account_id = p_account
          AND exception_held(e.granted_at, e.expires_at, e.ended_at, instant, p_known)))
    FROM (SELECT array_agg(s.control) AS controls, array_agg(s.kind) AS kinds FROM guardrail_spans s
      WHERE s.account_id = p_account AND span_held(s.from_at, s.to_at, s.known_at, s.end_known_at, p_at, p_known)) g);
END $$;--> statement-breakpoint
-- As before. Not stable: its statement has to begin after it has locked the parts of `facts`, which may be exchanged for others
-- (migration seal_months), and a stable function reads as of the moment before.
CREATE OR REPLACE FUNCTION ask_timeline(p_scope text[], p_teams text[], p_account text, p_places bigint[], p_limit int)
RETURNS json LANGUAGE plpgsql SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
  first bigint := least(p_places[1], p_places[2], p_places[3], p_places[4], p_places[5]);
  requests text[] := requests_seen(p_scope, p_teams, p_account);
BEGIN
  IF requests IS NULL THEN RETURN NULL; END IF;
  RETURN (SELECT json_build_array(array_agg(f.lane), array_agg(f.seq), array_agg(f.id), array_agg(f.type),
      array_agg(f.actor), array_agg(ms_of(f.occurred_at)), array_agg(ms_of(f.recorded_at)), json_agg(f.data)) FROM (
    SELECT * FROM (
      (SELECT f.lane, f.seq, f.id, f.type, f.actor, f.occurred_at, f.recorded_at, f.data FROM facts f
        WHERE f.account_id = p_account AND f.seq > first AND f.seq > p_places[f.lane + 1] ORDER BY f.seq LIMIT p_limit)
      UNION ALL
      (SELECT f.lane, f.seq, f.id, f.type, f.actor, f.occurred_at, f.recorded_at, f.data FROM facts f
        WHERE f.era = 'governance' AND f.request_id = ANY (requests) AND f.account_id IS DISTINCT FROM p_account
          AND f.seq > p_places[1] ORDER BY f.seq LIMIT p_limit)) both_kinds
    ORDER BY seq LIMIT p_limit) f);
END $$;--> statement-breakpoint
ALTER FUNCTION counts_of(text[], text[], bigint) STABLE;--> statement-breakpoint
ALTER FUNCTION ask_counts_then(text[], text[], text[], bigint) RENAME TO counts_then_seen;--> statement-breakpoint
-- As before. Who sees everything has no row hidden by a policy, so none is set up: from the mark of the nearest midnight on there
-- are few rows to add. Without one it is reckoned as for everybody else. Parallel workers would take longer to start than all of it.
CREATE FUNCTION ask_counts_then(p_scope text[], p_scopes text[], p_teams text[], p_at bigint) RETURNS json LANGUAGE plpgsql STABLE
SET plan_cache_mode = 'force_generic_plan' SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  hour constant bigint := 3600000;
  day constant bigint := 86400000;
  instant timestamptz := to_timestamp(p_at / 1000.0);
  today bigint := p_at - p_at % day;
  nearest bigint := p_at - p_at % hour;
  since bigint := nearest;
  upto bigint := p_at;
  sign int := 1;
  mark tally_marks;
  hours bigint[];
  measures text[];
  keys text[];
  numbers bigint[];
  changes json;
BEGIN
  IF p_scope[1] IS DISTINCT FROM 'yes' OR p_teams IS NOT NULL THEN RETURN counts_then_seen(p_scope, p_scopes, p_teams, p_at); END IF;
  SELECT * INTO mark FROM tally_marks m WHERE m.at <= p_at + day / 2 ORDER BY m.at DESC LIMIT 1;
  IF mark.at IS NULL OR mark.at <= today - 40 * day THEN RETURN counts_then_seen(p_scope, p_scopes, p_teams, p_at); END IF;
  -- Of hours and of what happened between the instant and the nearest of them: added or, where the end is nearer, taken away again.
  IF p_at - nearest >= hour / 2 THEN
    nearest := nearest + hour;
    since := p_at + 1;
    upto := nearest - 1;
    sign := -1;
  END IF;
  hours := CASE WHEN mark.at > today THEN ARRAY[nearest, mark.at, -1] ELSE ARRAY[today, nearest, 1] END;
  IF mark.at < today THEN
    SELECT array_agg(t.measure), array_agg(t.key), array_agg(t.n) INTO measures, keys, numbers FROM tallies t
    WHERE t.scope = '*' AND t.measure IN ('accounts', 'guardrails', 'compliance') AND t.level = 2
      AND t.start >= mark.at AND t.start < today;
    mark.measures := mark.measures || measures;
    mark.keys := mark.keys || keys;
    mark.numbers := mark.numbers || numbers;
  END IF;
  SELECT array_agg(x.measure), array_agg(x.key), array_agg(x.n) INTO measures, keys, numbers FROM (
    SELECT t.measure, t.key, t.n * hours[3] AS n FROM tallies t
    WHERE t.scope = '*' AND t.measure IN ('accounts', 'guardrails', 'compliance') AND t.level = 3
      AND t.start >= hours[1] AND t.start < hours[2]
    UNION ALL
    SELECT c.measure, c.key, sum(c.n) * sign FROM (
      SELECT 'compliance' AS measure, f.state AS key, f.n FROM posture_flips f WHERE f.at BETWEEN since AND upto
      UNION ALL
      SELECT 'guardrails', s.control, 1 FROM guardrail_spans s WHERE s.from_at BETWEEN since AND upto
      UNION ALL
      SELECT 'guardrails', s.control, -1 FROM guardrail_spans s WHERE s.to_at BETWEEN since AND upto
      UNION ALL
      SELECT 'accounts', s.status, 1 FROM account_spans s WHERE s.from_at BETWEEN since AND upto
      UNION ALL
      SELECT 'accounts', s.status, -1 FROM account_spans s WHERE s.to_at BETWEEN since AND upto) c
    GROUP BY c.measure, c.key) x;
  -- Mostly there is none, and then there is nothing to ask.
  IF EXISTS (SELECT FROM exceptions e WHERE e.granted_at <= instant AND e.expires_at > instant) THEN
    SELECT json_build_array(array_agg(x.key), array_agg(x.n)) INTO changes FROM excepted_states(p_at, false, p_teams) x;
  END IF;
  RETURN json_build_array(json_build_array(mark.measures || measures, mark.keys || keys, mark.numbers || numbers), changes);
END $$;--> statement-breakpoint
-- Accounts of a unit with violations of guardrails, those with most first, for whoever asks: account, team, open; account and name,
-- in any order; how many of the open ones stand by an exception, null where nobody has one.
CREATE FUNCTION open_of_unit(p_teams text[], p_ou text, p_team text, p_control text, p_open bigint, p_account text, p_limit int,
  p_now bigint) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
  ids text[];
  teams text[];
  opens bigint[];
  named text[];
  names text[];
  covered json;
BEGIN
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
  IF ids IS NULL THEN RETURN json_build_array(NULL, NULL, NULL, NULL, NULL, NULL); END IF;
  SELECT array_agg(a.account_id), array_agg(a.name) INTO named, names FROM accounts a WHERE a.account_id = ANY (ids);
  -- Nearly nobody has one.
  IF EXISTS (SELECT FROM exceptions e WHERE e.account_id = ANY (ids)) THEN
    SELECT json_agg((SELECT count(DISTINCT c.key) FROM exceptions e
        JOIN compliance c ON c.account_id = e.account_id AND c.status = 'NON_COMPLIANT'
          AND exception_covers(e.control, e.resource, c.control, c.rule, c.resource_id)
        WHERE e.account_id = w.account_id
          AND exception_held(e.granted_at, e.expires_at, e.ended_at, to_timestamp(p_now / 1000.0), NULL)) ORDER BY w.nth)
    INTO covered FROM unnest(ids) WITH ORDINALITY AS w(account_id, nth);
  END IF;
  RETURN json_build_array(ids, teams, opens, named, names, covered);
END $$;--> statement-breakpoint
CREATE FUNCTION open_of_unit_seen(p_scope text[], p_teams text[], p_ou text, p_team text, p_control text, p_open bigint,
  p_account text, p_limit int, p_now bigint) RETURNS json LANGUAGE plpgsql STABLE SET role = 'jetway_reader' AS $$
BEGIN
  PERFORM read_for(p_scope);
  RETURN open_of_unit(p_teams, p_ou, p_team, p_control, p_open, p_account, p_limit, p_now);
END $$;--> statement-breakpoint
CREATE FUNCTION ask_open_of_unit(p_scope text[], p_teams text[], p_ou text, p_team text, p_control text, p_open bigint,
  p_account text, p_limit int, p_now bigint) RETURNS json LANGUAGE plpgsql STABLE SET plan_cache_mode = 'force_generic_plan' AS $$
BEGIN
  IF p_scope[1] = 'yes' THEN
    RETURN open_of_unit(p_teams, p_ou, p_team, p_control, p_open, p_account, p_limit, p_now);
  END IF;
  RETURN open_of_unit_seen(p_scope, p_teams, p_ou, p_team, p_control, p_open, p_account, p_limit, p_now);
END $$;

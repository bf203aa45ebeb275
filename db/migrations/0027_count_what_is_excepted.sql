-- Violations that stand by an approved exception are counted apart. Whether an exception holds is judged by time, so this is
-- no counter: it is reckoned at each question, over the few accounts that have one.
CREATE FUNCTION exception_held(granted_at timestamptz, expires_at timestamptz, ended_at timestamptz, at timestamptz,
  known timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT granted_at <= at AND expires_at > at AND (known IS NULL OR granted_at <= known)
    AND (ended_at IS NULL OR ended_at > at OR (known IS NOT NULL AND ended_at > known))
$$;--> statement-breakpoint
-- Whether an exception covers a finding. Our own looks say that the control itself is gone: that is never excepted.
CREATE FUNCTION exception_covers(control text, resource text, found_control text, found_rule text, found_resource text)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT control = found_control AND (resource IS NULL OR resource = found_resource)
    AND NOT starts_with(found_rule, 'jetway:')
$$;--> statement-breakpoint
CREATE INDEX "exceptions_granted" ON "exceptions" USING btree ("expires_at") WHERE granted_at is not null;--> statement-breakpoint
-- Accounts with an exception that held at an instant: how many violations of their guardrails were open then, and how many of
-- them it covered. `p_live` is of now, whatever time the newest evaluations say; `p_known` is as far as was known then.
CREATE FUNCTION excepted_accounts(p_at bigint, p_live boolean, p_known timestamptz, p_teams text[])
RETURNS TABLE (account_id text, open bigint, excepted bigint) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
  instant timestamptz := to_timestamp(p_at / 1000.0);
BEGIN
  IF NOT EXISTS (SELECT FROM exceptions e WHERE e.granted_at IS NOT NULL AND e.expires_at > instant
    AND exception_held(e.granted_at, e.expires_at, e.ended_at, instant, p_known)) THEN RETURN; END IF;
  RETURN QUERY
  WITH held AS MATERIALIZED (
    SELECT e.account_id, e.control, e.resource FROM exceptions e
    WHERE e.granted_at IS NOT NULL AND e.expires_at > instant
      AND exception_held(e.granted_at, e.expires_at, e.ended_at, instant, p_known)
  ), who AS MATERIALIZED (
    SELECT DISTINCT h.account_id FROM held h JOIN accounts a USING (account_id) WHERE p_teams IS NULL OR a.team = ANY (p_teams)
  ), found AS (
    SELECT c.account_id, c.control, c.rule, c.resource_id FROM who w JOIN compliance c USING (account_id)
    WHERE p_live AND c.status = 'NON_COMPLIANT' AND (c.control IS NOT NULL OR starts_with(c.rule, 'jetway:'))
    UNION ALL
    SELECT c.account_id, c.control, c.rule, c.resource_id FROM who w JOIN compliance c USING (account_id)
    CROSS JOIN LATERAL (SELECT h.status FROM compliance_history h
      WHERE h.key = c.key AND h.version <= p_at AND (p_known IS NULL OR h.recorded_at <= p_known)
      ORDER BY h.version DESC LIMIT 1) h
    WHERE NOT p_live AND h.status = 'NON_COMPLIANT' AND (c.control IS NOT NULL OR starts_with(c.rule, 'jetway:'))
  )
  SELECT f.account_id, count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM held h WHERE h.account_id = f.account_id
    AND exception_covers(h.control, h.resource, f.control, f.rule, f.resource_id)))
  FROM found f GROUP BY 1;
END $$;--> statement-breakpoint
-- Of those that count as not compliant, the ones whose every violation is excepted: what they count for instead.
CREATE FUNCTION excepted_states(p_at bigint, p_live boolean, p_teams text[])
RETURNS TABLE (measure text, key text, n bigint) LANGUAGE sql STABLE AS $$
  SELECT 'compliance', k.key, k.sign * count(*) FROM excepted_accounts(p_at, p_live, NULL, p_teams) e
  CROSS JOIN LATERAL (
    SELECT p.open, p.guardrails FROM account_posture p WHERE p_live AND p.account_id = e.account_id
    UNION ALL
    SELECT sum(s.open), sum(s.guardrails) FROM posture_steps s
    WHERE NOT p_live AND s.account_id = e.account_id AND s.at <= p_at HAVING count(*) > 0) p
  CROSS JOIN (VALUES ('excepted', 1), ('nonCompliant', -1)) AS k(key, sign)
  WHERE e.open = e.excepted AND p.open > 0 AND p.guardrails > 0 GROUP BY k.key, k.sign
$$;--> statement-breakpoint
-- Counters of now as `ask_counts` tells them, with those that stand by an exception apart.
CREATE FUNCTION ask_counts_now(p_scope text[], p_scopes text[], p_teams text[], p_now bigint) RETURNS json LANGUAGE plpgsql
SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
BEGIN
  PERFORM read_for(p_scope);
  RETURN (SELECT json_build_array(array_agg(c.measure), array_agg(c.key), array_agg(c.n)) FROM (
    SELECT t.measure, t.key, t.n FROM tallies t
    WHERE t.scope = ANY (p_scopes) AND t.measure IN ('accounts', 'guardrails', 'compliance') AND t.level = 0
    UNION ALL
    SELECT x.measure, x.key, x.n FROM excepted_states(p_now, true, p_teams) x) c);
END $$;--> statement-breakpoint
-- What `ask_counts_at` tells of an instant, and what exceptions make of it: key, n.
CREATE FUNCTION ask_counts_then(p_scope text[], p_scopes text[], p_teams text[], p_at bigint) RETURNS json LANGUAGE plpgsql
SET role = 'jetway_reader' AS $$
BEGIN
  PERFORM read_for(p_scope);
  RETURN (SELECT json_build_array(ask_counts_at(p_scope, p_scopes, p_teams, p_at),
    (SELECT json_build_array(array_agg(x.key), array_agg(x.n)) FROM excepted_states(p_at, false, p_teams) x)));
END $$;--> statement-breakpoint
-- The same of exceptions alone, of several instants: place in `p_at`, key, n; nothing for most of them.
CREATE FUNCTION ask_excepted_at(p_scope text[], p_teams text[], p_at bigint[]) RETURNS json LANGUAGE plpgsql
SET role = 'jetway_reader' AS $$
BEGIN
  PERFORM read_for(p_scope);
  RETURN (SELECT json_build_array(array_agg(i.nth - 1), array_agg(x.key), array_agg(x.n))
    FROM unnest(p_at) WITH ORDINALITY AS i(at, nth) CROSS JOIN LATERAL excepted_states(i.at, false, p_teams) x);
END $$;--> statement-breakpoint
-- What `ask_account_then` tells, and the exceptions of the account that held: request, control, resource, reason, milliseconds of
-- the end. Null for no such account.
CREATE FUNCTION ask_account_at(p_scope text[], p_teams text[], p_account text, p_at bigint, p_known timestamptz)
RETURNS json LANGUAGE plpgsql SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
  told json := ask_account_then(p_scope, p_teams, p_account, p_at, p_known);
  instant timestamptz := to_timestamp(p_at / 1000.0);
BEGIN
  IF told IS NULL THEN RETURN NULL; END IF;
  PERFORM read_for(p_scope);
  RETURN (SELECT json_build_array(told, json_build_array(array_agg(e.request_id), array_agg(e.control), array_agg(e.resource),
      array_agg(e.reason), array_agg((extract(epoch FROM e.expires_at) * 1000)::bigint)))
    FROM exceptions e WHERE e.account_id = p_account
      AND exception_held(e.granted_at, e.expires_at, e.ended_at, instant, p_known));
END $$;--> statement-breakpoint
-- What `ask_noncompliant` tells, and how many of the violations of each account stand by an exception now.
CREATE FUNCTION ask_noncompliant_now(p_scope text[], p_teams text[], p_ou text, p_team text, p_control text, p_open bigint,
  p_account text, p_limit int, p_now bigint) RETURNS json LANGUAGE plpgsql
SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
  instant timestamptz := to_timestamp(p_now / 1000.0);
BEGIN
  PERFORM read_for(p_scope);
  RETURN (SELECT json_build_array(array_agg(w.account_id), array_agg(w.name), array_agg(w.team), array_agg(w.open),
      array_agg((SELECT count(DISTINCT c.key) FROM exceptions e
        JOIN compliance c ON c.account_id = e.account_id AND c.status = 'NON_COMPLIANT'
          AND exception_covers(e.control, e.resource, c.control, c.rule, c.resource_id)
        WHERE e.account_id = w.account_id AND exception_held(e.granted_at, e.expires_at, e.ended_at, instant, NULL))))
    FROM (
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
CREATE OR REPLACE VIEW ledger.compliance AS
SELECT c.key, c.account_id, c.region, c.rule, c.control, c.resource_type, c.resource_id, c.status, c.annotation,
  c.evaluated_at, c.fact_id,
  c.status = 'NON_COMPLIANT' AND EXISTS (SELECT FROM public.exceptions e WHERE e.account_id = c.account_id
    AND public.exception_held(e.granted_at, e.expires_at, e.ended_at, now(), NULL)
    AND public.exception_covers(e.control, e.resource, c.control, c.rule, c.resource_id)) AS excepted
FROM public.compliance c WHERE c.status <> 'REMOVED';

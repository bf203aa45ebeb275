ALTER POLICY "people" ON "exceptions" TO jetway_reader USING ((select reads_everything()) or account_id = (select a.account_id from accounts a where a.account_id = current_setting('jetway.account', true)) or exists (select from accounts a where a.account_id = exceptions.account_id));--> statement-breakpoint
ALTER POLICY "people" ON "compliance" TO jetway_reader USING ((select reads_everything()) or account_id = (select a.account_id from accounts a where a.account_id = current_setting('jetway.account', true)) or exists (select from accounts a where a.account_id = compliance.account_id));--> statement-breakpoint
ALTER POLICY "people" ON "compliance_history" TO jetway_reader USING ((select reads_everything()) or account_id = (select a.account_id from accounts a where a.account_id = current_setting('jetway.account', true)) or exists (select from accounts a where a.account_id = compliance_history.account_id));--> statement-breakpoint
ALTER POLICY "people" ON "facts" TO jetway_reader USING ((select reads_everything()) or account_id = (select a.account_id from accounts a where a.account_id = current_setting('jetway.account', true)) or exists (select from account_requests r where r.id = facts.request_id) or exists (select from accounts a where a.account_id = facts.account_id));--> statement-breakpoint
ALTER POLICY "people" ON "guardrail_spans" TO jetway_reader USING ((select reads_everything()) or account_id = (select a.account_id from accounts a where a.account_id = current_setting('jetway.account', true)) or exists (select from accounts a where a.account_id = guardrail_spans.account_id));--> statement-breakpoint
-- As before, and: they say which account they ask of, so that its rows are not looked up one by one.
CREATE OR REPLACE FUNCTION ask_account_then(p_scope text[], p_teams text[], p_account text, p_at bigint, p_known timestamptz)
RETURNS json LANGUAGE plpgsql
SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
  guardrails json;
BEGIN
  PERFORM read_for(p_scope), set_config('jetway.account', p_account, true);
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
CREATE OR REPLACE FUNCTION ask_timeline(p_scope text[], p_teams text[], p_account text, p_places bigint[], p_limit int)
RETURNS json LANGUAGE plpgsql
SET role = 'jetway_reader' SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
  first bigint := (SELECT min(place) FROM unnest(p_places) AS place);
  requests text[];
BEGIN
  PERFORM read_for(p_scope), set_config('jetway.account', p_account, true);
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
END $$;--> statement-breakpoint
-- Planned once and not at each call.
ALTER FUNCTION ask_counts_then(text[], text[], text[], bigint) SET plan_cache_mode TO 'force_generic_plan';--> statement-breakpoint
ALTER FUNCTION ask_excepted_at(text[], text[], bigint[]) SET plan_cache_mode TO 'force_generic_plan';

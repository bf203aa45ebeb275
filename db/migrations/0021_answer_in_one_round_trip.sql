-- What policies ask seldom is asked by functions: a statement that meets no such row neither plans for it nor prepares it.
CREATE FUNCTION reading_put_to() RETURNS text[] LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  IF coalesce(current_setting('jetway.places', true), '') IN ('', '[]') THEN RETURN '{}'; END IF;
  RETURN array(SELECT a.request_id FROM asked_approvers a);
END $$;
--> statement-breakpoint
CREATE FUNCTION sees_request(wanted text) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN EXISTS (SELECT FROM account_requests r WHERE r.id = wanted);
END $$;
--> statement-breakpoint
ALTER POLICY "people" ON "account_requests" TO jetway_reader USING ((select reads_everything()) or (team <> '*' and team = any ((select reading_teams())::text[])) or (team = '*' and kind = any ((select reading_kinds())::text[])) or id = any ((select reading_put_to())::text[]));--> statement-breakpoint
ALTER POLICY "people" ON "admissions" TO jetway_reader USING ((select reads_everything()) or (team <> '*' and team = any ((select reading_teams())::text[])) or (team = '*' and sees_request(request_id)) or request_id = any ((select reading_put_to())::text[]));--> statement-breakpoint
ALTER POLICY "people" ON "request_views" TO jetway_reader USING ((select reads_everything()) or (team <> '*' and team = any ((select reading_teams())::text[])) or (team = '*' and sees_request(request_id)) or request_id = any ((select reading_put_to())::text[]));
--> statement-breakpoint
-- The place among the waiting requests of the same team, as far as the reader sees them.
CREATE FUNCTION queue_place(wanted text) RETURNS float8 LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT (SELECT count(*) + 1 FROM admissions b
      WHERE b.state = 'waiting' AND b.team = a.team AND b.position < a.position)
    FROM admissions a WHERE a.request_id = wanted AND a.state = 'waiting');
END $$;
--> statement-breakpoint
-- Requests by their ids, for several people in one round trip: for each of them row-level security lets through what it
-- would let through alone. Whoever calls it is afterwards who they were.
CREATE FUNCTION read_requests(asked jsonb) RETURNS TABLE (n int, id text, kind text, team text, requested_by text,
  idempotency_key text, body_digest text, body jsonb, plan_digest text, plan_text text, created_ms float8, view jsonb,
  place float8) LANGUAGE plpgsql AS $$
DECLARE
  ask record;
  waiting text[];
  before text := current_setting('role');
BEGIN
  -- Only whether there is anything to count for the person.
  SELECT array_agg(a.request_id) INTO waiting FROM admissions a WHERE a.state = 'waiting' AND a.request_id = ANY (array(
    SELECT jsonb_array_elements_text(one -> 'ids') FROM jsonb_array_elements(asked) one));
  FOR ask IN SELECT * FROM jsonb_to_recordset(asked) AS a(n int, everything text, teams text, kinds text, ids text[], whole boolean)
  LOOP
    PERFORM set_config('jetway.everything', ask.everything, true), set_config('jetway.teams', ask.teams, true),
      set_config('jetway.kinds', ask.kinds, true), set_config('jetway.places', '[]', true),
      set_config('role', 'jetway_reader', true);
    RETURN QUERY SELECT ask.n, r.id, r.kind, r.team, r.requested_by, r.idempotency_key, r.body_digest, r.body,
        r.plan_digest, CASE WHEN ask.whole OR r.kind <> 'account' OR v.view ? 'startedAt' THEN r.plan_text ELSE '' END,
        (extract(epoch FROM r.created_at) * 1000)::float8, v.view,
        CASE WHEN r.id = ANY (waiting) THEN queue_place(r.id) END
      FROM account_requests r JOIN request_views v ON v.request_id = r.id WHERE r.id = ANY (ask.ids);
  END LOOP;
  PERFORM set_config('jetway.everything', '', true), set_config('jetway.teams', '', true),
    set_config('jetway.kinds', '', true), set_config('jetway.places', '', true), set_config('role', before, true);
END $$;

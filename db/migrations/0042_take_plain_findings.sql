-- Tells the outside what has turned among the facts of a lane that were just kept.
CREATE FUNCTION tell_turns(p_lane smallint, p_first bigint, p_last bigint, p_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- One message for all of them: whoever sends it reads the facts again.
  INSERT INTO outbox (kind, key, payload, next_at)
  VALUES ('put-events', 'put-events:' || p_lane || ':' || p_first,
    jsonb_build_object('lane', p_lane, 'first', p_first, 'last', p_last), p_at)
  ON CONFLICT (key) DO NOTHING;
  IF EXISTS (SELECT FROM webhook_endpoints) THEN
    INSERT INTO webhook_deliveries (id, endpoint, event_type, fact_seq, next_at, created_at)
    SELECT 'msg_' || replace(gen_random_uuid()::text, '-', ''), e.name, f.type, f.seq, p_at, p_at
    FROM webhook_endpoints e JOIN facts f ON cardinality(e.events) = 0 OR f.type = ANY (e.events)
    WHERE f.lane = p_lane AND f.seq BETWEEN p_first AND p_last AND f.type = 'ComplianceChanged'
      AND f.data ->> 'status' IS DISTINCT FROM f.data ->> 'before'
    ON CONFLICT (endpoint, fact_seq) DO NOTHING;
    PERFORM pg_notify('jetway_webhooks', '');
  END IF;
  PERFORM pg_notify('jetway_outbox', '');
END $$;--> statement-breakpoint
-- As before, with its last part in a function of its own.
CREATE OR REPLACE FUNCTION ledger_ingest(p_lane smallint, p_lines text, p_at timestamptz, OUT lines bigint[], OUT first bigint,
  OUT last bigint) LANGUAGE plpgsql AS $$
DECLARE
  kept record;
  findings finding_told[];
  news violation_news[];
  turned boolean;
BEGIN
  SELECT * INTO kept FROM ledger_keep(p_lane, p_lines, p_at);
  lines := kept.lines;
  IF lines IS NULL THEN RETURN; END IF;
  first := kept.places[1];
  last := kept.places[cardinality(kept.places)];
  -- In this lane AWS speaks: what is said of our own findings there is nobody's word.
  SELECT array_agg(ROW (finding_key(c.account_id, c.d ->> 'region', c.d ->> 'rule', c.d ->> 'resourceType',
      c.d ->> 'resourceId'), c.account_id, (c.j ->> 'version')::bigint, c.j ->> 'id', (c.j ->> 'occurredAt')::timestamptz,
      p_at, c.d ->> 'region', c.d ->> 'rule', c.d ->> 'resourceType', c.d ->> 'resourceId', c.d ->> 'status',
      c.d ->> 'annotation', c.d ->> 'control', false)::finding_told)
      FILTER (WHERE c.account_id IS NOT NULL AND NOT starts_with(c.d ->> 'rule', 'jetway:')),
    array_agg(ROW (c.account_id, c.d ->> 'rule', c.d ->> 'control', c.d ->> 'resourceId')::violation_news)
      FILTER (WHERE c.account_id IS NOT NULL AND c.d ->> 'status' = 'NON_COMPLIANT'
        AND c.d ->> 'before' IS DISTINCT FROM 'NON_COMPLIANT'),
    bool_or(c.d ->> 'status' IS DISTINCT FROM c.d ->> 'before')
  INTO findings, news, turned
  FROM (SELECT j, j -> 'data' AS d, j ->> 'accountId' AS account_id FROM unnest(kept.told) AS t(j)
    WHERE j ->> 'type' = 'ComplianceChanged' OFFSET 0) c;
  PERFORM fold_findings(p_lane, findings);
  PERFORM note_violations(news, p_at);
  IF turned THEN PERFORM tell_turns(p_lane, first, last, p_at); END IF;
  PERFORM pg_notify('jetway_ledger', '');
END $$;--> statement-breakpoint
-- The links of a chain behind one that is there.
CREATE FUNCTION chain_links(p_before text, p_bodies text[]) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
  link text := p_before;
  links text[];
BEGIN
  FOR i IN 1 .. coalesce(cardinality(p_bodies), 0) LOOP
    link := 'sha256:' || encode(sha256(convert_to(link || p_bodies[i], 'UTF8')), 'hex');
    links[i] := link;
  END LOOP;
  RETURN links;
END $$;--> statement-breakpoint
-- What `ledger_ingest` does, of nearly all that comes: evaluations that Config tells in plain words. Node has read them; they come as
-- fields and not as JSON that is parsed once more and asked for each of its members. In each line of `p_lines` there are, between U+0001:
-- the fingerprint of the meaning, the key of the finding, the canonical text before `seq` and behind it, id, meaning, account, version,
-- time, data, region, rule, type of the resource, its id, status, status before and annotation (each of the last two may be empty: not told).
CREATE FUNCTION ledger_observe(p_lane smallint, p_lines text, p_at timestamptz, OUT lines bigint[], OUT first bigint,
  OUT last bigint) LANGUAGE plpgsql SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
  head ledger_lanes;
  places bigint[];
  link text;
  net posture_steps[];
  rest finding_told[];
  news violation_news[];
  turned boolean;
  its_era text := to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM');
BEGIN
  SELECT * INTO STRICT head FROM ledger_lanes l WHERE l.lane = p_lane FOR UPDATE;
  -- A statement of its own: it sees what whoever held the lane before has committed.
  WITH told AS MATERIALIZED (
    SELECT s.nth, s.p[1]::uuid AS print, s.p[2]::uuid AS key, s.p
    FROM (SELECT r.nth, string_to_array(r.l, chr(1)) AS p
      FROM string_to_table(p_lines, chr(10)) WITH ORDINALITY AS r(l, nth) OFFSET 0) s
  ), known AS (
    -- In one order, so that two lanes never wait for each other in a circle.
    INSERT INTO fact_meanings (meaning) SELECT t.print FROM told t ORDER BY t.print
    ON CONFLICT DO NOTHING RETURNING meaning
  ), fresh AS MATERIALIZED (
    SELECT f.nth, f.key, f.p, nextval('fact_seq') AS place, f.p[8]::bigint AS version, f.p[9]::timestamptz AS occurred_at FROM (
      SELECT t.nth, t.key, t.p FROM told t
      JOIN (SELECT min(t.nth) AS nth FROM known k JOIN told t ON t.print = k.meaning GROUP BY t.print) o USING (nth)
      ORDER BY t.nth) f
  ), chained AS MATERIALIZED (
    SELECT c.places, c.nths, chain_links(head.hash, c.bodies) AS links FROM (
      SELECT array_agg(f.nth ORDER BY f.nth) AS nths, array_agg(f.place ORDER BY f.nth) AS places,
        array_agg(f.p[3] || f.place || f.p[4] ORDER BY f.nth) AS bodies FROM fresh f) c
  ), kept AS (
    INSERT INTO facts (lane, seq, era, id, meaning, type, source, account_id, version, occurred_at, recorded_at, data, hash)
    SELECT p_lane, f.place, its_era, f.p[5], f.p[6], 'ComplianceChanged', 'aws.config', f.p[7], f.version, f.occurred_at,
      p_at, f.p[10]::jsonb, l.link
    FROM (SELECT u.nth, u.link FROM chained c, unnest(c.nths, c.links) AS u(nth, link)) l JOIN fresh f USING (nth)
  ), seen AS MATERIALIZED (
    -- As in `fold_findings`.
    SELECT t.*, c.place, c.status AS was, c.key IS NULL AS is_new,
      coalesce(c.control, (SELECT min(g.control) FROM account_guardrails g
        WHERE g.account_id = t.account_id AND g.carrier = t.rule)) AS counted,
      t.again = 1 AND (c.key IS NULL OR (c.version < t.version AND c.status <> 'REMOVED')) AS newest
    FROM (SELECT f.nth, f.key, f.version, f.occurred_at, f.p[5] AS fact_id, f.p[7] AS account_id, f.p[11] AS region,
        f.p[12] AS rule, f.p[13] AS resource_type, f.p[14] AS resource_id, f.p[15] AS status, nullif(f.p[16], '') AS before,
        nullif(f.p[17], '') AS annotation, count(*) OVER (PARTITION BY f.key) AS again FROM fresh f) t
    LEFT JOIN LATERAL (SELECT ctid AS place, key, version, status, control FROM compliance c WHERE c.key = t.key OFFSET 0) c ON true
  ), changed AS (
    UPDATE compliance c SET control = s.counted, status = s.status, version = s.version, fact_id = s.fact_id,
      annotation = s.annotation, evaluated_at = s.occurred_at
    -- Nobody else writes the row while the lane is held: it is where it was seen.
    FROM seen s WHERE s.newest AND NOT s.is_new AND c.ctid = s.place
  ), found AS (
    INSERT INTO compliance (key, account_id, region, rule, resource_type, resource_id, control, status, version, fact_id,
      annotation, evaluated_at)
    SELECT key, account_id, region, rule, resource_type, resource_id, counted, status, version, fact_id, annotation,
      occurred_at FROM seen WHERE newest AND is_new
  ), remembered AS (
    INSERT INTO compliance_history (key, version, status, fact_id, recorded_at, account_id)
    SELECT key, version, status, fact_id, p_at, account_id FROM seen WHERE newest
  ), steps AS (
    SELECT account_id, version, counted, is_open(status) - coalesce(is_open(was), 0) AS open,
      is_passed(status, false) - coalesce(is_passed(was, false), 0) AS passed
    FROM seen WHERE newest AND counted IS NOT NULL
  )
  SELECT c.nths, c.places, c.links[cardinality(c.links)],
    (SELECT array_agg(ROW (account_id, version, counted, open, passed, 0, 0)::posture_steps) FROM steps
      WHERE open <> 0 OR passed <> 0),
    s.rest, s.news, s.turned
  INTO lines, places, link, net, rest, news, turned
  FROM chained c CROSS JOIN (
    SELECT array_agg(ROW (key, account_id, version, fact_id, occurred_at, p_at, region, rule, resource_type, resource_id, status,
        annotation, NULL, false)::finding_told) FILTER (WHERE NOT newest) AS rest,
      array_agg(ROW (account_id, rule, CASE WHEN newest THEN counted END, resource_id)::violation_news ORDER BY nth)
        FILTER (WHERE status = 'NON_COMPLIANT' AND before IS DISTINCT FROM 'NON_COMPLIANT') AS news,
      bool_or(status IS DISTINCT FROM before) AS turned
    FROM seen) s;
  IF lines IS NULL THEN RETURN; END IF;
  first := places[1];
  last := places[cardinality(places)];
  UPDATE ledger_lanes l SET seq = last, hash = link, facts = l.facts + cardinality(places) WHERE l.lane = p_lane;
  IF rest IS NOT NULL THEN net := net || fold_again(rest); END IF;
  PERFORM apply_posture_steps(p_lane, net);
  PERFORM note_violations(news, p_at);
  IF turned THEN PERFORM tell_turns(p_lane, first, last, p_at); END IF;
  PERFORM pg_notify('jetway_ledger', '');
END $$;--> statement-breakpoint
-- As before, but violations are counted by days alone: every batch has some of every control, and nobody asks for their months, for
-- their hours or for their number of now.
CREATE OR REPLACE FUNCTION apply_tallies(p_lane smallint, p_changes tally_change[]) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = 'force_generic_plan' AS $$
BEGIN
  IF p_changes IS NULL THEN RETURN; END IF;
  WITH hourly AS MATERIALIZED (
    SELECT h.*, month_start(h.hour) AS month FROM (
      SELECT measure, key, team, at - at % CASE measure WHEN 'violations' THEN 86400000 ELSE 3600000 END AS hour, sum(n::int) AS n
      FROM unnest(p_changes) GROUP BY 1, 2, 3, 4 HAVING sum(n::int) <> 0 OFFSET 0) h
  )
  INSERT INTO tallies (scope, measure, level, start, key, lane, n)
  SELECT s.scope, c.measure, b.level, b.start, c.key, p_lane, sum(c.n::int)
  FROM hourly c
  CROSS JOIN LATERAL (VALUES ('*'), ('team:' || c.team)) AS s(scope)
  CROSS JOIN LATERAL (VALUES (0, 0::bigint), (1, c.month), (2, c.hour - c.hour % 86400000), (3, c.hour)) AS b(level, start)
  WHERE s.scope IS NOT NULL AND (c.measure <> 'violations' OR b.level = 2)
  GROUP BY 1, 2, 3, 4, 5 HAVING sum(c.n::int) <> 0
  ORDER BY 1, 2, 3, 4, 5
  ON CONFLICT (scope, measure, level, start, key, lane) DO UPDATE SET n = tallies.n + excluded.n;
END $$;--> statement-breakpoint
-- Nobody counts meanwhile.
DO $$ BEGIN PERFORM FROM ledger_lanes ORDER BY lane FOR UPDATE; END $$;--> statement-breakpoint
DELETE FROM tallies WHERE measure = 'violations' AND level <> 2;

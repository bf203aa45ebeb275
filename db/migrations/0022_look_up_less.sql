DROP INDEX "posture_steps_at";--> statement-breakpoint
DROP INDEX "alert_lines_digest";--> statement-breakpoint
CREATE INDEX "alert_lines_digest" ON "alert_lines" USING btree ("digest_id") WHERE digest_id is not null;--> statement-breakpoint
CREATE OR REPLACE FUNCTION ledger_keep(p_lane smallint, p_lines text, p_at timestamptz, OUT lines bigint[], OUT places bigint[],
  OUT links text[], OUT told jsonb[]) LANGUAGE plpgsql AS $$
DECLARE
  head ledger_lanes;
  bodies text[];
  link text;
  its_era text := CASE WHEN p_lane = 0 THEN 'governance' ELSE to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM') END;
BEGIN
  SELECT * INTO STRICT head FROM ledger_lanes l WHERE l.lane = p_lane FOR UPDATE;
  -- A statement of its own: it sees what whoever held the lane before has committed.
  -- `OFFSET 0` keeps Postgres from parsing the text once for each use.
  WITH lines AS MATERIALIZED (
    SELECT t.nth, t.part, t.j, fingerprint(t.j ->> 'meaning') AS print, CASE WHEN p_lane = 0 THEN t.j ->> 'id' END AS id
    FROM (SELECT s.nth, s.part, (s.part[1] || '0' || s.part[2])::jsonb AS j
      FROM (SELECT r.nth, string_to_array(r.l, U&'\0002') AS part
        FROM string_to_table(p_lines, chr(10)) WITH ORDINALITY AS r(l, nth) OFFSET 0) s
      OFFSET 0) t
  ), once AS (
    SELECT DISTINCT ON (t.print) t.nth, t.print, t.id FROM lines t
    WHERE p_lane <> 0 OR NOT EXISTS (SELECT FROM facts f WHERE f.era = 'governance' AND f.id = t.id)
    ORDER BY t.print, t.nth
  ), known AS (
    -- In one order, so that two lanes never wait for each other in a circle.
    INSERT INTO fact_meanings (meaning) SELECT o.print FROM once o ORDER BY o.print
    ON CONFLICT DO NOTHING RETURNING meaning
  ), fresh AS (
    SELECT p.nth, nextval('fact_seq') AS place FROM (
      SELECT o.nth, row_number() OVER (PARTITION BY o.id ORDER BY o.nth) AS again
      FROM once o JOIN known k ON k.meaning = o.print ORDER BY o.nth) p
    WHERE p_lane <> 0 OR p.again = 1
  )
  SELECT array_agg(f.nth ORDER BY f.nth), array_agg(f.place ORDER BY f.nth), array_agg(t.j ORDER BY f.nth),
    array_agg(t.part[1] || f.place || t.part[2] ORDER BY f.nth)
  INTO lines, places, told, bodies FROM fresh f JOIN lines t USING (nth);
  IF lines IS NULL THEN RETURN; END IF;
  link := head.hash;
  FOR i IN 1 .. cardinality(lines) LOOP
    link := 'sha256:' || encode(sha256(convert_to(link || bodies[i], 'UTF8')), 'hex');
    links[i] := link;
  END LOOP;
  INSERT INTO facts (lane, seq, era, id, meaning, type, source, request_id, account_id, version, actor, occurred_at,
    recorded_at, data, hash)
  SELECT p_lane, n.place, its_era, n.j ->> 'id', n.j ->> 'meaning', n.j ->> 'type', n.j ->> 'source',
    n.j ->> 'requestId', n.j ->> 'accountId', (n.j ->> 'version')::bigint, n.j ->> 'actor',
    (n.j ->> 'occurredAt')::timestamptz, p_at, n.j -> 'data', n.link
  FROM unnest(places, links, told) AS n(place, link, j);
  UPDATE ledger_lanes l SET seq = places[cardinality(places)], hash = link, facts = l.facts + cardinality(places)
  WHERE l.lane = p_lane;
END $$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION fold_findings(p_lane smallint, p_told finding_told[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  net posture_steps[];
  rest finding_told[];
BEGIN
  IF p_told IS NULL THEN RETURN; END IF;
  -- Nearly all are the only news of their finding and newer than all that is known of it: its row says what was before.
  WITH seen AS MATERIALIZED (
    SELECT t.*, c.place, c.status AS was, c.key IS NULL AS is_new,
      coalesce(c.control, (SELECT min(g.control) FROM account_guardrails g
        WHERE g.account_id = t.account_id AND g.carrier = t.rule)) AS counted,
      NOT t.own AND t.again = 1 AND (c.key IS NULL OR (c.version < t.version AND c.status <> 'REMOVED')) AS newest
    FROM (SELECT *, count(*) OVER (PARTITION BY key) AS again FROM unnest(p_told)) t
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
    SELECT key, version, status, fact_id, recorded_at, account_id FROM seen WHERE newest
  ), steps AS (
    SELECT account_id, version, counted, is_open(status) - coalesce(is_open(was), 0) AS open,
      is_passed(status, false) - coalesce(is_passed(was, false), 0) AS passed
    FROM seen WHERE newest AND counted IS NOT NULL
  )
  SELECT (SELECT array_agg(ROW (account_id, version, counted, open, passed, 0, 0)::posture_steps) FROM steps
      WHERE open <> 0 OR passed <> 0),
    (SELECT array_agg(ROW (key, account_id, version, fact_id, occurred_at, recorded_at, region, rule, resource_type,
      resource_id, status, annotation, control, own)::finding_told) FROM seen WHERE NOT newest)
  INTO net, rest;
  IF rest IS NOT NULL THEN net := net || fold_again(rest); END IF;
  PERFORM apply_posture_steps(p_lane, net);
END $$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION note_violations(p_news violation_news[], p_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  queued bigint;
  due timestamptz := to_timestamp(floor(extract(epoch FROM p_at) / 10) * 10 + 10);
BEGIN
  IF p_news IS NULL THEN RETURN; END IF;
  WITH news AS MATERIALIZED (
    SELECT n.account_id, n.rule, n.resource_id, n.place, coalesce(n.control, (SELECT min(g.control) FROM account_guardrails g
      WHERE g.account_id = n.account_id AND g.carrier = n.rule)) AS control
    FROM unnest(p_news) WITH ORDINALITY AS n(account_id, rule, control, resource_id, place)
  ), noted AS (
    INSERT INTO alert_lines (account_id, rule, control, turned, resources, first_at)
    SELECT n.account_id, n.rule, max(n.control), count(*), (array_agg(n.resource_id ORDER BY n.place))[1:5], p_at
    FROM news n
    WHERE NOT EXISTS (SELECT FROM exceptions e WHERE e.account_id = n.account_id AND e.control = n.control
      AND (e.resource IS NULL OR e.resource = n.resource_id) AND e.state = 'ACTIVE' AND e.expires_at > p_at)
    GROUP BY n.account_id, n.rule ORDER BY n.account_id, n.rule
    ON CONFLICT (account_id, rule) WHERE digest_id IS NULL DO UPDATE SET
      turned = alert_lines.turned + excluded.turned, control = coalesce(excluded.control, alert_lines.control),
      resources = (alert_lines.resources || excluded.resources)[1:5]
    RETURNING 1
  ), message AS (
    INSERT INTO outbox (kind, key, payload, next_at)
    SELECT 'chat-alerts', 'chat-alerts:' || to_char(due AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), '{}'::jsonb, due
    WHERE EXISTS (SELECT FROM noted)
    ON CONFLICT (key) DO NOTHING RETURNING 1
  )
  SELECT count(*) INTO queued FROM message;
  IF queued > 0 THEN PERFORM pg_notify('jetway_outbox', ''); END IF;
END $$;

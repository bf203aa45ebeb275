-- An evaluation as it is folded.
CREATE TYPE finding_told AS (key uuid, account_id text, version bigint, fact_id text, occurred_at timestamptz,
  recorded_at timestamptz, region text, rule text, resource_type text, resource_id text, status text, annotation text,
  control text, own boolean);--> statement-breakpoint
-- Appends facts to a lane. Whoever calls it holds the lane from here until the end of the transaction. `lines` are canonical
-- JSON, one fact in each, recorded at `p_at`, with U+0002 in the place of `seq`: control characters are always escaped in
-- JSON, so it cannot be part of a fact. Known meanings (and, among governance, known ids) are left out. Gives the position of each line that was kept (from 1), its place, its link and what was told; all null
-- when nothing is new.
CREATE FUNCTION ledger_keep(p_lane smallint, p_lines text, p_at timestamptz, OUT lines bigint[], OUT places bigint[],
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
      SELECT o.nth, row_number() OVER (PARTITION BY coalesce(o.id, o.nth::text) ORDER BY o.nth) AS again
      FROM once o JOIN known k ON k.meaning = o.print ORDER BY o.nth) p
    WHERE p.again = 1
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
CREATE OR REPLACE FUNCTION ledger_append(p_lane smallint, p_lines text, p_at timestamptz)
RETURNS TABLE (line bigint, place bigint, link text) LANGUAGE sql AS $$
  SELECT u.nth, u.place, u.link
  FROM ledger_keep(p_lane, p_lines, p_at) k CROSS JOIN LATERAL unnest(k.lines, k.places, k.links) AS u(nth, place, link)
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION project_findings(p_lane smallint, p_after bigint, p_upto bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  told finding_told[];
BEGIN
  SELECT array_agg(ROW (finding_key(f.account_id, d.region, d.rule, d."resourceType", d."resourceId"), f.account_id,
    f.version, f.id, f.occurred_at, f.recorded_at, d.region, d.rule, d."resourceType", d."resourceId", d.status,
    d.annotation, d.control, f.source = 'jetway')::finding_told) INTO told
  FROM facts f CROSS JOIN LATERAL jsonb_to_record(f.data) AS d(region text, rule text, "resourceType" text,
    "resourceId" text, status text, annotation text, control text)
  WHERE f.lane = p_lane AND f.seq > p_after AND f.seq <= p_upto AND f.type = 'ComplianceChanged'
    AND f.account_id IS NOT NULL
    -- Our own findings speak by our own facts; an account's rule of such a name does not speak for them.
    AND starts_with(d.rule, 'jetway:') = (f.source = 'jetway');
  PERFORM fold_findings(p_lane, told);
END $$;--> statement-breakpoint
-- Folds evaluations: rows, history, postures and counters. Who calls it holds the lane. The same evaluations in any order
-- and number of calls give the same tables.
CREATE FUNCTION fold_findings(p_lane smallint, p_told finding_told[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  net posture_steps[];
  rest finding_told[];
BEGIN
  IF p_told IS NULL THEN RETURN; END IF;
  -- Nearly all are the only news of their finding and newer than all that is known of it: its row says what was before.
  WITH seen AS MATERIALIZED (
    SELECT t.*, c.status AS was, c.key IS NULL AS is_new,
      coalesce(c.control, (SELECT min(g.control) FROM account_guardrails g
        WHERE g.account_id = t.account_id AND g.carrier = t.rule)) AS counted,
      NOT t.own AND t.again = 1 AND (c.key IS NULL OR (c.version < t.version AND c.status <> 'REMOVED')) AS newest
    FROM (SELECT *, count(*) OVER (PARTITION BY key) AS again FROM unnest(p_told)) t
    LEFT JOIN LATERAL (SELECT key, version, status, control FROM compliance c WHERE c.key = t.key OFFSET 0) c ON true
  ), changed AS (
    UPDATE compliance c SET control = s.counted, status = s.status, version = s.version, fact_id = s.fact_id,
      annotation = s.annotation, evaluated_at = s.occurred_at
    FROM seen s WHERE s.newest AND NOT s.is_new AND c.key = s.key
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
-- Folds evaluations of findings of which more is told at once, or something later is known: their courses are reckoned from
-- the first of them on, before and after, and the difference is what is counted.
CREATE FUNCTION fold_again(p_told finding_told[]) RETURNS posture_steps[] LANGUAGE plpgsql AS $$
DECLARE
  net posture_steps[];
BEGIN
  WITH told AS MATERIALIZED (
    SELECT t.key, t.account_id, t.version, t.fact_id COLLATE "C" AS fact_id, t.occurred_at, t.recorded_at, t.region, t.rule,
      t.resource_type, t.resource_id, t.status, t.annotation, t.control, t.own
    FROM unnest(p_told) t
  ), found AS MATERIALIZED (
    SELECT t.key, t.account_id, t.own, min(t.version) AS since,
      CASE WHEN t.own THEN max(coalesce(t.control, t.rule)) ELSE (
        SELECT min(g.control) FROM account_guardrails g WHERE g.account_id = t.account_id AND g.carrier = t.rule)
      END AS control
    FROM told t GROUP BY t.key, t.account_id, t.own, t.rule
  ), live AS MATERIALIZED (
    -- What a control that was taken away still says is not heard.
    SELECT * FROM found f WHERE f.control IS NOT NULL OR NOT EXISTS (
      SELECT FROM compliance c WHERE c.key = f.key AND c.status = 'REMOVED')
  ), once AS MATERIALIZED (
    SELECT DISTINCT ON (t.key, t.version) t.*, l.control AS counted FROM told t JOIN live l USING (key)
    ORDER BY t.key, t.version, t.fact_id DESC
  ), old AS MATERIALIZED (
    SELECT l.key, h.version, h.status, h.fact_id COLLATE "C" AS fact_id FROM live l CROSS JOIN LATERAL (
      SELECT version, status, fact_id FROM compliance_history h WHERE h.key = l.key AND h.version < l.since
      ORDER BY h.version DESC LIMIT 1) h WHERE l.control IS NOT NULL
    UNION ALL
    SELECT l.key, h.version, h.status, h.fact_id COLLATE "C" FROM live l CROSS JOIN LATERAL (
      SELECT version, status, fact_id FROM compliance_history h WHERE h.key = l.key AND h.version >= l.since
      OFFSET 0) h WHERE l.control IS NOT NULL
  ), course AS (
    SELECT key, version, status, lag(status) OVER (PARTITION BY key ORDER BY version) AS before, 1 AS sign FROM (
      SELECT DISTINCT ON (key, version) key, version, status FROM (
        SELECT key, version, status, fact_id FROM old
        UNION ALL
        SELECT key, version, status, fact_id FROM once WHERE counted IS NOT NULL) rows_of_both
      ORDER BY key, version, fact_id DESC) after
    UNION ALL
    SELECT key, version, status, lag(status) OVER (PARTITION BY key ORDER BY version), -1 FROM old
  ), steps AS (
    SELECT l.account_id, c.version AS at, l.control,
      sum(c.sign * (is_open(c.status) - coalesce(is_open(c.before), 0))) AS open,
      sum(c.sign * (is_passed(c.status, l.own) - coalesce(is_passed(c.before, l.own), 0))) AS passed
    FROM course c JOIN live l USING (key) GROUP BY 1, 2, 3
  ), remembered AS (
    INSERT INTO compliance_history AS h (key, version, status, fact_id, recorded_at, account_id)
    SELECT key, version, status, fact_id, recorded_at, account_id FROM once ORDER BY key, version
    ON CONFLICT (key, version) DO UPDATE SET status = excluded.status, fact_id = excluded.fact_id,
      recorded_at = excluded.recorded_at
    WHERE h.fact_id COLLATE "C" < excluded.fact_id
  ), newest AS (
    INSERT INTO compliance AS c (key, account_id, region, rule, resource_type, resource_id, control, status, version,
      fact_id, annotation, evaluated_at)
    SELECT DISTINCT ON (key) key, account_id, region, rule, resource_type, resource_id, counted, status, version, fact_id,
      annotation, occurred_at
    -- Drift writes the rows of its findings itself: it knows of looks that changed nothing.
    FROM once WHERE NOT own ORDER BY key, version DESC
    ON CONFLICT (key) DO UPDATE SET control = coalesce(excluded.control, c.control), status = excluded.status,
      version = excluded.version, fact_id = excluded.fact_id, annotation = excluded.annotation,
      evaluated_at = excluded.evaluated_at
    WHERE c.version < excluded.version OR (c.version = excluded.version AND c.fact_id COLLATE "C" < excluded.fact_id)
  )
  SELECT array_agg(ROW (account_id, at, control, open, passed, 0, 0)::posture_steps) INTO net
  FROM steps WHERE open <> 0 OR passed <> 0;
  RETURN net;
END $$;--> statement-breakpoint
-- A finding that is in violation and was not before.
CREATE TYPE violation_news AS (account_id text, rule text, control text, resource_id text);--> statement-breakpoint
-- Notes violations account by account and rule by rule, and puts the message in the outbox by which people are told of all
-- of ten seconds together. What an exception covers is no news.
CREATE FUNCTION note_violations(p_news violation_news[], p_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  queued bigint;
  due timestamptz := to_timestamp(floor(extract(epoch FROM p_at) / 10) * 10 + 10);
BEGIN
  IF p_news IS NULL THEN RETURN; END IF;
  WITH news AS (
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
END $$;--> statement-breakpoint
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
  IF turned THEN
    -- One message for all of them: whoever sends it reads the facts again.
    INSERT INTO outbox (kind, key, payload, next_at)
    VALUES ('put-events', 'put-events:' || p_lane || ':' || first,
      jsonb_build_object('lane', p_lane, 'first', first, 'last', last), p_at)
    ON CONFLICT (key) DO NOTHING;
    IF EXISTS (SELECT FROM webhook_endpoints) THEN
      INSERT INTO webhook_deliveries (id, endpoint, event_type, fact_seq, next_at, created_at)
      SELECT 'msg_' || replace(gen_random_uuid()::text, '-', ''), e.name, f.type, f.seq, p_at, p_at
      FROM webhook_endpoints e JOIN facts f ON cardinality(e.events) = 0 OR f.type = ANY (e.events)
      WHERE f.lane = p_lane AND f.seq BETWEEN first AND last AND f.type = 'ComplianceChanged'
        AND f.data ->> 'status' IS DISTINCT FROM f.data ->> 'before'
      ON CONFLICT (endpoint, fact_seq) DO NOTHING;
      PERFORM pg_notify('jetway_webhooks', '');
    END IF;
    PERFORM pg_notify('jetway_outbox', '');
  END IF;
  PERFORM pg_notify('jetway_ledger', '');
END $$;
--> statement-breakpoint
-- Counts changes into the counters of now and into those of the month, day and hour in which they happened. Sums of int are
-- bigint, and sums of bigint are numeric, which is slow: a change is never as large.
CREATE OR REPLACE FUNCTION apply_tallies(p_lane smallint, p_changes tally_change[]) RETURNS void LANGUAGE sql AS $$
  WITH hourly AS MATERIALIZED (
    SELECT measure, key, team, at - at % 3600000 AS hour, sum(n::int) AS n FROM unnest(p_changes)
    GROUP BY 1, 2, 3, 4 HAVING sum(n::int) <> 0
  ), months AS MATERIALIZED (
    SELECT hour, month_start(hour) AS month FROM (SELECT DISTINCT hour FROM hourly) h
  )
  INSERT INTO tallies (scope, measure, level, start, key, lane, n)
  SELECT s.scope, c.measure, b.level, b.start, c.key, p_lane, sum(c.n::int)
  FROM hourly c JOIN months m USING (hour)
  CROSS JOIN LATERAL (VALUES ('*'), ('team:' || c.team)) AS s(scope)
  CROSS JOIN LATERAL (VALUES (0, 0::bigint), (1, m.month), (2, c.hour - c.hour % 86400000), (3, c.hour)) AS b(level, start)
  WHERE s.scope IS NOT NULL
  GROUP BY 1, 2, 3, 4, 5 HAVING sum(c.n::int) <> 0
  ORDER BY 1, 2, 3, 4, 5
  ON CONFLICT (scope, measure, level, start, key, lane) DO UPDATE SET n = tallies.n + excluded.n
$$;--> statement-breakpoint
-- Adds steps to the postures of accounts: their sums, the instants at which they turned, the counters. A step after all others
-- of its account turns it or does not. A step in the past changes what followed it: turns are reckoned from the first new
-- step on, before and after, and the difference is kept.
CREATE OR REPLACE FUNCTION apply_posture_steps(p_lane smallint, p_net posture_steps[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  changes tally_change[];
BEGIN
  IF p_net IS NULL THEN RETURN; END IF;
  WITH net AS MATERIALIZED (
    SELECT account_id, at, control, sum(open)::int AS open, sum(passed)::int AS passed, sum(detective)::int AS detective,
      sum(guardrails)::int AS guardrails
    FROM unnest(p_net) GROUP BY 1, 2, 3
    HAVING sum(open) <> 0 OR sum(passed) <> 0 OR sum(detective) <> 0 OR sum(guardrails) <> 0
  ), who AS MATERIALIZED (
    SELECT f.*, a.team, a.organizational_unit_id, coalesce(p.open, 0) AS open, coalesce(p.passed, 0) AS passed,
      coalesce(p.detective, 0) AS detective, coalesce(p.guardrails, 0) AS guardrails,
      f.since <> f.upto OR EXISTS (SELECT FROM posture_steps s WHERE s.account_id = f.account_id AND s.at >= f.since) AS late
    FROM (SELECT account_id, min(at) AS since, max(at) AS upto, sum(open) AS more_open, sum(passed) AS more_passed,
      sum(detective) AS more_detective, sum(guardrails) AS more_guardrails FROM net GROUP BY 1) f
    LEFT JOIN accounts a USING (account_id) LEFT JOIN account_posture p USING (account_id)
  ), last AS (
    SELECT account_id, since AS at, posture_state(open, passed, detective, guardrails) AS was,
      posture_state(open + more_open, passed + more_passed, detective + more_detective, guardrails + more_guardrails)
        AS becomes
    FROM who WHERE NOT late
  ), fresh AS MATERIALIZED (
    SELECT n.account_id, n.at, sum(n.open)::int AS open, sum(n.passed)::int AS passed, sum(n.detective)::int AS detective,
      sum(n.guardrails)::int AS guardrails
    FROM net n JOIN who w USING (account_id) WHERE w.late GROUP BY 1, 2
  ), known AS MATERIALIZED (
    -- Lateral, so that it is looked up account by account however many steps there are.
    SELECT w.account_id, s.* FROM who w CROSS JOIN LATERAL (
      SELECT s.at, sum(s.open)::int AS open, sum(s.passed)::int AS passed, sum(s.detective)::int AS detective,
        sum(s.guardrails)::int AS guardrails
      FROM posture_steps s WHERE s.account_id = w.account_id AND s.at >= w.since GROUP BY s.at) s
    WHERE w.late
  ), base AS (
    SELECT w.account_id, w.open - coalesce(k.open, 0) AS open, w.passed - coalesce(k.passed, 0) AS passed,
      w.detective - coalesce(k.detective, 0) AS detective, w.guardrails - coalesce(k.guardrails, 0) AS guardrails
    FROM who w LEFT JOIN (SELECT account_id, sum(open) AS open, sum(passed) AS passed, sum(detective) AS detective,
      sum(guardrails) AS guardrails FROM known GROUP BY 1) k USING (account_id)
    WHERE w.late
  ), course AS (
    SELECT account_id, at,
      posture_state(b.open + sum(coalesce(k.open, 0)) OVER upto, b.passed + sum(coalesce(k.passed, 0)) OVER upto,
        b.detective + sum(coalesce(k.detective, 0)) OVER upto, b.guardrails + sum(coalesce(k.guardrails, 0)) OVER upto) AS was,
      posture_state(b.open + sum(coalesce(k.open, 0) + coalesce(f.open, 0)) OVER upto,
        b.passed + sum(coalesce(k.passed, 0) + coalesce(f.passed, 0)) OVER upto,
        b.detective + sum(coalesce(k.detective, 0) + coalesce(f.detective, 0)) OVER upto,
        b.guardrails + sum(coalesce(k.guardrails, 0) + coalesce(f.guardrails, 0)) OVER upto) AS becomes,
      posture_state(b.open, b.passed, b.detective, b.guardrails) AS start
    FROM known k FULL JOIN fresh f USING (account_id, at) JOIN base b USING (account_id)
    WINDOW upto AS (PARTITION BY account_id ORDER BY at)
  ), turned AS (
    SELECT account_id, at, was, becomes, lag(was, 1, start) OVER inorder AS was_before,
      lag(becomes, 1, start) OVER inorder AS becomes_before
    FROM course WINDOW inorder AS (PARTITION BY account_id ORDER BY at)
  ), flips AS MATERIALIZED (
    SELECT account_id, at, state, sum(n)::int AS n FROM (
      SELECT l.account_id, l.at, turn.state, turn.n
      FROM last l CROSS JOIN LATERAL (VALUES (l.becomes, 1), (l.was, -1)) AS turn(state, n)
      WHERE l.becomes IS DISTINCT FROM l.was
      UNION ALL
      SELECT t.account_id, t.at, turn.state, turn.n
      FROM turned t CROSS JOIN LATERAL (VALUES (t.becomes, 1), (t.becomes_before, -1)) AS turn(state, n)
      WHERE t.becomes IS DISTINCT FROM t.becomes_before
      UNION ALL
      SELECT t.account_id, t.at, turn.state, turn.n
      FROM turned t CROSS JOIN LATERAL (VALUES (t.was, -1), (t.was_before, 1)) AS turn(state, n)
      WHERE t.was IS DISTINCT FROM t.was_before) turns
    WHERE state IS NOT NULL GROUP BY 1, 2, 3 HAVING sum(n) <> 0
  ), stepped AS (
    INSERT INTO posture_steps (account_id, at, control, open, passed, detective, guardrails)
    SELECT account_id, at, control, open, passed, detective, guardrails FROM net ORDER BY 1, 2, 3
    ON CONFLICT (account_id, at, control) DO UPDATE SET open = posture_steps.open + excluded.open,
      passed = posture_steps.passed + excluded.passed, detective = posture_steps.detective + excluded.detective,
      guardrails = posture_steps.guardrails + excluded.guardrails
  ), flipped AS (
    INSERT INTO posture_flips (account_id, at, state, n) SELECT account_id, at, state, n FROM flips ORDER BY 1, 2, 3
    ON CONFLICT (account_id, at, state) DO UPDATE SET n = posture_flips.n + excluded.n
  ), summed AS (
    INSERT INTO account_posture (account_id, team, organizational_unit_id, open, passed, detective, guardrails)
    SELECT account_id, team, organizational_unit_id, more_open, more_passed, more_detective, more_guardrails
    FROM who ORDER BY 1
    ON CONFLICT (account_id) DO UPDATE SET team = excluded.team,
      organizational_unit_id = excluded.organizational_unit_id, open = account_posture.open + excluded.open,
      passed = account_posture.passed + excluded.passed, detective = account_posture.detective + excluded.detective,
      guardrails = account_posture.guardrails + excluded.guardrails
  )
  SELECT array_agg(ROW (c.measure, c.key, c.team, c.at, c.n)::tally_change) INTO changes FROM (
    SELECT 'compliance' AS measure, f.state AS key, w.team, f.at, f.n::bigint AS n FROM flips f JOIN who w USING (account_id)
    UNION ALL
    -- Of everybody: a team's are few enough to be counted.
    SELECT 'violations', control, NULL, at, open FROM net WHERE open <> 0) c;
  PERFORM apply_tallies(p_lane, changes);
END $$;

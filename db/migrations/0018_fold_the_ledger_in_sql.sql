-- Appends facts to a lane, in one round trip. Whoever calls it holds the lane from here until the end of the transaction.
-- `lines` are canonical JSON, one fact in each, with U+0001 where the time of recording belongs and U+0002 in the place of
-- `seq`: control characters are always escaped in JSON, so neither can be part of a fact. Known meanings (and, among
-- governance, known ids) are left out. Returns the position of each line that was kept (from 1), its place and its link.
CREATE FUNCTION ledger_append(p_lane smallint, p_lines text, p_at timestamptz)
RETURNS TABLE (line bigint, place bigint, link text) LANGUAGE plpgsql AS $$
DECLARE
  head ledger_lanes;
  bodies text[];
  parsed jsonb[];
  lines bigint[];
  places bigint[];
  links text[];
  at_text text := to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
  its_era text := CASE WHEN p_lane = 0 THEN 'governance' ELSE to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM') END;
BEGIN
  SELECT * INTO STRICT head FROM ledger_lanes l WHERE l.lane = p_lane FOR UPDATE;
  -- A statement of its own: it sees what whoever held the lane before has committed.
  -- `OFFSET 0` keeps Postgres from parsing the text once for each use.
  WITH told AS MATERIALIZED (
    SELECT t.nth, t.body, t.j, fingerprint(t.j ->> 'meaning') AS print, t.j ->> 'id' AS id
    FROM (SELECT l.nth, l.body, replace(l.body, U&'\0002', '0')::jsonb AS j
      FROM (SELECT s.nth, replace(s.l, U&'\0001', at_text) AS body
        FROM string_to_table(p_lines, chr(10)) WITH ORDINALITY AS s(l, nth)) l OFFSET 0) t
  ), once AS (
    SELECT DISTINCT ON (t.print) t.nth, t.print, t.id FROM told t
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
    array_agg(replace(t.body, U&'\0002', f.place::text) ORDER BY f.nth)
  INTO lines, places, parsed, bodies FROM fresh f JOIN told t USING (nth);
  IF lines IS NULL THEN RETURN; END IF;
  FOR i IN 1 .. cardinality(lines) LOOP
    links[i] := 'sha256:' || encode(sha256(convert_to(coalesce(links[i - 1], head.hash) || bodies[i], 'UTF8')), 'hex');
  END LOOP;
  INSERT INTO facts (lane, seq, era, id, meaning, type, source, request_id, account_id, version, actor, occurred_at,
    recorded_at, data, hash)
  SELECT p_lane, n.place, its_era, n.j ->> 'id', n.j ->> 'meaning', n.j ->> 'type', n.j ->> 'source',
    n.j ->> 'requestId', n.j ->> 'accountId', (n.j ->> 'version')::bigint, n.j ->> 'actor',
    (n.j ->> 'occurredAt')::timestamptz, p_at, n.j -> 'data', n.link
  FROM unnest(places, links, parsed) AS n(place, link, j);
  UPDATE ledger_lanes l SET seq = places[cardinality(places)], hash = links[cardinality(links)],
    facts = l.facts + cardinality(places) WHERE l.lane = p_lane;
  RETURN QUERY SELECT u.nth, u.place, u.link FROM unnest(lines, places, links) AS u(nth, place, link);
END $$;--> statement-breakpoint
CREATE FUNCTION month_start(ms bigint) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT (extract(epoch FROM date_trunc('month', to_timestamp(ms / 1000.0) AT TIME ZONE 'UTC') AT TIME ZONE 'UTC') * 1000)::bigint
$$;--> statement-breakpoint
-- How an account stands; null while it has no guardrail of ours.
CREATE FUNCTION posture_state(open bigint, passed bigint, detective bigint, guardrails bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN guardrails <= 0 THEN NULL WHEN open > 0 THEN 'nonCompliant'
    WHEN passed > 0 OR detective <= 0 THEN 'compliant' ELSE 'unknown' END
$$;--> statement-breakpoint
CREATE TYPE tally_change AS (measure text, key text, team text, at bigint, n bigint);--> statement-breakpoint
-- Counts changes into the counters of now and into those of the month, day and hour in which they happened.
CREATE FUNCTION apply_tallies(p_lane smallint, p_changes tally_change[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO tallies (scope, measure, level, start, key, lane, n)
  SELECT s.scope, c.measure, b.level, b.start, c.key, p_lane, sum(c.n)
  FROM (SELECT measure, key, team, at, sum(n) AS n FROM unnest(p_changes) GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0) c
  CROSS JOIN LATERAL (VALUES ('*'), ('team:' || c.team)) AS s(scope)
  CROSS JOIN LATERAL (VALUES (0, 0::bigint), (1, month_start(c.at)), (2, c.at - c.at % 86400000), (3, c.at - c.at % 3600000))
    AS b(level, start)
  WHERE s.scope IS NOT NULL
  GROUP BY 1, 2, 3, 4, 5 HAVING sum(c.n) <> 0
  ORDER BY 1, 2, 3, 4, 5
  ON CONFLICT (scope, measure, level, start, key, lane) DO UPDATE SET n = tallies.n + excluded.n
$$;--> statement-breakpoint
-- Adds steps to the postures of accounts: their sums, the instants at which they turned, the counters. A step in the past
-- changes what followed it: turns are reckoned from the first new step on, before and after, and the difference is kept.
CREATE FUNCTION apply_posture_steps(p_lane smallint, p_net posture_steps[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  changes tally_change[];
BEGIN
  IF p_net IS NULL THEN RETURN; END IF;
  WITH net AS MATERIALIZED (
    SELECT account_id, at, control, sum(open)::int AS open, sum(passed)::int AS passed, sum(detective)::int AS detective,
      sum(guardrails)::int AS guardrails
    FROM unnest(p_net) GROUP BY 1, 2, 3
    HAVING sum(open) <> 0 OR sum(passed) <> 0 OR sum(detective) <> 0 OR sum(guardrails) <> 0
  ), fresh AS MATERIALIZED (
    SELECT account_id, at, sum(open) AS open, sum(passed) AS passed, sum(detective) AS detective, sum(guardrails) AS guardrails
    FROM net GROUP BY 1, 2
  ), who AS MATERIALIZED (
    SELECT f.account_id, f.since, a.team, a.organizational_unit_id, coalesce(p.open, 0) AS open,
      coalesce(p.passed, 0) AS passed, coalesce(p.detective, 0) AS detective, coalesce(p.guardrails, 0) AS guardrails
    FROM (SELECT account_id, min(at) AS since FROM fresh GROUP BY 1) f
    LEFT JOIN accounts a USING (account_id) LEFT JOIN account_posture p USING (account_id)
  ), known AS MATERIALIZED (
    -- Lateral, so that it is looked up account by account however many steps there are.
    SELECT w.account_id, s.* FROM who w CROSS JOIN LATERAL (
      SELECT s.at, sum(s.open) AS open, sum(s.passed) AS passed, sum(s.detective) AS detective,
        sum(s.guardrails) AS guardrails
      FROM posture_steps s WHERE s.account_id = w.account_id AND s.at >= w.since GROUP BY s.at) s
  ), base AS (
    SELECT w.account_id, w.open - coalesce(k.open, 0) AS open, w.passed - coalesce(k.passed, 0) AS passed,
      w.detective - coalesce(k.detective, 0) AS detective, w.guardrails - coalesce(k.guardrails, 0) AS guardrails
    FROM who w LEFT JOIN (SELECT account_id, sum(open) AS open, sum(passed) AS passed, sum(detective) AS detective,
      sum(guardrails) AS guardrails FROM known GROUP BY 1) k USING (account_id)
  ), course AS (
    SELECT account_id, at,
      posture_state((b.open + sum(coalesce(k.open, 0)) OVER upto)::bigint,
        (b.passed + sum(coalesce(k.passed, 0)) OVER upto)::bigint,
        (b.detective + sum(coalesce(k.detective, 0)) OVER upto)::bigint,
        (b.guardrails + sum(coalesce(k.guardrails, 0)) OVER upto)::bigint) AS was,
      posture_state((b.open + sum(coalesce(k.open, 0) + coalesce(f.open, 0)) OVER upto)::bigint,
        (b.passed + sum(coalesce(k.passed, 0) + coalesce(f.passed, 0)) OVER upto)::bigint,
        (b.detective + sum(coalesce(k.detective, 0) + coalesce(f.detective, 0)) OVER upto)::bigint,
        (b.guardrails + sum(coalesce(k.guardrails, 0) + coalesce(f.guardrails, 0)) OVER upto)::bigint) AS becomes,
      posture_state(b.open::bigint, b.passed::bigint, b.detective::bigint, b.guardrails::bigint) AS start
    FROM known k FULL JOIN fresh f USING (account_id, at) JOIN base b USING (account_id)
    WINDOW upto AS (PARTITION BY account_id ORDER BY at)
  ), turned AS (
    SELECT account_id, at, was, becomes, lag(was, 1, start) OVER inorder AS was_before,
      lag(becomes, 1, start) OVER inorder AS becomes_before
    FROM course WINDOW inorder AS (PARTITION BY account_id ORDER BY at)
  ), flips AS MATERIALIZED (
    SELECT account_id, at, state, sum(n)::int AS n FROM (
      SELECT account_id, at, becomes AS state, 1 AS n FROM turned WHERE becomes IS DISTINCT FROM becomes_before
      UNION ALL
      SELECT account_id, at, becomes_before, -1 FROM turned WHERE becomes IS DISTINCT FROM becomes_before
      UNION ALL
      SELECT account_id, at, was, -1 FROM turned WHERE was IS DISTINCT FROM was_before
      UNION ALL
      SELECT account_id, at, was_before, 1 FROM turned WHERE was IS DISTINCT FROM was_before) turns
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
    SELECT w.account_id, w.team, w.organizational_unit_id, sum(f.open), sum(f.passed), sum(f.detective), sum(f.guardrails)
    FROM who w JOIN fresh f USING (account_id) GROUP BY 1, 2, 3 ORDER BY 1
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
END $$;--> statement-breakpoint
-- What a status of a finding counts for. Our own findings (drift) are open or not; only Config's say that something passed.
CREATE FUNCTION is_open(status text) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN status = 'NON_COMPLIANT' THEN 1 ELSE 0 END
$$;--> statement-breakpoint
CREATE FUNCTION is_passed(status text, own boolean) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN NOT own AND status IN ('COMPLIANT', 'NOT_APPLICABLE') THEN 1 ELSE 0 END
$$;--> statement-breakpoint
-- Folds the ComplianceChanged facts of a lane between two places. Who calls it holds the lane. The same facts in any order
-- and number of calls give the same tables.
CREATE FUNCTION project_findings(p_lane smallint, p_after bigint, p_upto bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  net posture_steps[];
BEGIN
  WITH told AS MATERIALIZED (
    SELECT finding_key(f.account_id, d.region, d.rule, d."resourceType", d."resourceId") AS key, f.account_id, f.version,
      f.id COLLATE "C" AS fact_id, f.occurred_at, f.recorded_at, d.region, d.rule, d."resourceType" AS resource_type,
      d."resourceId" AS resource_id, d.status, d.annotation, d.control, f.source = 'jetway' AS own
    FROM facts f CROSS JOIN LATERAL jsonb_to_record(f.data) AS d(region text, rule text, "resourceType" text,
      "resourceId" text, status text, annotation text, control text)
    WHERE f.lane = p_lane AND f.seq > p_after AND f.seq <= p_upto AND f.type = 'ComplianceChanged'
      AND f.account_id IS NOT NULL
      -- Our own findings speak by our own facts; an account's rule of such a name does not speak for them.
      AND starts_with(d.rule, 'jetway:') = (f.source = 'jetway')
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
  PERFORM apply_posture_steps(p_lane, net);
END $$;--> statement-breakpoint
-- Findings that were told before anybody knew of which control: they count from when they were true.
CREATE FUNCTION adopt_findings(p_lane smallint, p_accounts text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  net posture_steps[];
BEGIN
  WITH adopted AS (
    UPDATE compliance c SET control = g.control FROM account_guardrails g
    WHERE c.control IS NULL AND c.account_id = ANY (p_accounts) AND g.account_id = c.account_id AND g.carrier = c.rule
      AND NOT starts_with(c.rule, 'jetway:')
    RETURNING c.key, c.account_id, g.control
  ), course AS (
    SELECT a.account_id, a.control, h.version, h.status, lag(h.status) OVER (PARTITION BY h.key ORDER BY h.version) AS before
    FROM adopted a JOIN compliance_history h USING (key))
  SELECT array_agg(ROW (account_id, version, control, is_open(status) - coalesce(is_open(before), 0),
    is_passed(status, false) - coalesce(is_passed(before, false), 0), 0, 0)::posture_steps) INTO net FROM course;
  PERFORM apply_posture_steps(p_lane, net);
END $$;--> statement-breakpoint
-- What was found by controls that a changed account no longer has says nothing any more, whenever it is told. It ends with
-- the control.
CREATE FUNCTION end_removed_findings(p_lane smallint, p_accounts text[], p_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  net posture_steps[];
BEGIN
  WITH gone AS MATERIALIZED (
    SELECT c.key, c.account_id, c.status, c.rule, starts_with(c.rule, 'jetway:') AS own,
      coalesce(c.control, CASE WHEN starts_with(c.rule, 'jetway:') THEN c.rule END) AS control,
      greatest(c.version + 1, coalesce((SELECT max(s.to_at) FROM guardrail_spans s
        WHERE s.account_id = c.account_id AND s.control = c.control),
        (extract(epoch FROM date_trunc('milliseconds', p_at)) * 1000)::bigint)) AS at
    FROM compliance c JOIN accounts a ON a.account_id = c.account_id AND a.plan_request_id <> a.request_id
    WHERE c.account_id = ANY (p_accounts) AND c.status <> 'REMOVED'
      AND NOT EXISTS (SELECT FROM account_guardrails g WHERE g.account_id = c.account_id
        AND (g.carrier = c.rule OR (g.control = c.control AND starts_with(c.rule, 'jetway:'))))
      AND (c.control IS NOT NULL OR c.rule IN (
        SELECT once ->> 'ruleName' FROM request_views v
        JOIN facts f ON f.request_id = v.request_id AND f.era = 'governance'
        CROSS JOIN LATERAL jsonb_array_elements(f.data -> 'detective') once
        WHERE v.account_id = a.account_id AND f.type = 'GuardrailsAttached' AND jsonb_typeof(f.data -> 'detective') = 'array'))
  ), ended AS (
    UPDATE compliance c SET status = 'REMOVED', version = g.at, annotation = NULL FROM gone g WHERE c.key = g.key
  ), remembered AS (
    INSERT INTO compliance_history (key, version, status, fact_id, recorded_at, account_id)
    SELECT key, at, 'REMOVED', 'removed', p_at, account_id FROM gone ORDER BY 1
    ON CONFLICT (key, version) DO NOTHING)
  SELECT array_agg(ROW (account_id, at, control, -is_open(status), -is_passed(status, own), 0, 0)::posture_steps) INTO net
  FROM gone WHERE control IS NOT NULL AND (is_open(status) <> 0 OR is_passed(status, own) <> 0);
  PERFORM apply_posture_steps(p_lane, net);
END $$;--> statement-breakpoint
-- Replaces the guardrail spans of accounts by those that were folded anew: `[{accountId, control, kind, fromAt, toAt}]`.
CREATE FUNCTION set_guardrail_spans(p_lane smallint, p_accounts text[], p_spans jsonb, p_at timestamptz) RETURNS void
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
    INSERT INTO guardrail_spans AS s (account_id, control, kind, from_at, to_at, known_at)
    SELECT account_id, control, kind, from_at, to_at, p_at FROM wanted ORDER BY 1, 2, 4
    ON CONFLICT (account_id, control, from_at) DO UPDATE SET kind = excluded.kind, to_at = excluded.to_at,
      known_at = excluded.known_at
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
-- Replaces the spans of accounts: `[{accountId, fromAt, toAt, status, organizationalUnitId, team}]`.
CREATE FUNCTION set_account_spans(p_lane smallint, p_accounts text[], p_spans jsonb, p_at timestamptz) RETURNS void
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
    INSERT INTO account_spans AS s (account_id, from_at, to_at, status, organizational_unit_id, team, known_at)
    SELECT account_id, from_at, to_at, status, organizational_unit_id, team, p_at FROM wanted ORDER BY 1, 2
    ON CONFLICT (account_id, from_at) DO UPDATE SET to_at = excluded.to_at, status = excluded.status,
      organizational_unit_id = excluded.organizational_unit_id, team = excluded.team, known_at = excluded.known_at
    WHERE (s.to_at, s.status, s.organizational_unit_id, s.team) IS DISTINCT FROM
      (excluded.to_at, excluded.status, excluded.organizational_unit_id, excluded.team))
  SELECT array_agg(ROW ('accounts', x.status, x.team, e.at, x.sign * e.sign)::tally_change) INTO changes FROM (
    SELECT status, team, from_at, to_at, 1 AS sign FROM wanted
    UNION ALL
    SELECT status, team, from_at, to_at, -1 FROM old) x
  CROSS JOIN LATERAL (VALUES (x.from_at, 1), (x.to_at, -1)) AS e(at, sign) WHERE e.at IS NOT NULL;
  PERFORM apply_tallies(p_lane, changes);
END $$;--> statement-breakpoint
-- What a reading of the organization says of accounts that no request of ours made, or that have ended, from when it was
-- read on. The others have the spans of their request.
CREATE FUNCTION span_observed_accounts(p_lane smallint, p_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
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
    UPDATE account_spans s SET to_at = c.since FROM changed c
    WHERE s.account_id = c.account_id AND s.from_at = c.open_from
  ), opened AS (
    INSERT INTO account_spans (account_id, from_at, to_at, status, organizational_unit_id, team, known_at)
    SELECT account_id, since, NULL, status, organizational_unit_id, team, p_at FROM changed ORDER BY 1)
  SELECT array_agg(ROW ('accounts', e.status, e.team, c.since, e.n)::tally_change) INTO changes
  FROM changed c CROSS JOIN LATERAL (VALUES (c.status, c.team, 1), (c.was, c.was_of, -1)) AS e(status, team, n)
  WHERE e.status IS NOT NULL;
  PERFORM apply_tallies(p_lane, changes);
  -- An account that was moved or given to another team stands where it is now.
  UPDATE account_posture p SET team = a.team, organizational_unit_id = a.organizational_unit_id FROM accounts a
  WHERE a.account_id = p.account_id
    AND (p.team, p.organizational_unit_id) IS DISTINCT FROM (a.team, a.organizational_unit_id);
END $$;--> statement-breakpoint
-- Observations of AWS: appended, folded and passed on in one round trip, which is a transaction of its own unless the caller
-- has one. Returns the positions of the lines that were new and the places of the first and the last.
CREATE FUNCTION ledger_ingest(p_lane smallint, p_lines text, p_at timestamptz, OUT lines bigint[], OUT first bigint,
  OUT last bigint) LANGUAGE plpgsql AS $$
BEGIN
  SELECT array_agg(a.line ORDER BY a.line), min(a.place), max(a.place) INTO lines, first, last
  FROM ledger_append(p_lane, p_lines, p_at) a;
  IF last IS NULL THEN RETURN; END IF;
  PERFORM project_findings(p_lane, first - 1, last);
  -- One message for all of them: whoever sends it reads the facts again.
  IF EXISTS (SELECT FROM facts f WHERE f.lane = p_lane AND f.seq BETWEEN first AND last AND f.type = 'ComplianceChanged'
    AND f.data ->> 'status' IS DISTINCT FROM f.data ->> 'before') THEN
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
END $$;--> statement-breakpoint
-- Makes the part of facts for a month (`2026-11`). Security definer: only the owner of the tables makes tables.
CREATE FUNCTION ledger_add_era(month text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
  part text := 'facts_' || replace(month, '-', '_');
BEGIN
  IF month !~ '^\d{4}-(0[1-9]|1[0-2])$' THEN RAISE EXCEPTION 'not a month: %', month; END IF;
  IF to_regclass(part) IS NOT NULL THEN RETURN false; END IF;
  -- Whatever came before its part was made stays where it is: a part cannot take over rows that may not be moved.
  IF EXISTS (SELECT FROM facts_unplaced WHERE era = month LIMIT 1) THEN RETURN false; END IF;
  EXECUTE format('CREATE TABLE %I PARTITION OF facts FOR VALUES IN (%L)', part, month);
  EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', part);
  EXECUTE format('REVOKE ALL ON %I FROM jetway_app', part);
  EXECUTE format('CREATE TRIGGER facts_are_never_truncated BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_fact_change()', part);
  RETURN true;
END $$;--> statement-breakpoint
REVOKE ALL ON FUNCTION ledger_add_era(text) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION ledger_add_era(text) TO jetway_app;--> statement-breakpoint
SELECT span_observed_accounts(0::smallint, now());--> statement-breakpoint
-- What was found so far: its history, as far as the facts tell it.
SELECT project_findings(0::smallint, 0, (SELECT max(seq) FROM ledger_lanes));

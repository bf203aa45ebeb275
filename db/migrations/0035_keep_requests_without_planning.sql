-- What is known of an id is looked up by the key, however little Postgres knows of how many facts there are.
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
    -- One look by the key for each line: as NOT EXISTS it may become a walk through all that there is.
    WHERE p_lane <> 0 OR (SELECT f.id FROM facts f WHERE f.era = 'governance' AND f.id = t.id LIMIT 1) IS NULL
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
-- Its statements are the same for one request and for fifty: to plan them anew with every call, as Postgres would for the sake
-- of the values, takes longer than most of them run.
ALTER FUNCTION keep_requests(jsonb, text, text, jsonb, text, jsonb, timestamptz, int) SET plan_cache_mode = force_generic_plan;

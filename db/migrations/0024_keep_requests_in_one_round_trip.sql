-- Keeps requests: each with everything that it holds, its plan, its facts, what is put to its approvers, how it is seen and
-- the order to start its workflow, or not at all. The constraints decide, whatever planners thought.
-- `given`: one member for each request; `bodies` and `plans`: a line of JSON for each; `lines`: the facts as the ledger
-- wants them, of which `told` says whose they are. Answers with the ids of those that were kept.
CREATE FUNCTION keep_requests(given jsonb, bodies text, plans text, told jsonb, lines text, views jsonb, p_at timestamptz,
  most int) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  kept text[];
  lost text[];
  its_lines text;
  ids text[];
  types text[];
  outbound boolean[];
  numbers bigint[];
  places bigint[];
BEGIN
  -- Nobody else is between here and the commit: what is counted now is true then.
  PERFORM FROM ledger_lanes l WHERE l.lane = 0 FOR UPDATE;
  WITH g AS MATERIALIZED (
    SELECT r.*, row_number() OVER (PARTITION BY r.team ORDER BY r.n) AS place
    FROM jsonb_to_recordset(given) AS r(n int, id text, kind text, team text, subject text, key text, body_digest text,
      plan_digest text, created_at timestamptz, email text, name text, block cidr)),
  email AS (
    INSERT INTO email_holds (email_canonical, request_id) SELECT g.email, g.id FROM g WHERE g.email IS NOT NULL ORDER BY g.n
    ON CONFLICT DO NOTHING RETURNING request_id),
  name AS (
    INSERT INTO name_holds (key, request_id) SELECT g.name, g.id FROM g WHERE g.name IS NOT NULL ORDER BY g.n
    ON CONFLICT DO NOTHING RETURNING request_id),
  block AS (
    INSERT INTO cidr_holds (request_id, block) SELECT g.id, g.block FROM g WHERE g.block IS NOT NULL ORDER BY g.n
    ON CONFLICT DO NOTHING RETURNING request_id),
  written AS (
    INSERT INTO account_requests (id, kind, team, requested_by, idempotency_key, body_digest, body, plan_digest,
      plan_text, created_at)
    SELECT g.id, g.kind, g.team, g.subject, g.key, g.body_digest, t.body::jsonb, g.plan_digest, t.plan, g.created_at
    FROM ROWS FROM (string_to_table(bodies, chr(10)), string_to_table(plans, chr(10))) WITH ORDINALITY AS t(body, plan, n)
    JOIN g ON g.n = t.n
    WHERE (g.email IS NULL OR g.id IN (SELECT request_id FROM email))
      AND (g.name IS NULL OR g.id IN (SELECT request_id FROM name))
      AND (g.block IS NULL OR g.id IN (SELECT request_id FROM block))
      AND g.place + (SELECT count(*) FROM request_views v WHERE v.team = g.team
        AND v.status IN ('PLANNED', 'AWAITING_APPROVAL', 'QUEUED')) <= most
    ON CONFLICT DO NOTHING RETURNING id)
  SELECT array_agg(w.id) INTO kept FROM written w;
  kept := coalesce(kept, '{}');
  IF cardinality(kept) < jsonb_array_length(given) THEN
    -- Of what the others wanted, a part was theirs for a moment.
    SELECT array_agg(r ->> 'id') INTO lost FROM jsonb_array_elements(given) r WHERE NOT (r ->> 'id') = ANY (kept);
    DELETE FROM email_holds WHERE request_id = ANY (lost);
    DELETE FROM name_holds WHERE request_id = ANY (lost);
    DELETE FROM cidr_holds WHERE request_id = ANY (lost);
    IF cardinality(kept) = 0 THEN RETURN kept; END IF;
  END IF;
  INSERT INTO asked_approvers (request_id, asked, requested_by)
  SELECT r.id, a.asked, r.asker
  FROM jsonb_to_recordset(given) AS r(id text, asker text, asked text[]) CROSS JOIN LATERAL unnest(r.asked) AS a(asked)
  WHERE r.id = ANY (kept);
  SELECT string_agg(l.line, chr(10) ORDER BY l.n), array_agg(f.id ORDER BY l.n), array_agg(f.type ORDER BY l.n),
    array_agg(f.outbound ORDER BY l.n)
  INTO its_lines, ids, types, outbound
  FROM string_to_table(lines, chr(10)) WITH ORDINALITY AS l(line, n)
  JOIN jsonb_to_recordset(told) AS f(n int, request text, id text, type text, outbound boolean) ON f.n = l.n
  WHERE f.request = ANY (kept);
  SELECT array_agg(a.line), array_agg(a.place) INTO numbers, places FROM ledger_append(0::smallint, its_lines, p_at) a;
  INSERT INTO outbox (kind, key, payload, next_at)
  SELECT 'put-event', 'put-event:' || ids[f.line], jsonb_build_object('seq', f.place), p_at
  FROM unnest(numbers, places) AS f(line, place) WHERE outbound[f.line] ORDER BY f.place
  ON CONFLICT (key) DO NOTHING;
  INSERT INTO outbox (kind, key, payload, next_at)
  SELECT 'start-execution', 'start-execution:' || k.id || ':0', jsonb_build_object('requestId', k.id), p_at
  FROM unnest(kept) AS k(id)
  ON CONFLICT (key) DO NOTHING;
  IF EXISTS (SELECT FROM webhook_endpoints) THEN
    INSERT INTO webhook_deliveries (id, endpoint, event_type, fact_seq, next_at, created_at)
    SELECT 'msg_' || replace(gen_random_uuid()::text, '-', ''), e.name, types[f.line], f.place, p_at, p_at
    FROM webhook_endpoints e
    JOIN unnest(numbers, places) AS f(line, place) ON cardinality(e.events) = 0 OR types[f.line] = ANY (e.events)
    WHERE outbound[f.line]
    ON CONFLICT (endpoint, fact_seq) DO NOTHING;
    IF FOUND THEN PERFORM pg_notify('jetway_webhooks', ''); END IF;
  END IF;
  INSERT INTO request_views (request_id, team, status, terminal, account_id, account_name, organizational_unit_id, view,
    created_at, updated_at)
  SELECT v.* FROM jsonb_to_recordset(views) AS v(request_id text, team text, status text, terminal boolean,
    account_id text, account_name text, organizational_unit_id text, view jsonb, created_at timestamptz,
    updated_at timestamptz)
  WHERE v.request_id = ANY (kept) ORDER BY v.request_id;
  PERFORM pg_notify('jetway_outbox', '');
  PERFORM pg_notify('jetway_ledger', k.id) FROM unnest(kept) AS k(id);
  RETURN kept;
END $$;

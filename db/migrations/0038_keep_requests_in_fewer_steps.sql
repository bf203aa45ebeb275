DROP INDEX "request_views_account";--> statement-breakpoint
CREATE INDEX "accounts_name" ON "accounts" USING btree ("organizational_unit_id",lower(name));--> statement-breakpoint
CREATE INDEX "request_views_waiting" ON "request_views" USING btree ("team") WHERE status in ('PLANNED', 'AWAITING_APPROVAL', 'QUEUED');--> statement-breakpoint
CREATE INDEX "request_views_account" ON "request_views" USING btree ("account_id") WHERE account_id is not null;--> statement-breakpoint
-- A plan is 18 kB of text, and to compress it as Postgres does by default takes longer than all that is written besides. Where lz4
-- was built in, it compresses as well at a fraction of the time; elsewhere plans are written as they are.
DO $$ BEGIN
  ALTER TABLE account_requests ALTER COLUMN plan_text SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  ALTER TABLE account_requests ALTER COLUMN plan_text SET STORAGE EXTERNAL;
END $$;--> statement-breakpoint
-- The same rule by a tree of prefixes: among 10,000 blocks, most of them neighbours, it takes an eighth of the time to keep one more.
ALTER TABLE cidr_holds DROP CONSTRAINT cidr_holds_do_not_overlap;--> statement-breakpoint
ALTER TABLE cidr_holds ADD CONSTRAINT cidr_holds_do_not_overlap EXCLUDE USING spgist (block inet_ops WITH &&);--> statement-breakpoint
-- As before, in fewer steps: what is asked is read once, what cannot be known is not looked for, and facts are appended here.
CREATE OR REPLACE FUNCTION keep_requests(given jsonb, bodies text, plans text, told jsonb, lines text, views jsonb, p_at timestamptz,
  most int) RETURNS text[] LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  sent int := jsonb_array_length(given);
  -- The text of one alone is not looked through for an end of a line.
  body_of text[] := CASE WHEN sent = 1 THEN ARRAY[bodies] ELSE string_to_array(bodies, chr(10)) END;
  plan_of text[] := CASE WHEN sent = 1 THEN ARRAY[plans] ELSE string_to_array(plans, chr(10)) END;
  kept text[];
  lost text[];
  link text;
  line text;
  nth int := 0;
  facts_kept int := 0;
  place bigint;
  places bigint[];
  links text[];
  words jsonb[];
  outbound boolean[];
BEGIN
  -- Nobody else is between here and the commit: what is counted now is true then.
  SELECT l.hash INTO STRICT link FROM ledger_lanes l WHERE l.lane = 0 FOR UPDATE;
  WITH g AS MATERIALIZED (
    -- Counted once for each team, however many it sends.
    SELECT r.*, max(CASE WHEN r.place = 1 THEN (SELECT count(*) FROM request_views v WHERE v.team = r.team
      AND v.status IN ('PLANNED', 'AWAITING_APPROVAL', 'QUEUED')) END) OVER (PARTITION BY r.team) AS pending
    FROM (
      SELECT r.*, row_number() OVER (PARTITION BY r.team ORDER BY r.n) AS place
      FROM jsonb_to_recordset(given) AS r(n int, id text, kind text, team text, subject text, key text, body_digest text,
        plan_digest text, created_at timestamptz, email text, name text, block cidr)) r
    -- Who came first has what two want.
    ORDER BY r.n),
  email AS (
    INSERT INTO email_holds (email_canonical, request_id) SELECT g.email, g.id FROM g WHERE g.email IS NOT NULL
    ON CONFLICT DO NOTHING RETURNING request_id),
  name AS (
    INSERT INTO name_holds (key, request_id) SELECT g.name, g.id FROM g WHERE g.name IS NOT NULL
    ON CONFLICT DO NOTHING RETURNING request_id),
  block AS (
    INSERT INTO cidr_holds (request_id, block) SELECT g.id, g.block FROM g WHERE g.block IS NOT NULL
    ON CONFLICT DO NOTHING RETURNING request_id),
  written AS (
    INSERT INTO account_requests (id, kind, team, requested_by, idempotency_key, body_digest, body, plan_digest,
      plan_text, created_at)
    SELECT g.id, g.kind, g.team, g.subject, g.key, g.body_digest, body_of[g.n]::jsonb, g.plan_digest, plan_of[g.n], g.created_at
    FROM g
    WHERE (g.email IS NULL OR g.id IN (SELECT request_id FROM email))
      AND (g.name IS NULL OR g.id IN (SELECT request_id FROM name))
      AND (g.block IS NULL OR g.id IN (SELECT request_id FROM block))
      AND g.place + g.pending <= most
    ON CONFLICT DO NOTHING RETURNING id)
  SELECT array_agg(w.id) INTO kept FROM written w;
  kept := coalesce(kept, '{}');
  IF cardinality(kept) < sent THEN
    -- Of what the others wanted, a part was theirs for a moment.
    SELECT array_agg(r ->> 'id') INTO lost FROM jsonb_array_elements(given) r WHERE NOT (r ->> 'id') = ANY (kept);
    DELETE FROM email_holds WHERE request_id = ANY (lost);
    DELETE FROM name_holds WHERE request_id = ANY (lost);
    DELETE FROM cidr_holds WHERE request_id = ANY (lost);
    IF cardinality(kept) = 0 THEN RETURN kept; END IF;
  END IF;
  -- The chain grows as `ledger_keep` grows it, without asking whether a fact is known.
  FOREACH line IN ARRAY string_to_array(lines, chr(10)) LOOP
    nth := nth + 1;
    IF lost IS NULL OR (told -> (nth - 1) ->> 'request') = ANY (kept) THEN
      facts_kept := facts_kept + 1;
      place := nextval('fact_seq');
      link := 'sha256:' || encode(sha256(convert_to(link || replace(line, U&'\0002', place::text), 'UTF8')), 'hex');
      places[facts_kept] := place;
      links[facts_kept] := link;
      words[facts_kept] := replace(line, U&'\0002', '0')::jsonb;
      outbound[facts_kept] := (told -> (nth - 1) -> 'outbound')::boolean;
    END IF;
  END LOOP;
  -- Of a request that was not there a moment ago nothing was told: should something be known all the same, its key refuses it.
  INSERT INTO fact_meanings (meaning) SELECT fingerprint(t.j ->> 'meaning') FROM unnest(words) AS t(j);
  INSERT INTO facts (lane, seq, era, id, meaning, type, source, request_id, account_id, version, actor, occurred_at,
    recorded_at, data, hash)
  SELECT 0, t.place, 'governance', t.j ->> 'id', t.j ->> 'meaning', t.j ->> 'type', t.j ->> 'source',
    t.j ->> 'requestId', t.j ->> 'accountId', (t.j ->> 'version')::bigint, t.j ->> 'actor',
    (t.j ->> 'occurredAt')::timestamptz, p_at, t.j -> 'data', t.link
  FROM unnest(places, links, words) AS t(place, link, j);
  UPDATE ledger_lanes l SET seq = place, hash = link, facts = l.facts + facts_kept WHERE l.lane = 0;
  INSERT INTO asked_approvers (request_id, asked, requested_by)
  SELECT r.id, a.asked, r.asker
  FROM jsonb_to_recordset(given) AS r(id text, asker text, asked text[]) CROSS JOIN LATERAL unnest(r.asked) AS a(asked)
  WHERE r.id = ANY (kept);
  INSERT INTO outbox (kind, key, payload, next_at)
  SELECT 'put-event', 'put-event:' || (t.j ->> 'id'), jsonb_build_object('seq', t.place), p_at
  FROM unnest(places, words, outbound) AS t(place, j, outbound) WHERE t.outbound
  UNION ALL
  SELECT 'start-execution', 'start-execution:' || k.id || ':0', jsonb_build_object('requestId', k.id), p_at
  FROM unnest(kept) AS k(id);
  INSERT INTO request_views (request_id, team, status, terminal, account_id, account_name, organizational_unit_id, view,
    created_at, updated_at)
  SELECT v.* FROM jsonb_to_recordset(views) AS v(request_id text, team text, status text, terminal boolean,
    account_id text, account_name text, organizational_unit_id text, view jsonb, created_at timestamptz,
    updated_at timestamptz)
  WHERE v.request_id = ANY (kept);
  IF EXISTS (SELECT FROM webhook_endpoints) THEN
    INSERT INTO webhook_deliveries (id, endpoint, event_type, fact_seq, next_at, created_at)
    SELECT 'msg_' || replace(gen_random_uuid()::text, '-', ''), e.name, t.j ->> 'type', t.place, p_at, p_at
    FROM webhook_endpoints e
    JOIN unnest(places, words, outbound) AS t(place, j, outbound)
      ON cardinality(e.events) = 0 OR (t.j ->> 'type') = ANY (e.events)
    WHERE t.outbound
    ON CONFLICT (endpoint, fact_seq) DO NOTHING;
    IF FOUND THEN PERFORM pg_notify('jetway_webhooks', ''); END IF;
  END IF;
  PERFORM pg_notify('jetway_outbox', ''), pg_notify('jetway_ledger', k.id) FROM unnest(kept) AS k(id);
  RETURN kept;
END $$;

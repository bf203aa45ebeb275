CREATE TABLE "account_posture" (
	"account_id" text PRIMARY KEY NOT NULL,
	"team" text,
	"organizational_unit_id" text,
	"open" bigint DEFAULT 0 NOT NULL,
	"passed" bigint DEFAULT 0 NOT NULL,
	"detective" integer DEFAULT 0 NOT NULL,
	"guardrails" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "account_posture" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "account_spans" (
	"account_id" text NOT NULL,
	"from_at" bigint NOT NULL,
	"to_at" bigint,
	"status" text NOT NULL,
	"organizational_unit_id" text,
	"team" text,
	"known_at" timestamp with time zone NOT NULL,
	CONSTRAINT "account_spans_account_id_from_at_pk" PRIMARY KEY("account_id","from_at")
);
--> statement-breakpoint
ALTER TABLE "account_spans" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "compliance_history" (
	"key" uuid NOT NULL,
	"version" bigint NOT NULL,
	"status" text NOT NULL,
	"fact_id" text NOT NULL,
	"recorded_at" timestamp with time zone NOT NULL,
	"account_id" text NOT NULL,
	CONSTRAINT "compliance_history_key_version_pk" PRIMARY KEY("key","version")
);
--> statement-breakpoint
ALTER TABLE "compliance_history" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "fact_meanings" (
	"meaning" uuid PRIMARY KEY NOT NULL
);
--> statement-breakpoint
ALTER TABLE "fact_meanings" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "guardrail_spans" (
	"account_id" text NOT NULL,
	"control" text NOT NULL,
	"kind" text NOT NULL,
	"from_at" bigint NOT NULL,
	"to_at" bigint,
	"known_at" timestamp with time zone NOT NULL,
	CONSTRAINT "guardrail_spans_account_id_control_from_at_pk" PRIMARY KEY("account_id","control","from_at")
);
--> statement-breakpoint
ALTER TABLE "guardrail_spans" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "ledger_lanes" (
	"lane" smallint PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	"hash" text NOT NULL,
	"facts" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "ledger_lanes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "posture_flips" (
	"account_id" text NOT NULL,
	"at" bigint NOT NULL,
	"state" text NOT NULL,
	"n" integer NOT NULL,
	CONSTRAINT "posture_flips_account_id_at_state_pk" PRIMARY KEY("account_id","at","state")
);
--> statement-breakpoint
ALTER TABLE "posture_flips" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "posture_steps" (
	"account_id" text NOT NULL,
	"at" bigint NOT NULL,
	"control" text NOT NULL,
	"open" integer NOT NULL,
	"passed" integer NOT NULL,
	"detective" integer NOT NULL,
	"guardrails" integer NOT NULL,
	CONSTRAINT "posture_steps_account_id_at_control_pk" PRIMARY KEY("account_id","at","control")
);
--> statement-breakpoint
ALTER TABLE "posture_steps" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "tallies" (
	"scope" text NOT NULL,
	"measure" text NOT NULL,
	"level" smallint NOT NULL,
	"start" bigint NOT NULL,
	"key" text NOT NULL,
	"lane" smallint NOT NULL,
	"n" bigint NOT NULL,
	CONSTRAINT "tallies_scope_measure_level_start_key_lane_pk" PRIMARY KEY("scope","measure","level","start","key","lane")
);
--> statement-breakpoint
ALTER TABLE "tallies" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
-- The facts so far become lane 0, with their places and links: their hashes stay true. What observations there are among
-- them stays with them.
ALTER TABLE "facts" RENAME TO "facts_before";--> statement-breakpoint
ALTER INDEX "facts_request" RENAME TO "facts_before_request";--> statement-breakpoint
ALTER INDEX "facts_account" RENAME TO "facts_before_account";--> statement-breakpoint
ALTER INDEX "facts_type" RENAME TO "facts_before_type";--> statement-breakpoint
CREATE TABLE "facts" (
	"lane" smallint NOT NULL,
	"seq" bigint NOT NULL,
	"era" text NOT NULL,
	"id" text NOT NULL,
	"meaning" text NOT NULL,
	"type" text NOT NULL,
	"source" text NOT NULL,
	"request_id" text,
	"account_id" text,
	"version" bigint NOT NULL,
	"actor" text,
	"occurred_at" timestamp with time zone NOT NULL,
	"recorded_at" timestamp with time zone NOT NULL,
	"data" jsonb NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "facts_lane_seq_era_pk" PRIMARY KEY("lane","seq","era")
) PARTITION BY LIST ("era");--> statement-breakpoint
ALTER TABLE "facts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
-- Kept for ever: every request's state is folded from it.
CREATE TABLE facts_governance PARTITION OF facts FOR VALUES IN ('governance');--> statement-breakpoint
ALTER TABLE facts_governance ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE UNIQUE INDEX facts_governance_id ON facts_governance (id);--> statement-breakpoint
-- Where observations go whose month nobody has made yet: nothing is refused for that.
CREATE TABLE facts_unplaced PARTITION OF facts DEFAULT;--> statement-breakpoint
ALTER TABLE facts_unplaced ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
REVOKE ALL ON facts_governance, facts_unplaced FROM jetway_app;--> statement-breakpoint
INSERT INTO facts (lane, seq, era, id, meaning, type, source, request_id, account_id, version, actor, occurred_at,
	recorded_at, data, hash)
SELECT 0, seq, 'governance', id, meaning, type, source, request_id, account_id, version, actor, occurred_at, recorded_at,
	data, hash FROM facts_before;--> statement-breakpoint
CREATE TRIGGER facts_are_append_only BEFORE UPDATE OR DELETE ON facts
  FOR EACH ROW EXECUTE FUNCTION refuse_fact_change();--> statement-breakpoint
CREATE TRIGGER facts_are_never_truncated BEFORE TRUNCATE ON facts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_fact_change();--> statement-breakpoint
CREATE TRIGGER facts_are_never_truncated BEFORE TRUNCATE ON facts_governance
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_fact_change();--> statement-breakpoint
CREATE TRIGGER facts_are_never_truncated BEFORE TRUNCATE ON facts_unplaced
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_fact_change();--> statement-breakpoint
INSERT INTO ledger_lanes (lane, seq, hash, facts) SELECT 0, seq, hash, seq FROM ledger_head;--> statement-breakpoint
INSERT INTO ledger_lanes (lane, seq, hash, facts)
SELECT lane, 0, 'sha256:' || repeat('0', 64), 0 FROM generate_series(1, 4) AS lane;--> statement-breakpoint
DROP TABLE "ledger_head" CASCADE;--> statement-breakpoint
DROP TABLE "facts_before" CASCADE;--> statement-breakpoint
CREATE SEQUENCE fact_seq;--> statement-breakpoint
SELECT setval('fact_seq', greatest((SELECT max(seq) FROM ledger_lanes), 1), (SELECT max(seq) FROM ledger_lanes) > 0);--> statement-breakpoint
GRANT USAGE, SELECT ON SEQUENCE fact_seq TO jetway_app;--> statement-breakpoint
-- 128 bits of SHA-256: as good as the text, and an index of 16 bytes. Stable as `convert_to` is, or Postgres would not
-- write it into the statements that call it.
CREATE FUNCTION fingerprint(words text) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT encode(substring(sha256(convert_to(words, 'UTF8')) FROM 1 FOR 16), 'hex')::uuid
$$;--> statement-breakpoint
CREATE FUNCTION finding_key(account text, region text, rule text, resource_type text, resource_id text) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT fingerprint(account || chr(10) || region || chr(10) || rule || chr(10) || resource_type || chr(10) || resource_id)
$$;--> statement-breakpoint
INSERT INTO fact_meanings (meaning) SELECT DISTINCT fingerprint(meaning) FROM facts;--> statement-breakpoint
DROP INDEX "compliance_control";--> statement-breakpoint
ALTER TABLE "compliance" DROP CONSTRAINT "compliance_account_id_region_rule_resource_type_resource_id_pk";--> statement-breakpoint
ALTER TABLE "compliance" ADD COLUMN "key" uuid;--> statement-breakpoint
UPDATE compliance SET key = finding_key(account_id, region, rule, resource_type, resource_id);--> statement-breakpoint
ALTER TABLE "compliance" ADD PRIMARY KEY ("key");--> statement-breakpoint
-- Most updates of a finding change no indexed column: with room on the page they stay there.
ALTER TABLE compliance SET (fillfactor = 80);--> statement-breakpoint
ALTER TABLE account_posture SET (fillfactor = 70);--> statement-breakpoint
ALTER TABLE tallies SET (fillfactor = 50);--> statement-breakpoint
ALTER TABLE ledger_lanes SET (fillfactor = 10);--> statement-breakpoint
CREATE INDEX "account_posture_open" ON "account_posture" USING btree ("organizational_unit_id","open" DESC NULLS LAST,"account_id") WHERE open > 0;--> statement-breakpoint
CREATE INDEX "account_spans_from" ON "account_spans" USING btree ("from_at");--> statement-breakpoint
CREATE INDEX "account_spans_to" ON "account_spans" USING btree ("to_at");--> statement-breakpoint
CREATE INDEX "guardrail_spans_from" ON "guardrail_spans" USING btree ("from_at");--> statement-breakpoint
CREATE INDEX "guardrail_spans_to" ON "guardrail_spans" USING btree ("to_at");--> statement-breakpoint
CREATE INDEX "posture_flips_at" ON "posture_flips" USING btree ("at");--> statement-breakpoint
CREATE INDEX "posture_steps_at" ON "posture_steps" USING btree ("at");--> statement-breakpoint
CREATE INDEX "account_guardrails_carrier" ON "account_guardrails" USING btree ("account_id","carrier");--> statement-breakpoint
CREATE INDEX "compliance_account" ON "compliance" USING btree ("account_id","rule");--> statement-breakpoint
CREATE INDEX "compliance_open" ON "compliance" USING btree ("control","account_id") WHERE status = 'NON_COMPLIANT';--> statement-breakpoint
CREATE INDEX "facts_request" ON "facts" USING btree ("request_id","seq") WHERE request_id is not null;--> statement-breakpoint
CREATE INDEX "facts_account" ON "facts" USING btree ("account_id","occurred_at" DESC NULLS LAST,"seq" DESC NULLS LAST) WHERE account_id is not null;--> statement-breakpoint
CREATE INDEX "facts_type" ON "facts" USING btree ("type","seq") WHERE lane = 0;--> statement-breakpoint
CREATE POLICY "service" ON "facts" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "facts" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from account_requests r where r.id = facts.request_id) or exists (select from accounts a where a.account_id = facts.account_id));--> statement-breakpoint
CREATE POLICY "service" ON "account_posture" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "account_posture" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or (team <> '*' and team = any ((select reading_teams())::text[])));--> statement-breakpoint
CREATE POLICY "service" ON "account_spans" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "account_spans" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from accounts a where a.account_id = account_spans.account_id));--> statement-breakpoint
CREATE POLICY "service" ON "compliance_history" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "compliance_history" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from accounts a where a.account_id = compliance_history.account_id));--> statement-breakpoint
CREATE POLICY "service" ON "fact_meanings" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "guardrail_spans" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "guardrail_spans" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from accounts a where a.account_id = guardrail_spans.account_id));--> statement-breakpoint
CREATE POLICY "service" ON "ledger_lanes" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "ledger_lanes" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or false);--> statement-breakpoint
CREATE POLICY "service" ON "posture_flips" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "posture_flips" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from accounts a where a.account_id = posture_flips.account_id));--> statement-breakpoint
CREATE POLICY "service" ON "posture_steps" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "posture_steps" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from accounts a where a.account_id = posture_steps.account_id));--> statement-breakpoint
CREATE POLICY "service" ON "tallies" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "tallies" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or scope = any ((select array(select 'team:' || unnest(reading_teams())))::text[]));--> statement-breakpoint
REVOKE UPDATE, DELETE ON facts, fact_meanings FROM jetway_app;--> statement-breakpoint
REVOKE INSERT, DELETE ON ledger_lanes FROM jetway_app;--> statement-breakpoint
GRANT SELECT ON facts, ledger_lanes, compliance_history, account_posture, posture_steps, posture_flips, tallies,
  account_spans, guardrail_spans TO jetway_reader;

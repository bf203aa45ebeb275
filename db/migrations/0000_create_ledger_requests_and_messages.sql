CREATE TABLE "account_guardrails" (
	"account_id" text NOT NULL,
	"control" text NOT NULL,
	"kind" text NOT NULL,
	"carrier" text,
	"status" text NOT NULL,
	"version" bigint NOT NULL,
	CONSTRAINT "account_guardrails_account_id_control_pk" PRIMARY KEY("account_id","control")
);
--> statement-breakpoint
CREATE TABLE "accounts" (
	"account_id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"email_canonical" text NOT NULL,
	"organizational_unit_id" text,
	"team" text,
	"status" text NOT NULL,
	"origin" text NOT NULL,
	"request_id" text,
	"blueprint" jsonb,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "compliance" (
	"account_id" text NOT NULL,
	"region" text NOT NULL,
	"rule" text NOT NULL,
	"resource_type" text NOT NULL,
	"resource_id" text NOT NULL,
	"control" text,
	"status" text NOT NULL,
	"version" bigint NOT NULL,
	"fact_id" text NOT NULL,
	"annotation" text,
	"evaluated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "compliance_account_id_region_rule_resource_type_resource_id_pk" PRIMARY KEY("account_id","region","rule","resource_type","resource_id")
);
--> statement-breakpoint
CREATE TABLE "facts" (
	"seq" bigint PRIMARY KEY NOT NULL,
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
	"body" text NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "facts_id_unique" UNIQUE("id"),
	CONSTRAINT "facts_meaning_unique" UNIQUE("meaning")
);
--> statement-breakpoint
CREATE TABLE "ledger_head" (
	"id" integer PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "organization_snapshots" (
	"id" text PRIMARY KEY NOT NULL,
	"reason" text NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"completed_at" timestamp with time zone,
	"failure" text,
	"parts_expected" integer,
	"content" jsonb
);
--> statement-breakpoint
CREATE TABLE "snapshot_parts" (
	"snapshot_id" text NOT NULL,
	"part" integer NOT NULL,
	"kind" text NOT NULL,
	"value" jsonb NOT NULL,
	CONSTRAINT "snapshot_parts_snapshot_id_part_pk" PRIMARY KEY("snapshot_id","part")
);
--> statement-breakpoint
CREATE TABLE "asks" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"request_id" text,
	"token_cipher" text NOT NULL,
	"execution" text NOT NULL,
	"ask_order" bigint NOT NULL,
	"data" jsonb NOT NULL,
	"parked_at" timestamp with time zone NOT NULL,
	"answered_at" timestamp with time zone,
	"answer" jsonb
);
--> statement-breakpoint
CREATE TABLE "chat_messages" (
	"id" text PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL,
	"channel" text NOT NULL,
	"text" text NOT NULL,
	"plan_digest" text NOT NULL,
	"state" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"key" text NOT NULL,
	"payload" jsonb NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_at" timestamp with time zone NOT NULL,
	"sent_at" timestamp with time zone,
	"last_error" text
);
--> statement-breakpoint
CREATE TABLE "pending_wakes" (
	"request_id" text PRIMARY KEY NOT NULL,
	"arrived_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhook_nonces" (
	"nonce" text PRIMARY KEY NOT NULL,
	"seen_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "account_requests" (
	"id" text PRIMARY KEY NOT NULL,
	"team" text NOT NULL,
	"requested_by" text NOT NULL,
	"idempotency_key" text NOT NULL,
	"body_digest" text NOT NULL,
	"body" jsonb NOT NULL,
	"plan_digest" text NOT NULL,
	"plan_text" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "admissions" (
	"request_id" text PRIMARY KEY NOT NULL,
	"team" text NOT NULL,
	"state" text NOT NULL,
	"purpose" text NOT NULL,
	"asked_at" timestamp with time zone NOT NULL,
	"held_at" timestamp with time zone,
	"released_at" timestamp with time zone,
	"position" bigint GENERATED ALWAYS AS IDENTITY (sequence name "admissions_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1)
);
--> statement-breakpoint
CREATE TABLE "cancellations" (
	"request_id" text PRIMARY KEY NOT NULL,
	"cancelled_by" text NOT NULL,
	"cancelled_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "cidr_holds" (
	"request_id" text PRIMARY KEY NOT NULL,
	"block" "cidr" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"request_id" text PRIMARY KEY NOT NULL,
	"decision" text NOT NULL,
	"decided_by" text NOT NULL,
	"decided_at" timestamp with time zone NOT NULL,
	"via" text NOT NULL,
	"plan_digest" text NOT NULL,
	"comment" text,
	"signature" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "email_holds" (
	"email_canonical" text PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "name_holds" (
	"key" text PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "point_of_no_return" (
	"request_id" text PRIMARY KEY NOT NULL,
	"crossed_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "request_views" (
	"request_id" text PRIMARY KEY NOT NULL,
	"team" text NOT NULL,
	"status" text NOT NULL,
	"terminal" boolean NOT NULL,
	"account_id" text,
	"account_name" text NOT NULL,
	"organizational_unit_id" text NOT NULL,
	"view" jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "account_guardrails_control" ON "account_guardrails" USING btree ("control");--> statement-breakpoint
CREATE INDEX "accounts_email" ON "accounts" USING btree ("email_canonical");--> statement-breakpoint
CREATE INDEX "accounts_team" ON "accounts" USING btree ("team");--> statement-breakpoint
CREATE INDEX "accounts_ou" ON "accounts" USING btree ("organizational_unit_id");--> statement-breakpoint
CREATE INDEX "compliance_control" ON "compliance" USING btree ("control","status");--> statement-breakpoint
CREATE INDEX "facts_request" ON "facts" USING btree ("request_id","seq");--> statement-breakpoint
CREATE INDEX "facts_account" ON "facts" USING btree ("account_id","seq");--> statement-breakpoint
CREATE INDEX "facts_type" ON "facts" USING btree ("type","seq");--> statement-breakpoint
CREATE INDEX "organization_snapshots_completed" ON "organization_snapshots" USING btree ("completed_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "asks_request" ON "asks" USING btree ("request_id","kind");--> statement-breakpoint
CREATE UNIQUE INDEX "outbox_key" ON "outbox" USING btree ("key");--> statement-breakpoint
CREATE UNIQUE INDEX "account_requests_idempotency" ON "account_requests" USING btree ("requested_by","idempotency_key");--> statement-breakpoint
CREATE INDEX "admissions_state" ON "admissions" USING btree ("state","position");--> statement-breakpoint
CREATE INDEX "request_views_team" ON "request_views" USING btree ("team","created_at" DESC NULLS LAST,"request_id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "request_views_created" ON "request_views" USING btree ("created_at" DESC NULLS LAST,"request_id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "request_views_open_name" ON "request_views" USING btree ("account_name","organizational_unit_id");
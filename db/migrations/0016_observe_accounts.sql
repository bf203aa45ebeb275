CREATE TABLE "account_snapshots" (
	"id" text PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"completed_at" timestamp with time zone,
	"parts_expected" integer,
	"failure" text
);
--> statement-breakpoint
ALTER TABLE "account_snapshots" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "observations" (
	"scope" text NOT NULL,
	"kind" text NOT NULL,
	"key" text NOT NULL,
	"value" jsonb,
	"version" bigint NOT NULL,
	"fact_id" text NOT NULL,
	"missed_at" bigint,
	CONSTRAINT "observations_scope_kind_key_pk" PRIMARY KEY("scope","kind","key")
);
--> statement-breakpoint
ALTER TABLE "observations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE INDEX "account_snapshots_account" ON "account_snapshots" USING btree ("account_id","started_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "observations_kind" ON "observations" USING btree ("kind","key");--> statement-breakpoint
CREATE POLICY "service" ON "account_snapshots" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "observations" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);
CREATE TABLE "drift_checks" (
	"account_id" text PRIMARY KEY NOT NULL,
	"check_id" text,
	"requested_at" timestamp with time zone,
	"checked_at" timestamp with time zone,
	"due_at" timestamp with time zone,
	"version" bigint,
	"fact_id" text,
	"status" text,
	"trouble" jsonb
);
--> statement-breakpoint
CREATE INDEX "drift_checks_due" ON "drift_checks" USING btree ("due_at");
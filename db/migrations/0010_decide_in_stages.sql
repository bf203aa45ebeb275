CREATE TABLE "refused_hooks" (
	"endpoint" text NOT NULL,
	"minute" timestamp with time zone NOT NULL,
	"count" integer NOT NULL,
	"reasons" jsonb NOT NULL,
	CONSTRAINT "refused_hooks_endpoint_minute_pk" PRIMARY KEY("endpoint","minute")
);
--> statement-breakpoint
ALTER TABLE "refused_hooks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "verdicts" (
	"request_id" text PRIMARY KEY NOT NULL,
	"outcome" text NOT NULL,
	"decided_by" text NOT NULL,
	"decided_at" timestamp with time zone NOT NULL,
	"automatic_cost" double precision
);
--> statement-breakpoint
ALTER TABLE "verdicts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "service" ON "refused_hooks" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "verdicts" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "verdicts" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from account_requests r where r.id = verdicts.request_id));--> statement-breakpoint
ALTER TABLE "decisions" ADD COLUMN "person" text;--> statement-breakpoint
UPDATE "decisions" SET "person" = lower(btrim("decided_by"));--> statement-breakpoint
ALTER TABLE "decisions" ALTER COLUMN "person" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "decisions" DROP CONSTRAINT "decisions_pkey";--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_request_id_person_pk" PRIMARY KEY("request_id","person");--> statement-breakpoint
ALTER TABLE "decisions" ADD COLUMN "stage" integer;--> statement-breakpoint
ALTER TABLE "decisions" ADD COLUMN "on_behalf_of" text;--> statement-breakpoint
-- One person decided each of these.
INSERT INTO "verdicts" ("request_id", "outcome", "decided_by", "decided_at")
SELECT "request_id", CASE "decision" WHEN 'approve' THEN 'approved' ELSE 'denied' END, "decided_by", "decided_at" FROM "decisions";--> statement-breakpoint
REVOKE UPDATE, DELETE ON "verdicts" FROM jetway_app;--> statement-breakpoint
GRANT SELECT ON "verdicts" TO jetway_reader;

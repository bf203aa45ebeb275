CREATE TABLE "ledger_archives" (
	"era" text PRIMARY KEY NOT NULL,
	"manifest" text NOT NULL,
	"signature" text NOT NULL,
	"removed_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "ledger_archives" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "service" ON "ledger_archives" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "ledger_archives" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or false);--> statement-breakpoint
-- What was taken out is said by whoever owns the ledger, not by the service.
REVOKE INSERT, UPDATE, DELETE ON ledger_archives FROM jetway_app;--> statement-breakpoint
GRANT SELECT ON ledger_archives TO jetway_reader;

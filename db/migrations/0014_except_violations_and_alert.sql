CREATE TABLE "alert_lines" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "alert_lines_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"account_id" text NOT NULL,
	"rule" text NOT NULL,
	"control" text,
	"turned" integer NOT NULL,
	"resources" text[] NOT NULL,
	"first_at" timestamp with time zone NOT NULL,
	"digest_id" text
);
--> statement-breakpoint
ALTER TABLE "alert_lines" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "exceptions" (
	"request_id" text PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"control" text NOT NULL,
	"resource" text,
	"owner" text NOT NULL,
	"reason" text NOT NULL,
	"requested_by" text NOT NULL,
	"approved_by" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"state" text NOT NULL,
	"requested_at" timestamp with time zone NOT NULL,
	"granted_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	"ended_by" text,
	"end_reason" text
);
--> statement-breakpoint
ALTER TABLE "exceptions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE UNIQUE INDEX "alert_lines_waiting" ON "alert_lines" USING btree ("account_id","rule") WHERE digest_id is null;--> statement-breakpoint
CREATE INDEX "alert_lines_digest" ON "alert_lines" USING btree ("digest_id");--> statement-breakpoint
CREATE UNIQUE INDEX "exceptions_asked" ON "exceptions" USING btree ("account_id","control",coalesce(resource, '')) WHERE state = 'REQUESTED';--> statement-breakpoint
CREATE UNIQUE INDEX "exceptions_in_force" ON "exceptions" USING btree ("account_id","control",coalesce(resource, '')) WHERE state = 'ACTIVE';--> statement-breakpoint
CREATE INDEX "exceptions_account" ON "exceptions" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "exceptions_recent" ON "exceptions" USING btree ("requested_at" DESC NULLS LAST,"request_id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "exceptions_due" ON "exceptions" USING btree ("expires_at") WHERE state = 'ACTIVE';--> statement-breakpoint
CREATE POLICY "service" ON "alert_lines" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "exceptions" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "exceptions" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from accounts a where a.account_id = exceptions.account_id));--> statement-breakpoint
GRANT SELECT ON "exceptions" TO jetway_reader;

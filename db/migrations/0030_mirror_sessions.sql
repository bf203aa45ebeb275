CREATE TABLE "mirror_accounts" (
	"account_id" text PRIMARY KEY NOT NULL,
	"look_id" text,
	"requested_at" timestamp with time zone,
	"looked_at" timestamp with time zone,
	"version" bigint,
	"status" text,
	"reason" text,
	"profile" text,
	"target_id" text
);
--> statement-breakpoint
ALTER TABLE "mirror_accounts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "mirror_interfaces" (
	"account_id" text NOT NULL,
	"network_interface_id" text NOT NULL,
	"instance_id" text NOT NULL,
	"instance_type" text NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"session_id" text,
	"session_number" integer,
	"virtual_network_id" integer,
	"target_id" text NOT NULL,
	"profile" text NOT NULL,
	"version" bigint NOT NULL,
	"fact_id" text NOT NULL,
	CONSTRAINT "mirror_interfaces_account_id_network_interface_id_pk" PRIMARY KEY("account_id","network_interface_id")
);
--> statement-breakpoint
ALTER TABLE "mirror_interfaces" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE INDEX "mirror_interfaces_id" ON "mirror_interfaces" USING btree ("network_interface_id");--> statement-breakpoint
CREATE POLICY "service" ON "mirror_accounts" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "mirror_accounts" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from accounts a where a.account_id = mirror_accounts.account_id));--> statement-breakpoint
CREATE POLICY "service" ON "mirror_interfaces" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "mirror_interfaces" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from accounts a where a.account_id = mirror_interfaces.account_id));--> statement-breakpoint
GRANT SELECT ON "mirror_accounts", "mirror_interfaces" TO jetway_reader;

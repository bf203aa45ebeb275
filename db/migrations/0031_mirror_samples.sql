CREATE TABLE "mirror_samples" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "mirror_samples_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"heard_at" timestamp with time zone NOT NULL,
	"told_by" text NOT NULL,
	"from_ip" text NOT NULL,
	"vni" integer NOT NULL,
	"packet" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "mirror_samples" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE INDEX "mirror_interfaces_vni" ON "mirror_interfaces" USING btree ("virtual_network_id");--> statement-breakpoint
CREATE POLICY "service" ON "mirror_samples" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);
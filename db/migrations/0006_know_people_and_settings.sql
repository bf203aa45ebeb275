CREATE TABLE "people" (
	"subject" text PRIMARY KEY NOT NULL,
	"teams" jsonb NOT NULL,
	"roles" jsonb NOT NULL,
	"email" text,
	"name" text,
	"vouched_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "settings_versions" (
	"version" integer PRIMARY KEY NOT NULL,
	"document" jsonb NOT NULL,
	"digest" text NOT NULL,
	"request_id" text NOT NULL,
	"applied_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "decisions" ADD COLUMN "key_id" text DEFAULT 'local' NOT NULL;--> statement-breakpoint
CREATE INDEX "people_email" ON "people" USING btree ("email");
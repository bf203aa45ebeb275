CREATE TABLE "approval_prompts" (
	"id" text PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL,
	"plan_digest" text NOT NULL,
	"team" text NOT NULL,
	"requested_by" text NOT NULL,
	"room" text NOT NULL,
	"channel" text NOT NULL,
	"workspace" text DEFAULT '' NOT NULL,
	"reference" text,
	"state" text NOT NULL,
	"digest_id" text,
	"shown" text,
	"leased_until" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chat_clicks" (
	"id" text PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"prompt_id" text NOT NULL,
	"plan_digest" text NOT NULL,
	"decision" text NOT NULL,
	"comment" text,
	"actor" jsonb NOT NULL,
	"channel" text,
	"received_at" timestamp with time zone NOT NULL,
	"outcome" text,
	"tell" text
);
--> statement-breakpoint
CREATE TABLE "chat_digests" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"room" text NOT NULL,
	"channel" text NOT NULL,
	"workspace" text DEFAULT '' NOT NULL,
	"about" text NOT NULL,
	"reference" text,
	"shown" text,
	"lines" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"leased_until" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "chat_messages" ADD COLUMN "message" jsonb;--> statement-breakpoint
ALTER TABLE "chat_messages" ADD COLUMN "notes" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "approval_prompts_place" ON "approval_prompts" USING btree ("request_id","room","channel","workspace");--> statement-breakpoint
CREATE INDEX "approval_prompts_recent" ON "approval_prompts" USING btree ("room","channel","created_at");--> statement-breakpoint
CREATE INDEX "approval_prompts_digest" ON "approval_prompts" USING btree ("digest_id");--> statement-breakpoint
CREATE INDEX "chat_digests_place" ON "chat_digests" USING btree ("room","channel","kind","created_at");
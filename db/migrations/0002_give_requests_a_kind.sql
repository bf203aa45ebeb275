ALTER TABLE "request_views" ALTER COLUMN "account_name" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "account_requests" ADD COLUMN "kind" text DEFAULT 'account' NOT NULL;
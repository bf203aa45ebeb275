CREATE TABLE "account_holds" (
	"account_id" text PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "plan_request_id" text;--> statement-breakpoint
CREATE INDEX "request_views_account" ON "request_views" USING btree ("account_id");--> statement-breakpoint
UPDATE "accounts" SET "plan_request_id" = "request_id" WHERE EXISTS (
	SELECT FROM "facts" f WHERE f."request_id" = "accounts"."request_id" AND f."type" = 'AccountVended'
);

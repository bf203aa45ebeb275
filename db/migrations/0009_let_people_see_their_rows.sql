ALTER TABLE "account_guardrails" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "accounts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "compliance" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "drift_checks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "facts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "ledger_head" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "organization_snapshots" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "snapshot_parts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "approval_prompts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "asks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "chat_clicks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "chat_digests" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "chat_messages" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "outbox" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "pending_wakes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "webhook_nonces" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "people" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "settings_versions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "account_holds" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "account_requests" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "admissions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "cancellations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "cidr_holds" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "decisions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "email_holds" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "name_holds" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "point_of_no_return" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "request_views" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "service" ON "account_guardrails" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "account_guardrails" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from accounts a where a.account_id = account_guardrails.account_id));--> statement-breakpoint
CREATE POLICY "service" ON "accounts" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "accounts" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or (team <> '*' and team = any ((select reading_teams())::text[])));--> statement-breakpoint
CREATE POLICY "service" ON "compliance" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "compliance" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from accounts a where a.account_id = compliance.account_id));--> statement-breakpoint
CREATE POLICY "service" ON "drift_checks" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "drift_checks" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from accounts a where a.account_id = drift_checks.account_id));--> statement-breakpoint
CREATE POLICY "service" ON "facts" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "facts" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from account_requests r where r.id = facts.request_id) or exists (select from accounts a where a.account_id = facts.account_id));--> statement-breakpoint
CREATE POLICY "service" ON "ledger_head" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "ledger_head" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or false);--> statement-breakpoint
CREATE POLICY "service" ON "organization_snapshots" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "snapshot_parts" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "approval_prompts" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "asks" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "chat_clicks" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "chat_digests" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "chat_messages" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "chat_messages" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from account_requests r where r.id = chat_messages.request_id));--> statement-breakpoint
CREATE POLICY "service" ON "outbox" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "pending_wakes" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "webhook_nonces" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "people" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "settings_versions" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "account_holds" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "account_requests" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "account_requests" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or (team <> '*' and team = any ((select reading_teams())::text[])) or (team = '*' and kind = any ((select reading_kinds())::text[])));--> statement-breakpoint
CREATE POLICY "service" ON "admissions" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "admissions" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or (team <> '*' and team = any ((select reading_teams())::text[])) or (team = '*' and exists (select from account_requests r where r.id = admissions.request_id)));--> statement-breakpoint
CREATE POLICY "service" ON "cancellations" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "cancellations" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from account_requests r where r.id = cancellations.request_id));--> statement-breakpoint
CREATE POLICY "service" ON "cidr_holds" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "decisions" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "decisions" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from account_requests r where r.id = decisions.request_id));--> statement-breakpoint
CREATE POLICY "service" ON "email_holds" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "name_holds" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "point_of_no_return" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "point_of_no_return" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or exists (select from account_requests r where r.id = point_of_no_return.request_id));--> statement-breakpoint
CREATE POLICY "service" ON "request_views" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "request_views" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING ((select reads_everything()) or (team <> '*' and team = any ((select reading_teams())::text[])) or (team = '*' and exists (select from account_requests r where r.id = request_views.request_id)));
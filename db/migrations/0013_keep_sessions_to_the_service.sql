ALTER TABLE "rate_windows" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "sessions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "service" ON "rate_windows" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "service" ON "sessions" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);
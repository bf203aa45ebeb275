-- By what the person who asks may approve, as a transaction of the reader says it (db/reader.ts).
CREATE FUNCTION reading_places() RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(nullif(current_setting('jetway.places', true), ''), '[]')::jsonb
$$;
--> statement-breakpoint
CREATE FUNCTION reading_asked() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT array(SELECT jsonb_array_elements_text(place -> 'asked') FROM jsonb_array_elements(reading_places()) place)
$$;
--> statement-breakpoint
CREATE TABLE "asked_approvers" (
	"request_id" text NOT NULL,
	"asked" text NOT NULL,
	"requested_by" text NOT NULL,
	CONSTRAINT "asked_approvers_request_id_asked_pk" PRIMARY KEY("request_id","asked")
);
--> statement-breakpoint
ALTER TABLE "asked_approvers" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE INDEX "asked_approvers_asked" ON "asked_approvers" USING btree ("asked");--> statement-breakpoint
CREATE POLICY "service" ON "asked_approvers" AS PERMISSIVE FOR ALL TO "jetway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "people" ON "asked_approvers" AS PERMISSIVE FOR SELECT TO "jetway_reader" USING (asked = any ((select reading_asked())::text[])
  and exists (select from jsonb_array_elements((select reading_places())) p
    where p -> 'asked' ? asked and not p -> 'not' ? requested_by));--> statement-breakpoint
ALTER POLICY "people" ON "account_requests" TO jetway_reader USING ((select reads_everything()) or (team <> '*' and team = any ((select reading_teams())::text[])) or (team = '*' and kind = any ((select reading_kinds())::text[])) or id = any (array(select a.request_id from asked_approvers a)));--> statement-breakpoint
ALTER POLICY "people" ON "admissions" TO jetway_reader USING ((select reads_everything()) or (team <> '*' and team = any ((select reading_teams())::text[])) or (team = '*' and exists (select from account_requests r where r.id = admissions.request_id)) or request_id = any (array(select a.request_id from asked_approvers a)));--> statement-breakpoint
ALTER POLICY "people" ON "request_views" TO jetway_reader USING ((select reads_everything()) or (team <> '*' and team = any ((select reading_teams())::text[])) or (team = '*' and exists (select from account_requests r where r.id = request_views.request_id)) or request_id = any (array(select a.request_id from asked_approvers a)));--> statement-breakpoint
GRANT SELECT ON "asked_approvers" TO jetway_reader;
--> statement-breakpoint
-- What waits for approval already is put to the approvers of its open stage. Plans of earlier versions have no stages: the
-- approvers of the team are asked.
INSERT INTO "asked_approvers" ("request_id", "asked", "requested_by")
SELECT DISTINCT r.id, word, lower(btrim(r.requested_by))
FROM account_requests r
JOIN request_views v ON v.request_id = r.id AND v.status IN ('PLANNED', 'AWAITING_APPROVAL')
CROSS JOIN LATERAL (SELECT r.plan_text::jsonb -> 'approvals' AS approvals) plan
CROSS JOIN LATERAL (
  SELECT coalesce(max(d.stage), 0) AS newest FROM decisions d WHERE d.request_id = r.id
) decided
CROSS JOIN LATERAL (
  SELECT decided.newest + CASE WHEN
    (SELECT count(*) FROM decisions d WHERE d.request_id = r.id AND d.stage = decided.newest)
      >= coalesce((approvals -> 'stages' -> decided.newest ->> 'quorum')::int, 1) THEN 1 ELSE 0 END AS stage
) open
CROSS JOIN LATERAL jsonb_array_elements(
  CASE WHEN jsonb_array_length(coalesce(approvals -> 'stages', '[]')) = 0 THEN '[{"requestTeam": true}]'
    ELSE coalesce(approvals -> 'stages' -> open.stage -> 'approvers', '[]') END
  || CASE WHEN EXISTS (SELECT FROM facts f WHERE f.request_id = r.id AND f.type = 'ApprovalEscalated')
    THEN coalesce(approvals -> 'escalateTo', '[]') ELSE '[]' END
) selector
CROSS JOIN LATERAL unnest(CASE
  WHEN selector ? 'anyTeam' THEN ARRAY['anyone']
  WHEN selector ? 'team' THEN ARRAY['team:' || (selector ->> 'team')]
  WHEN selector ? 'people' THEN
    ARRAY(SELECT 'person:' || lower(btrim(named)) FROM jsonb_array_elements_text(selector -> 'people') named)
  WHEN r.team = '*' THEN ARRAY['anyone']
  ELSE ARRAY['team:' || r.team] END) word
WHERE NOT EXISTS (SELECT FROM verdicts d WHERE d.request_id = r.id)
  AND NOT EXISTS (SELECT FROM cancellations c WHERE c.request_id = r.id);

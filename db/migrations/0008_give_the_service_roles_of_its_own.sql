-- The roles jetway_app and jetway_reader are of the whole cluster: db/roles.ts makes them before any migration.
-- Who is asking, as a transaction of the reader says it (db/reader.ts). Unset, nobody asks and nothing is seen.
CREATE FUNCTION reads_everything() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(current_setting('jetway.everything', true), '') = 'yes'
$$;
--> statement-breakpoint
CREATE FUNCTION reading_teams() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT array(SELECT jsonb_array_elements_text(nullif(current_setting('jetway.teams', true), '')::jsonb))
$$;
--> statement-breakpoint
CREATE FUNCTION reading_kinds() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT array(SELECT jsonb_array_elements_text(nullif(current_setting('jetway.kinds', true), '')::jsonb))
$$;
--> statement-breakpoint
-- A request is written once. Its row is locked, which needs the right to update something of it; the service never may.
CREATE FUNCTION refuse_request_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'requests are written once: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
CREATE TRIGGER requests_are_written_once BEFORE UPDATE ON account_requests
  FOR EACH ROW WHEN (current_user = 'jetway_app') EXECUTE FUNCTION refuse_request_change();
--> statement-breakpoint
-- Tables that come later are covered by default privileges, which db/roles.ts sees to.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO jetway_app;
--> statement-breakpoint
-- What is only ever added to. Owner and superuser are kept from changing facts by triggers besides.
REVOKE UPDATE, DELETE ON facts, settings_versions, decisions, cancellations, point_of_no_return FROM jetway_app;
--> statement-breakpoint
REVOKE UPDATE, DELETE ON account_requests FROM jetway_app;
--> statement-breakpoint
GRANT UPDATE (id) ON account_requests TO jetway_app;
--> statement-breakpoint
REVOKE INSERT, DELETE ON ledger_head FROM jetway_app;
--> statement-breakpoint
-- What answers to people are made of. Everything else the service reads for itself.
GRANT SELECT ON account_requests, request_views, admissions, decisions, cancellations, point_of_no_return, chat_messages,
  accounts, account_guardrails, compliance, drift_checks, facts, ledger_head TO jetway_reader;

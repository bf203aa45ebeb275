-- The keys of an account's findings begin alike, so that they lie on neighbouring pages and not on one each: the first 16 of
-- their 128 bits are of the account, the other 112 of the whole as before. Two findings of one account get one key after some
-- 2^56 attempts to find such names; findings of different accounts as rarely. A longer beginning would cost of that and gain
-- nothing: what shares one by chance is not read, because findings are looked up by whole keys.
CREATE FUNCTION finding_key_of(account text, print uuid) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT encode(overlay(uuid_send(print) PLACING substring(sha256(convert_to(account, 'UTF8')) FROM 1 FOR 2) FROM 1 FOR 2), 'hex')::uuid
$$;--> statement-breakpoint
-- Nobody folds findings meanwhile: who waits for a lane here reckons keys as they are afterwards.
DO $$ BEGIN PERFORM FROM ledger_lanes ORDER BY lane FOR UPDATE; END $$;--> statement-breakpoint
LOCK TABLE compliance, compliance_history IN ACCESS EXCLUSIVE MODE;--> statement-breakpoint
CREATE OR REPLACE FUNCTION finding_key(account text, region text, rule text, resource_type text, resource_id text) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT finding_key_of(account, fingerprint(account || chr(10) || region || chr(10) || rule || chr(10) || resource_type || chr(10)
    || resource_id))
$$;--> statement-breakpoint
-- Each table is written anew once, with its indexes: an update would leave as much behind as there was.
DROP VIEW ledger.compliance_history;--> statement-breakpoint
DROP VIEW ledger.compliance;--> statement-breakpoint
ALTER TABLE compliance ALTER COLUMN key TYPE uuid USING finding_key_of(account_id, key);--> statement-breakpoint
ALTER TABLE compliance_history ALTER COLUMN key TYPE uuid USING finding_key_of(account_id, key);--> statement-breakpoint
CREATE VIEW ledger.compliance AS
SELECT c.key, c.account_id, c.region, c.rule, c.control, c.resource_type, c.resource_id, c.status, c.annotation,
  c.evaluated_at, c.fact_id,
  c.status = 'NON_COMPLIANT' AND EXISTS (SELECT FROM public.exceptions e WHERE e.account_id = c.account_id
    AND public.exception_held(e.granted_at, e.expires_at, e.ended_at, now(), NULL)
    AND public.exception_covers(e.control, e.resource, c.control, c.rule, c.resource_id)) AS excepted
FROM public.compliance c WHERE c.status <> 'REMOVED';--> statement-breakpoint
CREATE VIEW ledger.compliance_history AS
SELECT h.account_id, h.key, c.region, c.rule, c.control, c.resource_type, c.resource_id, h.status,
  to_timestamp(h.version / 1000.0) AS valid_from,
  to_timestamp(lead(h.version) OVER (PARTITION BY h.account_id, h.key ORDER BY h.version) / 1000.0) AS valid_to,
  h.recorded_at AS known_at, h.fact_id
FROM public.compliance_history h LEFT JOIN public.compliance c ON c.key = h.key;--> statement-breakpoint
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'jetway_ledger_reader') THEN
    GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO jetway_ledger_reader;
  END IF;
END $$;

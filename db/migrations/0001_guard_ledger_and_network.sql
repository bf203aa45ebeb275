-- The ledger is append-only for everybody, the table's owner included.
CREATE FUNCTION refuse_fact_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'facts are append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
CREATE TRIGGER facts_are_append_only BEFORE UPDATE OR DELETE ON facts
  FOR EACH ROW EXECUTE FUNCTION refuse_fact_change();
--> statement-breakpoint
CREATE TRIGGER facts_are_never_truncated BEFORE TRUNCATE ON facts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_fact_change();
--> statement-breakpoint
INSERT INTO ledger_head (id, seq, hash) VALUES (1, 0, 'sha256:0000000000000000000000000000000000000000000000000000000000000000');
--> statement-breakpoint
-- Two accounts never share addresses: the database is the authority, the planner only proposes.
ALTER TABLE cidr_holds ADD CONSTRAINT cidr_holds_do_not_overlap EXCLUDE USING gist (block inet_ops WITH &&);
--> statement-breakpoint
-- The relay looks only at what waits.
CREATE INDEX outbox_waiting ON outbox (next_at) WHERE sent_at IS NULL;
--> statement-breakpoint
CREATE INDEX asks_open ON asks (kind, parked_at) WHERE answered_at IS NULL;

-- Whether the facts of a month lie in the order of accounts: the comment of their table says so, and a dump takes it along.
CREATE FUNCTION ledger_is_sealed(part regclass) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(obj_description(part, 'pg_class') = 'in the order of accounts', false)
$$;--> statement-breakpoint
-- Writes the facts of a month that is over anew, in the order of accounts, and puts them in the place of those that lie as they came: what
-- is asked of one account is then on few pages. All of it is one transaction, so what ends in the middle was never begun. Rows
-- are compared before the one table gives way to the other. Whoever reads or adds to the ledger waits for the exchange alone, and a
-- fifth of a second at most for an attempt at it. Security definer, as `ledger_add_era` is: only the owner of the tables makes tables.
-- Returns how many facts there are; null where there is nothing to do, or another one is at work.
CREATE FUNCTION ledger_seal_era(month text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
  part text := 'facts_' || replace(month, '-', '_');
  ordered text := part || '_ordered';
  one record;
  kept bigint[];
  told bigint[];
  late bigint;
  waited int := 0;
BEGIN
  IF month !~ '^\d{4}-(0[1-9]|1[0-2])$' THEN RAISE EXCEPTION 'not a month: %', month; END IF;
  IF to_regclass(part) IS NULL OR ledger_is_sealed(part::regclass) OR NOT pg_try_advisory_xact_lock(4711018) THEN RETURN NULL; END IF;
  -- It has the columns of the part; triggers and policies it gets from the whole, or below.
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING STORAGE INCLUDING COMPRESSION)', ordered, part);
  EXECUTE format('REVOKE ALL ON %I FROM PUBLIC, jetway_app, jetway_reader', ordered);
  EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', ordered);
  -- By it the exchange need not look at every row.
  EXECUTE format('ALTER TABLE %I ADD CONSTRAINT facts_of_the_month CHECK (era = %L)', ordered, month);
  EXECUTE format('INSERT INTO %I SELECT * FROM %I ORDER BY account_id, seq', ordered, part);
  FOR one IN SELECT x.relname AS name, i.indisprimary AS is_key, pg_get_indexdef(x.oid) AS def
    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = part::regclass ORDER BY 1
  LOOP
    EXECUTE regexp_replace(one.def, ' INDEX .+ ON .+ USING ', format(' INDEX %I ON %I USING ', one.name || '_ordered', ordered));
    IF one.is_key THEN EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY USING INDEX %I', ordered, one.name || '_ordered'); END IF;
  END LOOP;
  EXECUTE format('ANALYZE %I', ordered);
  -- Facts of a month come after it only by transactions that were under way when it ended. Within a lane places only grow.
  EXECUTE format('WITH upto AS (SELECT lane, max(seq) AS seq FROM %1$I GROUP BY lane)
    SELECT (SELECT ARRAY[count(*), bit_xor(hash_record_extended(f, 0))] FROM %1$I f),
      (SELECT ARRAY[count(*), bit_xor(hash_record_extended(f, 0))] FROM %2$I f JOIN upto u ON u.lane = f.lane AND f.seq <= u.seq)',
    ordered, part) INTO kept, told;
  IF kept IS DISTINCT FROM told THEN RAISE EXCEPTION 'the facts of % would not be what they were', month; END IF;
  LOOP
    BEGIN
      LOCK TABLE ONLY facts IN ACCESS EXCLUSIVE MODE;
      LOCK TABLE ONLY facts_unplaced IN ACCESS EXCLUSIVE MODE;
      EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', part);
      EXIT;
    EXCEPTION WHEN lock_not_available THEN
      waited := waited + 1;
      IF waited >= 100 THEN RAISE; END IF;
      PERFORM pg_sleep(0.3);
    END;
  END LOOP;
  EXECUTE format('INSERT INTO %1$I SELECT f.* FROM ledger_lanes l JOIN %2$I f ON f.lane = l.lane
    AND f.seq > coalesce((SELECT max(k.seq) FROM %1$I k WHERE k.lane = l.lane), 0)', ordered, part);
  GET DIAGNOSTICS late = ROW_COUNT;
  EXECUTE format('ALTER TABLE facts DETACH PARTITION %I', part);
  EXECUTE format('DROP TABLE %I', part);
  EXECUTE format('ALTER TABLE %I RENAME TO %I', ordered, part);
  FOR one IN SELECT x.relname AS name FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = part::regclass
  LOOP
    EXECUTE format('ALTER INDEX %I RENAME TO %I', one.name, regexp_replace(one.name, '_ordered$', ''));
  END LOOP;
  EXECUTE format('ALTER TABLE facts ATTACH PARTITION %I FOR VALUES IN (%L)', part, month);
  EXECUTE format('ALTER TABLE %I DROP CONSTRAINT facts_of_the_month', part);
  EXECUTE format('CREATE TRIGGER facts_are_never_truncated BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_fact_change()', part);
  EXECUTE format('COMMENT ON TABLE %I IS %L', part, 'in the order of accounts');
  RETURN kept[1] + late;
END $$;--> statement-breakpoint
REVOKE ALL ON FUNCTION ledger_seal_era(text) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION ledger_seal_era(text) TO jetway_app;

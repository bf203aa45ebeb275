-- A function in SQL is planned anew by every batch that counts (before Postgres 18 at every call); in PL/pgSQL the plan is kept.
-- It is made for any number of changes: nothing in it is joined.
CREATE OR REPLACE FUNCTION apply_tallies(p_lane smallint, p_changes tally_change[]) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = 'force_generic_plan' AS $$
BEGIN
  IF p_changes IS NULL THEN RETURN; END IF;
  WITH hourly AS MATERIALIZED (
    SELECT h.*, month_start(h.hour) AS month FROM (
      SELECT measure, key, team, at - at % 3600000 AS hour, sum(n::int) AS n FROM unnest(p_changes)
      GROUP BY 1, 2, 3, 4 HAVING sum(n::int) <> 0 OFFSET 0) h
  )
  INSERT INTO tallies (scope, measure, level, start, key, lane, n)
  SELECT s.scope, c.measure, b.level, b.start, c.key, p_lane, sum(c.n::int)
  FROM hourly c
  CROSS JOIN LATERAL (VALUES ('*'), ('team:' || c.team)) AS s(scope)
  CROSS JOIN LATERAL (VALUES (0, 0::bigint), (1, c.month), (2, c.hour - c.hour % 86400000), (3, c.hour)) AS b(level, start)
  WHERE s.scope IS NOT NULL
  GROUP BY 1, 2, 3, 4, 5 HAVING sum(c.n::int) <> 0
  ORDER BY 1, 2, 3, 4, 5
  ON CONFLICT (scope, measure, level, start, key, lane) DO UPDATE SET n = tallies.n + excluded.n;
END $$;

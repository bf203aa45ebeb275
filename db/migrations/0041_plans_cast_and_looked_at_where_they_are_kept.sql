-- Keeps requests as keep_requests does, of those whose plan is still right: made on the ground that there is now (settings, snapshot, newest
-- vend: `grounds`, of which `given` names one), for an e-mail and a name that no account has. Who planned on a guess
-- finds out here. A plan that begins with a number has only its own values, after the number of the one in `moulds` that they go into.
CREATE FUNCTION keep_planned(grounds jsonb, moulds jsonb, given jsonb, bodies text, plans text, told jsonb, lines text, views jsonb,
  p_at timestamptz, most int) RETURNS text[] LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  actual jsonb;
  outdated int[];
  ids text[];
BEGIN
  -- Nobody else is between here and the commit. What is looked at afterwards is seen as whoever was there before has left it.
  PERFORM FROM ledger_lanes l WHERE l.lane = 0 FOR UPDATE;
  SELECT jsonb_build_object('version', s.version, 'digest', s.digest,
    'snapshot', (SELECT o.id FROM organization_snapshots o WHERE o.content IS NOT NULL AND o.completed_at IS NOT NULL
      ORDER BY o.started_at DESC LIMIT 1),
    'vended', coalesce((SELECT f.seq::text FROM facts f WHERE f.lane = 0 AND f.type = 'AccountVended' ORDER BY f.seq DESC LIMIT 1), ''))
  INTO actual
  FROM (SELECT) one
  LEFT JOIN (SELECT v.version, v.digest FROM settings_versions v ORDER BY v.version DESC LIMIT 1) s ON true;
  SELECT array_agg(r.n) INTO outdated
  FROM jsonb_to_recordset(given) AS r(n int, ground int, email text, name text)
  -- One look by the key for each, however little Postgres knows of how many accounts there are.
  LEFT JOIN LATERAL (SELECT a.account_id FROM accounts a WHERE a.email_canonical = r.email LIMIT 1) e ON true
  LEFT JOIN LATERAL (SELECT a.account_id FROM accounts a WHERE a.organizational_unit_id = split_part(r.name, '/', 1)
    AND lower(a.name) = substr(r.name, strpos(r.name, '/') + 1) LIMIT 1) m ON true
  WHERE e.account_id IS NOT NULL OR m.account_id IS NOT NULL OR grounds -> r.ground <> actual;
  IF outdated IS NOT NULL THEN
    -- As if the others had come alone.
    SELECT jsonb_agg(g.j || jsonb_build_object('n', g.place) ORDER BY g.place), string_agg(b.line, chr(10) ORDER BY g.place),
      string_agg(p.line, chr(10) ORDER BY g.place), array_agg(g.j ->> 'id')
    INTO given, bodies, plans, ids
    FROM (SELECT r.j, (r.j ->> 'n')::int AS n, row_number() OVER (ORDER BY (r.j ->> 'n')::int) AS place
      FROM jsonb_array_elements(given) AS r(j) WHERE (r.j ->> 'n')::int <> ALL (outdated)) g
    JOIN string_to_table(bodies, chr(10)) WITH ORDINALITY AS b(line, n) ON b.n = g.n
    JOIN string_to_table(plans, chr(10)) WITH ORDINALITY AS p(line, n) ON p.n = g.n;
    IF given IS NULL THEN RETURN '{}'; END IF;
    SELECT jsonb_agg(t.j || jsonb_build_object('n', t.place) ORDER BY t.place), string_agg(l.line, chr(10) ORDER BY t.place)
    INTO told, lines
    FROM (SELECT r.j, (r.j ->> 'n')::int AS n, row_number() OVER (ORDER BY (r.j ->> 'n')::int) AS place
      FROM jsonb_array_elements(told) AS r(j) WHERE r.j ->> 'request' = ANY (ids)) t
    JOIN string_to_table(lines, chr(10)) WITH ORDINALITY AS l(line, n) ON l.n = t.n;
  END IF;
  IF jsonb_array_length(moulds) > 0 THEN
    SELECT string_agg(CASE WHEN left(l.line, 1) = '{' THEN l.line
      ELSE format(moulds ->> split_part(l.line, U&'\0001', 1)::int, VARIADIC (string_to_array(l.line, U&'\0001'))[2:]) END,
      chr(10) ORDER BY l.n) INTO plans
    FROM string_to_table(plans, chr(10)) WITH ORDINALITY AS l(line, n);
  END IF;
  RETURN keep_requests(given, bodies, plans, told, lines, views, p_at, most);
END $$;

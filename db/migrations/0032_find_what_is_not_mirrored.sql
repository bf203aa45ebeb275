ALTER TABLE "mirror_interfaces" DROP CONSTRAINT "mirror_interfaces_account_id_network_interface_id_pk";--> statement-breakpoint
ALTER TABLE "mirror_interfaces" ADD CONSTRAINT "mirror_interfaces_account_id_network_interface_id_profile_pk" PRIMARY KEY("account_id","network_interface_id","profile");--> statement-breakpoint
-- Gaps in mirroring are findings of our own whose rows are folded from what is told of them, as Config's are.
CREATE OR REPLACE FUNCTION fold_again(p_told finding_told[]) RETURNS posture_steps[] LANGUAGE plpgsql AS $$
DECLARE
  net posture_steps[];
BEGIN
  WITH told AS MATERIALIZED (
    SELECT t.key, t.account_id, t.version, t.fact_id COLLATE "C" AS fact_id, t.occurred_at, t.recorded_at, t.region, t.rule,
      t.resource_type, t.resource_id, t.status, t.annotation, t.control, t.own
    FROM unnest(p_told) t
  ), found AS MATERIALIZED (
    SELECT t.key, t.account_id, t.own, min(t.version) AS since,
      CASE WHEN t.own THEN max(coalesce(t.control, t.rule)) ELSE (
        SELECT min(g.control) FROM account_guardrails g WHERE g.account_id = t.account_id AND g.carrier = t.rule)
      END AS control
    FROM told t GROUP BY t.key, t.account_id, t.own, t.rule
  ), live AS MATERIALIZED (
    -- What a control that was taken away still says is not heard.
    SELECT * FROM found f WHERE f.control IS NOT NULL OR NOT EXISTS (
      SELECT FROM compliance c WHERE c.key = f.key AND c.status = 'REMOVED')
  ), once AS MATERIALIZED (
    SELECT DISTINCT ON (t.key, t.version) t.*, l.control AS counted FROM told t JOIN live l USING (key)
    ORDER BY t.key, t.version, t.fact_id DESC
  ), old AS MATERIALIZED (
    SELECT l.key, h.version, h.status, h.fact_id COLLATE "C" AS fact_id FROM live l CROSS JOIN LATERAL (
      SELECT version, status, fact_id FROM compliance_history h WHERE h.key = l.key AND h.version < l.since
      ORDER BY h.version DESC LIMIT 1) h WHERE l.control IS NOT NULL
    UNION ALL
    SELECT l.key, h.version, h.status, h.fact_id COLLATE "C" FROM live l CROSS JOIN LATERAL (
      SELECT version, status, fact_id FROM compliance_history h WHERE h.key = l.key AND h.version >= l.since
      OFFSET 0) h WHERE l.control IS NOT NULL
  ), course AS (
    SELECT key, version, status, lag(status) OVER (PARTITION BY key ORDER BY version) AS before, 1 AS sign FROM (
      SELECT DISTINCT ON (key, version) key, version, status FROM (
        SELECT key, version, status, fact_id FROM old
        UNION ALL
        SELECT key, version, status, fact_id FROM once WHERE counted IS NOT NULL) rows_of_both
      ORDER BY key, version, fact_id DESC) after
    UNION ALL
    SELECT key, version, status, lag(status) OVER (PARTITION BY key ORDER BY version), -1 FROM old
  ), steps AS (
    SELECT l.account_id, c.version AS at, l.control,
      sum(c.sign * (is_open(c.status) - coalesce(is_open(c.before), 0))) AS open,
      sum(c.sign * (is_passed(c.status, l.own) - coalesce(is_passed(c.before, l.own), 0))) AS passed
    FROM course c JOIN live l USING (key) GROUP BY 1, 2, 3
  ), remembered AS (
    INSERT INTO compliance_history AS h (key, version, status, fact_id, recorded_at, account_id)
    SELECT key, version, status, fact_id, recorded_at, account_id FROM once ORDER BY key, version
    ON CONFLICT (key, version) DO UPDATE SET status = excluded.status, fact_id = excluded.fact_id,
      recorded_at = excluded.recorded_at
    WHERE h.fact_id COLLATE "C" < excluded.fact_id
  ), newest AS (
    INSERT INTO compliance AS c (key, account_id, region, rule, resource_type, resource_id, control, status, version,
      fact_id, annotation, evaluated_at)
    SELECT DISTINCT ON (key) key, account_id, region, rule, resource_type, resource_id, counted, status, version, fact_id,
      annotation, occurred_at
    -- Drift writes the rows of its findings itself: it knows of looks that changed nothing.
    FROM once WHERE NOT own OR rule = 'jetway:mirror-coverage' ORDER BY key, version DESC
    ON CONFLICT (key) DO UPDATE SET control = coalesce(excluded.control, c.control), status = excluded.status,
      version = excluded.version, fact_id = excluded.fact_id, annotation = excluded.annotation,
      evaluated_at = excluded.evaluated_at
    WHERE c.version < excluded.version OR (c.version = excluded.version AND c.fact_id COLLATE "C" < excluded.fact_id)
  )
  SELECT array_agg(ROW (account_id, at, control, open, passed, 0, 0)::posture_steps) INTO net
  FROM steps WHERE open <> 0 OR passed <> 0;
  RETURN net;
END $$;--> statement-breakpoint
-- What was found by controls that a changed account no longer has. Mirroring is no guardrail of a plan: its findings end with
-- the interfaces that they are about.
CREATE OR REPLACE FUNCTION end_removed_findings(p_lane smallint, p_accounts text[], p_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  net posture_steps[];
BEGIN
  WITH gone AS MATERIALIZED (
    SELECT c.key, c.account_id, c.status, c.rule, starts_with(c.rule, 'jetway:') AS own,
      coalesce(c.control, CASE WHEN starts_with(c.rule, 'jetway:') THEN c.rule END) AS control,
      greatest(c.version + 1, coalesce((SELECT max(s.to_at) FROM guardrail_spans s
        WHERE s.account_id = c.account_id AND s.control = c.control),
        (extract(epoch FROM date_trunc('milliseconds', p_at)) * 1000)::bigint)) AS at
    FROM compliance c JOIN accounts a ON a.account_id = c.account_id AND a.plan_request_id <> a.request_id
    WHERE c.account_id = ANY (p_accounts) AND c.status <> 'REMOVED' AND c.rule <> 'jetway:mirror-coverage'
      AND NOT EXISTS (SELECT FROM account_guardrails g WHERE g.account_id = c.account_id
        AND (g.carrier = c.rule OR (g.control = c.control AND starts_with(c.rule, 'jetway:'))))
      AND (c.control IS NOT NULL OR c.rule IN (
        SELECT once ->> 'ruleName' FROM request_views v
        JOIN facts f ON f.request_id = v.request_id AND f.era = 'governance'
        CROSS JOIN LATERAL jsonb_array_elements(f.data -> 'detective') once
        WHERE v.account_id = a.account_id AND f.type = 'GuardrailsAttached' AND jsonb_typeof(f.data -> 'detective') = 'array'))
  ), ended AS (
    UPDATE compliance c SET status = 'REMOVED', version = g.at, annotation = NULL FROM gone g WHERE c.key = g.key
  ), remembered AS (
    INSERT INTO compliance_history (key, version, status, fact_id, recorded_at, account_id)
    SELECT key, at, 'REMOVED', 'removed', p_at, account_id FROM gone ORDER BY 1
    ON CONFLICT (key, version) DO NOTHING)
  SELECT array_agg(ROW (account_id, at, control, -is_open(status), -is_passed(status, own), 0, 0)::posture_steps) INTO net
  FROM gone WHERE control IS NOT NULL AND (is_open(status) <> 0 OR is_passed(status, own) <> 0);
  PERFORM apply_posture_steps(p_lane, net);
END $$;--> statement-breakpoint
-- Whether an exception covers a finding. That the control itself is gone or changed is never excepted.
CREATE OR REPLACE FUNCTION exception_covers(control text, resource text, found_control text, found_rule text, found_resource text)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT control = found_control AND (resource IS NULL OR resource = found_resource)
    AND found_rule NOT IN ('jetway:stack-drift', 'jetway:control-missing')
$$;

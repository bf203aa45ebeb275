-- Accounts that follow the plan of a change know its version already; those of plans without one stay as they are.
UPDATE accounts a SET blueprint = a.blueprint || jsonb_build_object('version', r.plan_text::jsonb #> '{blueprint,version}')
FROM account_requests r
WHERE r.id = a.plan_request_id AND a.blueprint IS NOT NULL AND r.plan_text::jsonb #>> '{blueprint,version}' IS NOT NULL;--> statement-breakpoint
CREATE OR REPLACE VIEW ledger.accounts AS
SELECT a.account_id, a.name, a.email, a.team, a.organizational_unit_id, a.status, a.origin, a.request_id,
  a.plan_request_id, a.blueprint ->> 'name' AS blueprint, a.created_at, coalesce(p.guardrails, 0) AS guardrails,
  coalesce(p.open, 0) AS violations,
  CASE WHEN p.account_id IS NOT NULL THEN public.posture_state(p.open, p.passed, p.detective, p.guardrails) END AS compliance,
  a.blueprint ->> 'version' AS blueprint_version
FROM public.accounts a LEFT JOIN public.account_posture p ON p.account_id = a.account_id;

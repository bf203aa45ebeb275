/** @jsxImportSource hono/jsx */
import type { AccountPlan } from '../planning/plan.schema.ts';
import { NetworkFigure } from './parts/drawings.page.tsx';
import { count, duration } from './words.ts';

/** What a request would come to, before it is one. */
export function PlanPreview({ plan }: { plan: AccountPlan }) {
  const { guardrails, eta, monthlyCost, approvals, components } = plan;
  const detective = new Set(guardrails.detective.map(({ control }) => control));
  const preventive = new Set(guardrails.preventive.flatMap(({ controls }) => controls));
  return (
    <section class="panel" id="plan">
      <h2>The plan</h2>
      {plan.warnings.length === 0 ? null : (
        <div class="note warn">
          <ul class="tight">
            {plan.warnings.map((warning) => (
              <li>{warning}</li>
            ))}
          </ul>
        </div>
      )}
      <dl class="facts">
        <dt>Unit</dt>
        <dd>{plan.organization.organizationalUnitName}</dd>
        <dt>Approval</dt>
        <dd>{approvalWords(approvals)}</dd>
        <dt>Takes</dt>
        <dd>
          about {duration(eta.p50Seconds * 1_000)}, {duration(eta.p90Seconds * 1_000)} at most in nine of ten
        </dd>
        <dt>Costs</dt>
        <dd>
          about {monthlyCost.amount.toFixed(2)} {monthlyCost.currency} a month
        </dd>
        <dt>Components</dt>
        <dd>{[...new Set(components.map(({ name }) => name))].join(', ')}</dd>
        <dt>Guardrails</dt>
        <dd>
          {count(preventive.size, 'preventive', 'preventive')}, {detective.size} detective,{' '}
          {guardrails.inherited.length} from the unit
        </dd>
        <dt>Access</dt>
        <dd>
          {plan.access.length === 0
            ? 'nobody yet'
            : plan.access.map((one) => `${one.principal} as ${one.permissionSet}`).join(', ')}
        </dd>
        <dt>Plan</dt>
        <dd class="mono small">{plan.digest}</dd>
      </dl>
      {plan.network ? <NetworkFigure {...plan.network} /> : <p class="soft">No VPC.</p>}
    </section>
  );
}

/** Who has to say yes, in a few words. */
export function approvalWords({ policy, stages }: AccountPlan['approvals']): string {
  if (stages.length === 0) return `by the policy ${policy}, without a person`;
  return stages
    .map(({ name, quorum }) => `${quorum === 1 ? 'one person' : `${quorum} people`} (${name})`)
    .join(', then ');
}

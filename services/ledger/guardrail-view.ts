import { z } from 'zod';
import type { Fact } from './fact.ts';

const Attached = z.object({
  preventive: z
    .array(
      z.object({ policyName: z.string(), policyId: z.string(), controls: z.array(z.string()).default([]) }),
    )
    .default([]),
  detective: z.array(z.object({ ruleName: z.string(), control: z.string() })).default([]),
  inherited: z.array(z.string()).default([]),
});

export type GuardrailRow = {
  account_id: string;
  control: string;
  kind: 'preventive' | 'detective' | 'inherited';
  carrier: string | null;
  status: 'ATTACHED';
  version: number;
};

/** What the workflow confirmed by read-back, one row for each account and control. */
export function guardrailRows(facts: readonly Fact[]): GuardrailRow[] {
  return facts
    .filter((f) => f.type === 'GuardrailsAttached' && f.accountId !== undefined)
    .sort((a, b) => b.version - a.version)
    .filter((f, i, all) => all.findIndex((g) => g.accountId === f.accountId) === i)
    .flatMap((fact) => {
      const attached = Attached.parse(fact.data);
      const row = (control: string, kind: GuardrailRow['kind'], carrier: string | null): GuardrailRow => ({
        account_id: fact.accountId!,
        control,
        kind,
        carrier,
        status: 'ATTACHED',
        version: fact.version,
      });
      const rows = [
        ...attached.inherited.map((control) => row(control, 'inherited', null)),
        ...attached.preventive.flatMap((p) =>
          p.controls.map((control) => row(control, 'preventive', p.policyId)),
        ),
        ...attached.detective.map((d) => row(d.control, 'detective', d.ruleName)),
      ];
      // A control may be both inherited and asked for; one row, the account's own carrier last.
      return [...new Map(rows.map((r) => [r.control, r])).values()];
    });
}

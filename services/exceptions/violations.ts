import { type ExceptionNote, exceptionOf, type FoundThing, type InForce } from './cover.ts';

/** A finding as the compliance table has it. */
export type Finding = FoundThing & {
  region: string;
  resourceType: string;
  status: string;
  /** RFC 3339 UTC: since when it stands so. */
  since: string;
  annotation: string | null;
};

export type Violation = Pick<Finding, 'region' | 'resourceType' | 'resourceId' | 'since'> & {
  annotation?: string;
  exception?: ExceptionNote;
};

/** How often one rule is violated, and where. */
export type RuleViolations = {
  rule: string;
  control: string | null;
  /** All of them, the excepted ones too. */
  count: number;
  excepted: number;
  resources: Violation[];
};

/** The violations of an account rule by rule, in the order of the findings. What is excepted stays, and says so. */
export function violationsByRule(
  findings: readonly Finding[],
  inForce: readonly InForce[],
): RuleViolations[] {
  const rules = new Map<string, RuleViolations>();
  for (const found of findings) {
    if (found.status !== 'NON_COMPLIANT') continue;
    const { rule, control } = found;
    const key = JSON.stringify([rule, control]);
    const row = rules.get(key) ?? { rule, control, count: 0, excepted: 0, resources: [] };
    const exception = exceptionOf(found, inForce);
    row.count += 1;
    if (exception) row.excepted += 1;
    row.resources.push({
      region: found.region,
      resourceType: found.resourceType,
      resourceId: found.resourceId,
      since: found.since,
      ...(found.annotation === null ? {} : { annotation: found.annotation }),
      ...(exception ? { exception } : {}),
    });
    rules.set(key, row);
  }
  return [...rules.values()];
}

import { sha256 } from '../kernel/canonical-json.ts';
import type { NewFact } from '../ledger/fact.ts';
import type { DriftChecked } from './check.schema.ts';
import { rowKey, type Turn } from './fold.ts';

/** The same thing of the same account has the same name in every check. */
const driftId = (accountId: string, row: Turn['row']): string =>
  `drift-${sha256(`${accountId}\u0000${rowKey(row)}`).slice('sha256:'.length, 'sha256:'.length + 16)}`;

/**
 * The facts that tell the world what has turned: DriftDetected for what is not as planned now, ComplianceChanged for
 * every change of the status. `evidence` is the check that says so; nothing is folded from these facts.
 */
export function newsOf(accountId: string, turns: readonly Turn[]): NewFact[] {
  return turns.flatMap(({ row, before }) => {
    const name = driftId(accountId, row);
    const base = {
      source: 'jetway',
      accountId,
      version: row.version,
      occurredAt: new Date(row.version).toISOString(),
    };
    const { region, rule, resourceType, resourceId, control, annotation } = row;
    const what = { region, rule, resourceType, resourceId, ...(control === null ? {} : { control }) };
    const words = annotation === null ? {} : { annotation };
    const fact = (type: 'DriftDetected' | 'ComplianceChanged', data: NewFact['data']): NewFact => {
      const id = `${type}:${name}:${row.factId}`;
      return { ...base, id, meaning: id, type, data };
    };
    return [
      ...(row.status === 'NON_COMPLIANT'
        ? [
            fact('DriftDetected', {
              driftId: name,
              evidence: row.factId,
              ...what,
              ...words,
              properties: row.properties,
            }),
          ]
        : []),
      ...(row.status === before?.status
        ? []
        : [
            fact('ComplianceChanged', {
              ...what,
              status: row.status,
              before: before?.status ?? null,
              ...words,
            }),
          ]),
    ];
  });
}

/** What a check could not read, area by area and stack by stack. */
export const troubleOf = (check: DriftChecked): { what: string; why: string }[] => [
  ...check.trouble.map(({ area, error, cause }) => ({ what: area, why: `${error}: ${cause}` })),
  ...check.stacks
    .filter(({ state }) => state === 'UNKNOWN' || state === 'PARTLY_COMPARED')
    .map(({ stackName, why }) => ({ what: `stack ${stackName}`, why })),
  ...check.instances
    .filter(({ state }) => state === 'UNKNOWN')
    .map(({ name, region }) => ({
      what: `${name} in ${region}`,
      why: 'An operation of its stack set is under way.',
    })),
];

import { type ChainLevel, FULL_AWS_ACCESS, FULL_AWS_ACCESS_ID } from '../guardrails/evaluate.ts';
import type { OrganizationSnapshot } from './snapshot.schema.ts';

export type Unit = OrganizationSnapshot['units'][number];

export type OrganizationalUnit = {
  id: string;
  name: string;
  path: string;
  requestable: boolean;
  approval: 'automatic' | 'one' | 'quorum';
};

/** Units of the organization's own accounts, by the name at the top, where the settings name none. */
const RESERVED = ['Security', 'Infrastructure'];

/**
 * May an account be asked for in this unit? Registered with Control Tower (its baseline is enabled), not the root, not
 * in or under a unit that takes none.
 * @param closed ids of the units that take none; absent: those with the usual names
 */
export const isRequestable = (
  unit: Unit,
  snapshot: OrganizationSnapshot,
  closed: readonly string[] | undefined,
): boolean =>
  unit.parentId !== null &&
  unit.baseline === 'SUCCEEDED' &&
  (closed === undefined
    ? !RESERVED.includes(unit.path.split('/')[0] ?? '')
    : !chainOf(snapshot, unit.id).some(({ id }) => closed.includes(id)));

/**
 * @param approval what a plain vend into the unit takes, by its id and those above it
 * @param closed as for isRequestable
 */
export const organizationalUnits = (
  snapshot: OrganizationSnapshot,
  approval: (chain: readonly string[]) => OrganizationalUnit['approval'],
  closed?: readonly string[],
): OrganizationalUnit[] =>
  snapshot.units
    .filter((u) => u.parentId !== null)
    .map((u) => ({
      id: u.id,
      name: u.name,
      path: u.path,
      requestable: isRequestable(u, snapshot, closed),
      approval: approval(chainOf(snapshot, u.id).map(({ id }) => id)),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));

/** The unit and everything above it, root last. */
export function chainOf(snapshot: OrganizationSnapshot, unitId: string): Unit[] {
  const chain: Unit[] = [];
  for (let unit = snapshot.units.find((u) => u.id === unitId); unit; ) {
    chain.push(unit);
    const parent: string | null = unit.parentId;
    unit = snapshot.units.find((u) => u.id === parent);
  }
  return chain;
}

/**
 * What binds an account in this unit, for the policy evaluator: one level for each unit of its chain, root first, without
 * the account itself. A policy whose content was not read has none, and decides nothing: every answer is then `unknown`.
 */
export function chainLevels(snapshot: OrganizationSnapshot, unitId: string): ChainLevel[] {
  const contents = new Map(snapshot.policies.map((p) => [p.id, p.content]));
  contents.set(FULL_AWS_ACCESS_ID, FULL_AWS_ACCESS);
  return chainOf(snapshot, unitId)
    .reverse()
    .map((unit) => ({
      targetId: unit.id,
      policies: unit.policies.map(({ id, name }) => ({ id, name, content: contents.get(id) ?? '' })),
    }));
}

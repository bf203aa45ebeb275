import type { WrittenStatement } from './statements.ts';

/** A statement and the controls that it stands for. */
export type OwnedStatement = { statement: WrittenStatement; controls: string[] };

/**
 * Joins Deny statements that differ in nothing but their Action lists, then those that differ in nothing but their
 * Resource lists. A call matches one of two such statements exactly when it matches the one with both lists, because
 * the patterns of a list are alternatives and everything else is the same; a Deny has no more to it than whether it
 * matches. NotAction and NotResource are never joined: there the patterns are not alternatives.
 */
export const mergeStatements = (statements: readonly OwnedStatement[]): OwnedStatement[] =>
  mergeOver('Resource', mergeOver('Action', statements));

function mergeOver(element: 'Action' | 'Resource', statements: readonly OwnedStatement[]): OwnedStatement[] {
  const groups = new Map<string, OwnedStatement>();
  for (const one of statements) {
    const { Sid: _, [element]: patterns, ...rest } = one.statement;
    const key = patterns === undefined ? JSON.stringify(one.statement) : `${element}${JSON.stringify(rest)}`;
    const known = groups.get(key);
    groups.set(key, known === undefined ? one : join(element, known, one));
  }
  return [...groups.values()];
}

/** The earlier one gives the Sid. */
function join(element: 'Action' | 'Resource', one: OwnedStatement, other: OwnedStatement): OwnedStatement {
  const patterns = [one, other].flatMap(({ statement }) => statement[element] ?? []);
  return {
    statement: { ...one.statement, [element]: [...new Set(patterns)].sort() },
    controls: [...new Set([...one.controls, ...other.controls])].sort(),
  };
}

/**
 * What was worked out before of the same things. `about` is an object that never changes (a snapshot, a template): what
 * was found of it is forgotten with it. `key` holds everything else that the finding depends on.
 */
export type Recall = <T>(about: object, kind: string, key: string, find: () => T) => T;

/** Works everything out anew. */
export const recallNothing: Recall = (_about, _kind, _key, find) => find();

/** Keeps at most so many findings of each kind about one object; what was asked for least lately goes first. */
export function openRecall(most = 500): Recall {
  const known = new WeakMap<object, Map<string, Map<string, unknown>>>();
  return <T>(about: object, kind: string, key: string, find: () => T): T => {
    const kinds = known.get(about) ?? new Map<string, Map<string, unknown>>();
    known.set(about, kinds);
    const findings = kinds.get(kind) ?? new Map<string, unknown>();
    kinds.set(kind, findings);
    const isKnown = findings.has(key);
    const value = isKnown ? (findings.get(key) as T) : find();
    // While there is room, nobody asks who was asked for last.
    if (isKnown && findings.size < most) return value;
    findings.delete(key);
    findings.set(key, value);
    if (findings.size > most) findings.delete(findings.keys().next().value as string);
    return value;
  };
}

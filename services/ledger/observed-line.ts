import { hash } from 'node:crypto';
import { canonicalJson } from '../kernel/canonical-json.ts';
import { factParts, type NewFact } from './fact.ts';

/**
 * What `ledger_observe` takes of a fact: what is stored, field by field. Only of evaluations that Config tells in plain words,
 * which nearly all observations are; texts of theirs are the same in JSON and without.
 * @param recordedAt RFC 3339 UTC with milliseconds
 * @returns fields with U+0001 between them, which JSON escapes; undefined for any other fact
 */
export function observedLine(fact: NewFact, recordedAt: string): string | undefined {
  const said = evaluationOf(fact);
  if (!said) return undefined;
  const { accountId, region, rule, resourceType, resourceId, status, before, annotation } = said;
  const text = canonicalJson(fact.data);
  const [head, tail] = factParts(fact, recordedAt, text);
  if (head.includes('\\') || tail.includes('\\')) return undefined;
  // As `finding_key` has it: the findings of an account begin alike.
  const key =
    fingerprint(accountId).slice(0, 4) +
    fingerprint(`${accountId}\n${region}\n${rule}\n${resourceType}\n${resourceId}`).slice(4);
  return (
    `${fingerprint(fact.meaning)}\u0001${key}\u0001${head}\u0001${tail}\u0001${fact.id}\u0001${fact.meaning}\u0001` +
    `${accountId}\u0001${fact.version}\u0001${fact.occurredAt}\u0001${text}\u0001${region}\u0001${rule}\u0001` +
    `${resourceType}\u0001${resourceId}\u0001${status}\u0001${before}\u0001${annotation}`
  );
}

/** 128 bits of SHA-256, as hex digits. */
const fingerprint = (words: string): string => hash('sha256', words).slice(0, 32);

const MEMBERS: ReadonlySet<string> = new Set([
  'annotation',
  'before',
  'region',
  'resourceId',
  'resourceType',
  'rule',
  'status',
]);

/** Every member that an evaluation of Config has and no other; what is not told is empty, and nothing else is. */
function evaluationOf({ type, source, requestId, actor, accountId, version, data }: NewFact) {
  if (type !== 'ComplianceChanged' || source !== 'aws.config' || requestId !== undefined) return undefined;
  if (actor !== undefined || !accountId || !Number.isSafeInteger(version)) return undefined;
  for (const member in data) if (!MEMBERS.has(member)) return undefined;
  const { region, rule, resourceType, resourceId, status, before, annotation } = data;
  if (!isTold(region) || !isTold(rule) || !isTold(resourceType) || !isTold(resourceId) || !isTold(status))
    return undefined;
  if (!(before == null || isTold(before)) || !(annotation === undefined || isTold(annotation)))
    return undefined;
  // Of our own findings Config knows nothing.
  if (rule.startsWith('jetway:')) return undefined;
  return {
    ...{ accountId, region, rule, resourceType, resourceId, status },
    ...{ before: before ?? '', annotation: annotation ?? '' },
  };
}

const isTold = (value: unknown): value is string => typeof value === 'string' && value !== '';

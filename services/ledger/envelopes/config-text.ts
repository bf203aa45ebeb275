import { type JsonLayout, layoutOf } from '../../kernel/json-layout.ts';
import type { NewFact } from '../fact.ts';
import { evaluationFact } from './config.ts';
import { envelopeId } from './kind.ts';

/** Reads what Config tells of its rules, nearly all there is to read, from the text of its envelopes. */
export type EvaluationReader = {
  /** @returns the fact that the envelope becomes; undefined where it has to be read as every other message is */
  read(text: string): NewFact | undefined;
  /** Tells of a text that was read as every other message, and became this fact alone. */
  learn(text: string, fact: NewFact): void;
};

const SLOTS = [
  '/id',
  '/account',
  '/time',
  '/region',
  '/detail/awsAccountId',
  '/detail/awsRegion',
  '/detail/configRuleName',
  '/detail/resourceType',
  '/detail/resourceId',
  '/detail/newEvaluationResult/complianceType',
  '/detail/newEvaluationResult/annotation',
  '/detail/newEvaluationResult/resultRecordedTime',
  '/detail/newEvaluationResult/evaluationResultIdentifier/orderingTimestamp',
  '/detail/oldEvaluationResult/complianceType',
] as const;

const DAY = '(?:0[1-9]|1[0-2])-(?:0[1-9]|1\\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31';
/** As AWS writes times, on every day but the 29th of February. */
const TIME = `20\\d\\d-(?:${DAY})T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{3})?Z`;
const LOOKS: Readonly<Record<string, string>> = {
  '/account': '\\d{12}',
  '/time': TIME,
  '/region': '[a-z0-9-]+',
  '/detail/newEvaluationResult/complianceType': 'COMPLIANT|NON_COMPLIANT|NOT_APPLICABLE|INSUFFICIENT_DATA',
  '/detail/newEvaluationResult/resultRecordedTime': TIME,
  '/detail/newEvaluationResult/evaluationResultIdentifier/orderingTimestamp': TIME,
};
const SAME = ['/source', '/detail-type'];

/** With and without annotation, first evaluations and later ones, and what AWS adds over the years. */
const MOST_LAYOUTS = 16;
/** Once there are so many, one more is learned after as many texts that none of them fits. */
const PATIENCE = 1_000;

/**
 * Layouts are learned from texts that the schemas have accepted. What is laid out like one of them, and says in each place what
 * the schemas accept there, is read without them; they are asked wherever that is not beyond doubt.
 */
export function openEvaluationReader(): EvaluationReader {
  /** The one that was used last is the first. */
  let layouts: readonly JsonLayout[] = [];
  let patience = 0;
  return {
    read(text) {
      for (let i = 0; i < layouts.length; i++) {
        const layout = layouts[i] as JsonLayout;
        const found = layout.pattern.exec(text);
        if (!found) continue;
        if (i > 0) layouts = [layout, ...layouts.filter((other) => other !== layout)];
        return text.isWellFormed() ? factIn(found, layout.groups) : undefined;
      }
      return undefined;
    },
    learn(text, fact) {
      patience -= 1;
      if (patience > 0) return;
      const layout = layoutOf(text, SLOTS, LOOKS, SAME);
      const found = layout?.pattern.exec(text);
      if (!layout || !found || JSON.stringify(factIn(found, layout.groups)) !== JSON.stringify(fact)) return;
      layouts = [layout, ...layouts].slice(0, MOST_LAYOUTS);
      if (layouts.length === MOST_LAYOUTS) patience = PATIENCE;
    },
  };
}

/** UTF-8 has at most three bytes for each UTF-16 unit. */
const MOST_BYTES = 3;

/** The limits of the schemas, the narrower one where they look twice; undefined where they have to be asked. */
function factIn(found: RegExpExecArray, groups: readonly number[]): NewFact | undefined {
  const said = groups.map((group) => (group === 0 ? undefined : found[group]));
  const [
    id,
    account,
    sent,
    region,
    accountId,
    awsRegion,
    rule,
    resourceType,
    resourceId,
    status,
    annotation,
  ] = said;
  const [recorded, ordered, before] = said.slice(11);
  const time = ordered ?? recorded ?? sent;
  if (account === undefined || account !== accountId || region === undefined || region !== awsRegion)
    return undefined;
  if (!fits(id, 256) || !fits(rule, 128) || !fits(resourceType, 196)) return undefined;
  if (!fits(resourceId, 1_024 / MOST_BYTES) || !fits(region, 32)) return undefined;
  if (status === undefined || time === undefined) return undefined;
  if ((annotation ?? '').length > 2_000 || (before !== undefined && !fits(before, 256))) return undefined;
  return evaluationFact(envelopeId({ account, id }), {
    accountId,
    region,
    rule,
    resourceType,
    resourceId,
    version: Date.parse(time),
    occurredAt: time.length === 24 ? time : `${time.slice(0, 19)}.000Z`,
    status,
    annotation,
    before: before ?? null,
  });
}

const fits = (text: string | undefined, longest: number): text is string =>
  text !== undefined && text.length > 0 && text.length <= longest;

import { sha256 } from '../kernel/canonical-json.ts';
import { arrange } from './arrange.ts';
import { type Item, packBins } from './bins.ts';
import { attachmentOf } from './catalogue.ts';
import type { ChosenControl } from './choose.ts';
import { mergeStatements, type OwnedStatement } from './merge.ts';
import { statementsFor } from './statements.ts';

/** Live limits, after what is attached already (slots.ts): never constants. */
export type PolicyLimits = { maxPolicies: number; maxCharacters: number };

/** PreventivePolicyPlan of the plan. */
export type PackedPolicy = { policyName: string; characters: number; controls: string[]; content: string };

export type Packed = {
  policies: PackedPolicy[];
  /** Which controls a Sid of these policies stands for. */
  owners: Record<string, string[]>;
  /**
   * `stable`: one control more or less changes at most two policies. `dense`: as few as a search finds, because that
   * takes fewer than the slots that there are, or all of them. `merged`: the same, with like statements joined, because
   * it would not fit otherwise.
   */
  arrangement: 'stable' | 'dense' | 'merged';
};

export type PackRefusal = {
  refused: {
    reason: string;
    /** The controls that do not fit, the rest does. */
    controls: string[];
    /** Absent when a single statement is too long for any policy. */
    policiesNeeded?: number;
    maxPolicies: number;
    maxCharacters: number;
  };
};

const HEAD = '{"Version":"2012-10-17","Statement":[';
const TAIL = ']}';

type Piece = { text: string; sid: string; controls: string[] };

/**
 * Packs preventive controls into service control policies. The same controls with the same parameters give the same
 * policies, byte for byte, whatever their order: policies are named by their content and shared between accounts. A
 * statement that several controls have is written once, and keeps the Sid by which a denial names its control.
 *
 * Up to three policies are arranged so that a control more or less changes at most two of them; where the slots are
 * too few for that, or more policies are needed, a search looks for the fewest, at last with like statements joined.
 *
 * @throws TypeError for a control that is no service control policy; `chooseControls` and `attachmentOf` tell
 */
export function packPolicies(choices: readonly ChosenControl[], limits: PolicyLimits): Packed | PackRefusal {
  const owned = statementsOf(choices);
  // Every statement but the first brings a comma: count one for each, and one more of room.
  const capacity = limits.maxCharacters - HEAD.length - TAIL.length + 1;
  const apart = itemsOf(owned);
  const tooLong = apart.filter(({ size }) => size > capacity).map(({ value }) => value);
  if (tooLong.length > 0) {
    const reason = `a statement is longer than a policy may be (${limits.maxCharacters} characters)`;
    return refusal(reason, tooLong, limits);
  }
  const stable = arrange(bySize(apart), capacity);
  if (stable && stable.length <= limits.maxPolicies) return written(stable, 'stable');
  const dense = packBins(apart, capacity);
  if (dense.length <= limits.maxPolicies) return written(dense, 'dense');
  const together = itemsOf(mergeStatements(owned));
  const merged = together.every(({ size }) => size <= capacity) ? packBins(together, capacity) : dense;
  if (merged.length <= limits.maxPolicies) return written(merged, 'merged');
  const needed = merged.length === 1 ? '1 policy is' : `${merged.length} policies are`;
  const reason = `${needed} needed and there is room for ${limits.maxPolicies}`;
  const left = merged.slice(limits.maxPolicies).flatMap((bin) => bin.map(({ value }) => value));
  return refusal(reason, left, limits, merged.length);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Each statement once, in the order of its first control's id. */
function statementsOf(choices: readonly ChosenControl[]): OwnedStatement[] {
  const byBody = new Map<string, OwnedStatement>();
  for (const choice of [...choices].sort((a, b) => compare(a.control.id, b.control.id))) {
    if (attachmentOf(choice.control) !== 'policy') {
      throw new TypeError(`${choice.control.id} is no service control policy`);
    }
    for (const statement of statementsFor(choice)) {
      const { Sid: _, ...body } = statement;
      const key = JSON.stringify(body);
      const known = byBody.get(key);
      if (known === undefined) byBody.set(key, { statement, controls: [choice.control.id] });
      else if (!known.controls.includes(choice.control.id)) known.controls.push(choice.control.id);
    }
  }
  return [...byBody.values()];
}

function itemsOf(owned: readonly OwnedStatement[]): Item<Piece>[] {
  const sids = new Set<string>();
  return owned.map(({ statement, controls }) => {
    const sid = unusedSid(statement.Sid, sids);
    const text = JSON.stringify({ ...statement, Sid: sid });
    return { size: text.length + 1, value: { sid, controls, text } };
  });
}

const bySize = (items: readonly Item<Piece>[]): Item<Piece>[] =>
  [...items].sort((a, b) => a.size - b.size || compare(a.value.text, b.value.text));

function unusedSid(wanted: string, used: Set<string>): string {
  let sid = wanted;
  for (let n = 2; used.has(sid); n++) sid = `${wanted}${n}`;
  used.add(sid);
  return sid;
}

function written(bins: readonly Item<Piece>[][], arrangement: Packed['arrangement']): Packed {
  const pieces = bins.map((bin) => bin.map(({ value }) => value).sort(bySid));
  const policies = pieces.map(writePolicy);
  policies.sort(
    (a, b) => compare(a.controls[0] ?? '', b.controls[0] ?? '') || compare(a.policyName, b.policyName),
  );
  const owners = Object.fromEntries(pieces.flat().map(({ sid, controls }) => [sid, controls]));
  return { policies, owners, arrangement };
}

const bySid = (a: Piece, b: Piece): number => compare(a.sid, b.sid);

function writePolicy(pieces: readonly Piece[]): PackedPolicy {
  const content = `${HEAD}${pieces.map(({ text }) => text).join(',')}${TAIL}`;
  return {
    policyName: `jetway-${sha256(content).slice('sha256:'.length, 'sha256:'.length + 12)}`,
    characters: content.length,
    controls: [...new Set(pieces.flatMap(({ controls }) => controls))].sort(compare),
    content,
  };
}

function refusal(reason: string, pieces: Piece[], limits: PolicyLimits, needed?: number): PackRefusal {
  const controls = [...new Set(pieces.flatMap((piece) => piece.controls))].sort(compare);
  const { maxPolicies, maxCharacters } = limits;
  const policiesNeeded = needed === undefined ? {} : { policiesNeeded: needed };
  return { refused: { reason, controls, ...policiesNeeded, maxPolicies, maxCharacters } };
}

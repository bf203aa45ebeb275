import { sha256 } from '../kernel/canonical-json.ts';
import { packBins } from './bins.ts';
import { attachmentOf } from './catalogue.ts';
import type { ChosenControl } from './choose.ts';
import { statementsFor, type WrittenStatement } from './statements.ts';

/** Live limits, after what is attached already: never constants. */
export type PolicyLimits = { maxPolicies: number; maxCharacters: number };

/** PreventivePolicyPlan of the plan. */
export type PackedPolicy = { policyName: string; characters: number; controls: string[]; content: string };

export type Packed = {
  policies: PackedPolicy[];
  /** Which controls a Sid of these policies stands for. */
  owners: Record<string, string[]>;
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
 * Packs preventive controls into as few service control policies as fit. The same controls with the same parameters
 * give the same policies, byte for byte, whatever their order: policies are named by their content and shared between
 * accounts. A statement that several controls have is written once.
 *
 * @throws TypeError for a control that is no service control policy; `chooseControls` and `attachmentOf` tell
 */
export function packPolicies(choices: readonly ChosenControl[], limits: PolicyLimits): Packed | PackRefusal {
  const pieces = piecesOf(choices);
  // Every statement but the first brings a comma: count one for each, and one more of room.
  const capacity = limits.maxCharacters - HEAD.length - TAIL.length + 1;
  const items = pieces.map((piece) => ({ size: piece.text.length + 1, value: piece }));
  const tooLong = items.filter(({ size }) => size > capacity).map(({ value }) => value);
  if (tooLong.length > 0) {
    const reason = `a statement is longer than a policy may be (${limits.maxCharacters} characters)`;
    return refusal(reason, tooLong, limits);
  }
  const bins = packBins(items, capacity).map((bin) => bin.map(({ value }) => value));
  if (bins.length > limits.maxPolicies) {
    const reason = `${bins.length} policies are needed and there is room for ${limits.maxPolicies}`;
    return refusal(reason, bins.slice(limits.maxPolicies).flat(), limits, bins.length);
  }
  const policies = bins.map((bin) => writePolicy(bin, pieces));
  policies.sort(
    (a, b) => compare(a.controls[0] ?? '', b.controls[0] ?? '') || compare(a.policyName, b.policyName),
  );
  return { policies, owners: Object.fromEntries(pieces.map(({ sid, controls }) => [sid, controls])) };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function piecesOf(choices: readonly ChosenControl[]): Piece[] {
  const byBody = new Map<string, { statement: WrittenStatement; controls: string[] }>();
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
  const sids = new Set<string>();
  return [...byBody.values()].map(({ statement, controls }) => {
    const sid = unusedSid(statement.Sid, sids);
    return { sid, controls, text: JSON.stringify({ ...statement, Sid: sid }) };
  });
}

function unusedSid(wanted: string, used: Set<string>): string {
  let sid = wanted;
  for (let n = 2; used.has(sid); n++) sid = `${wanted}${n}`;
  used.add(sid);
  return sid;
}

function writePolicy(bin: readonly Piece[], order: readonly Piece[]): PackedPolicy {
  const inOrder = order.filter((piece) => bin.includes(piece));
  const content = `${HEAD}${inOrder.map(({ text }) => text).join(',')}${TAIL}`;
  return {
    policyName: `jetway-${sha256(content).slice('sha256:'.length, 'sha256:'.length + 12)}`,
    characters: content.length,
    controls: [...new Set(inOrder.flatMap(({ controls }) => controls))].sort(compare),
    content,
  };
}

function refusal(reason: string, pieces: Piece[], limits: PolicyLimits, needed?: number): PackRefusal {
  const controls = [...new Set(pieces.flatMap((piece) => piece.controls))].sort(compare);
  const { maxPolicies, maxCharacters } = limits;
  const policiesNeeded = needed === undefined ? {} : { policiesNeeded: needed };
  return { refused: { reason, controls, ...policiesNeeded, maxPolicies, maxCharacters } };
}

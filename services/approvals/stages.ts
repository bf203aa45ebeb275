import { type Directory, peopleBehind } from '../people/person.ts';
import type { Decision } from './decision.ts';

/** One person's yes. */
export type Approval = {
  decidedBy: string;
  onBehalfOf: string | null;
  /** Null where it was given before there were stages. */
  stage: number | null;
};

type Quorum = { quorum: number };

/** What people have said yes to. */
export const approvalsIn = <D extends Pick<Decision, 'decision' | 'via'>>(decided: readonly D[]): D[] =>
  decided.filter((d) => d.decision === 'approve' && d.via !== 'policy');

/** Whoever stands behind a yes: the person, and the absent one in whose place they gave it. */
const behind = (directory: Directory, { decidedBy, onBehalfOf }: Approval): readonly string[] => [
  ...peopleBehind(directory, decidedBy),
  ...(onBehalfOf === null ? [] : peopleBehind(directory, onBehalfOf)),
];

/**
 * Approvals by who stands behind them: two that share anybody, if only through a third, are one voice. That may count too
 * few, never too many.
 */
export function voices<A extends Approval>(approvals: readonly A[], directory: Directory): A[][] {
  const groups: { people: Set<string>; approvals: A[] }[] = [];
  for (const approval of approvals) {
    const people = new Set(behind(directory, approval));
    const shared = groups.filter((group) => [...group.people].some((one) => people.has(one)));
    const merged = {
      people: new Set([...people, ...shared.flatMap((group) => [...group.people])]),
      approvals: [...shared.flatMap((group) => group.approvals), approval],
    };
    groups.splice(0, groups.length, ...groups.filter((group) => !shared.includes(group)), merged);
  }
  return groups.map((group) => group.approvals);
}

/** Does somebody stand behind both? */
export const sameVoice = (a: Approval, b: Approval, directory: Directory): boolean =>
  voices([a, b], directory).length === 1;

/** The voices at each stage. One that is at several counts at the first of them only. */
export function voicesByStage<A extends Approval>(
  approvals: readonly A[],
  stages: number,
  directory: Directory,
): A[][][] {
  const all = voices(approvals, directory).map((voice) => ({
    voice,
    stage: Math.min(...voice.map((a) => a.stage ?? 0)),
  }));
  return Array.from({ length: stages }, (_, stage) =>
    all.filter((one) => one.stage === stage).map(({ voice }) => voice),
  );
}

/** The stage that is open: the first whose quorum is not met; as many as there are stages when all are. */
export function openStage(
  stages: readonly Quorum[],
  approvals: readonly Approval[],
  directory: Directory,
): number {
  const given = voicesByStage(approvals, stages.length, directory);
  const open = stages.findIndex(({ quorum }, i) => (given[i]?.length ?? 0) < quorum);
  return open === -1 ? stages.length : open;
}

/**
 * Could these voices be shared out so that every stage has its quorum, each voice at one stage where it counts? By
 * augmenting paths (bipartite matching), so that no order of handing out makes a difference.
 */
export function fits<V>(
  stages: readonly Quorum[],
  all: readonly V[],
  counts: (voice: V, stage: number) => boolean,
): boolean {
  const places = stages.flatMap(({ quorum }, stage) => Array.from({ length: quorum }, () => stage));
  const taken = new Map<number, V>();
  const seat = (voice: V, tried: Set<number>): boolean => {
    for (const [place, stage] of places.entries()) {
      if (tried.has(place) || !counts(voice, stage)) continue;
      tried.add(place);
      const sitting = taken.get(place);
      if (sitting === undefined || seat(sitting, tried)) {
        taken.set(place, voice);
        return true;
      }
    }
    return false;
  };
  for (const voice of all) if (taken.size < places.length) seat(voice, new Set());
  return taken.size === places.length;
}

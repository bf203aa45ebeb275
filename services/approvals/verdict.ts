import type { Directory } from '../people/person.ts';
import type { PlannedApprovals } from './approvals.schema.ts';
import type { Decision } from './decision.ts';
import { approvalsIn, voicesByStage } from './stages.ts';

/** How far a stage is, for people to read. */
export type StageProgress = {
  name: string;
  /** Different people who have said yes, of so many. */
  given: number;
  needed: number;
  /** Who they are, each with the absent approver in whose place they decided. */
  by: { decidedBy: string; onBehalfOf: string | null; decidedAt: string }[];
};

export function progressOf(
  { stages }: Pick<PlannedApprovals, 'stages'>,
  decided: readonly Decision[],
  directory: Directory,
): StageProgress[] {
  const voices = voicesByStage(approvalsIn(decided), stages.length, directory);
  return stages.map(({ name, quorum }, i) => ({
    name,
    given: voices[i]?.length ?? 0,
    needed: quorum,
    by: (voices[i] ?? []).flat().map(({ decidedBy, onBehalfOf, decidedAt }) => ({
      decidedBy,
      onBehalfOf,
      decidedAt,
    })),
  }));
}

/** "1 of 2 approvals (ben@example.com); then security: 0 of 1"; null where one yes is all that it takes. */
export function progressInWords(stages: readonly StageProgress[]): string | null {
  const needed = stages.reduce((sum, stage) => sum + stage.needed, 0);
  if (needed <= 1) return null;
  const one = ({ given, needed: of, by }: StageProgress): string => {
    const names = by.map((b) => (b.onBehalfOf === null ? b.decidedBy : `${b.decidedBy} for ${b.onBehalfOf}`));
    return `${given} of ${of}${names.length > 0 ? ` (${names.join(', ')})` : ''}`;
  };
  const [first] = stages;
  if (stages.length === 1 && first)
    return `${one(first)} approvals`.replace(/^(\d+ of \d+)( \(.*\))? approvals$/, '$1 approvals$2');
  return stages.map((stage) => `${stage.name}: ${one(stage)}`).join('; then ');
}

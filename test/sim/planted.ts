import type { Mutant } from '../mutants/planted.ts';
import type { Wish } from './schedule.ts';

/** A bug in the product, the violation that it has to show as, and the schedules that it is looked for in. */
export type Planted = Pick<Mutant, 'name' | 'edits'> & { shows: string; wish?: Wish; within?: number };

export const PLANTED: readonly Planted[] = [
  {
    name: 'who asked may decide as well',
    shows: 'I5',
    wish: { rates: {}, script: 'self-approval' },
    within: 2,
    edits: [
      {
        file: 'services/approvals/eligible.ts',
        from: 'sharePerson(directory, who.subject, requestedBy)\n',
        to: 'sharePerson(directory, who.subject, requestedBy) && false\n',
      },
    ],
  },
];

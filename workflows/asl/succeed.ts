import type { SucceedState } from './definition.ts';
import { given } from './next.ts';

/** The end. What came of it is in the ledger; the output only helps whoever reads the console. */
export const succeed = (outcome: string, comment?: string): SucceedState => ({
  Type: 'Succeed',
  ...given({ Comment: comment }),
  Output: { outcome },
});

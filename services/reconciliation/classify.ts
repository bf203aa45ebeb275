import type { Origin } from './observation.ts';

/** What is known of how an account came about. */
export type Provenance = {
  /** The request of ours that made it, by its own facts. */
  madeBy: string | null;
  /** Account Factory's product for it. */
  productName: string | null;
  /** The request whose product name or e-mail address it has. */
  intendedBy: string | null;
};

/**
 * Exactly one of four, for every account of the organization.
 * - VENDED: a request of ours made it and knows so
 * - ORPHAN: it has the product or the address of a request of ours that never heard of it
 * - ADOPTED: Account Factory manages it, by a product that no request of ours has made
 * - FOREIGN: everything else
 */
export function originOf({ madeBy, productName, intendedBy }: Provenance): Origin {
  if (madeBy !== null) return 'VENDED';
  if (intendedBy !== null) return 'ORPHAN';
  return productName === null ? 'FOREIGN' : 'ADOPTED';
}

import { perDatabase } from '../kernel/coalesce.ts';

/**
 * Requests of this process that are on their way into the database, with the block that they were planned with: two that
 * are planned at once do not choose the same. The database's constraint is the authority, as it is between processes.
 */
export const blocksUnderWay = perDatabase(() => new Map<string, string | null>());

/**
 * Blocks that this process has put into the database since somebody took them from here, how many it ever put, and how
 * many requests for accounts.
 */
export const blocksKept = perDatabase(() => ({ blocks: [] as string[], total: 0, requests: 0 }));

let released = 0;
/** Something that was held is free again, or was another's: what was counted before is worth nothing. */
export const noteReleased = (): void => void released++;
export const releasedSoFar = (): number => released;

let deceived = 0;
/** What was planned with what is known of the blocks was taken again and again: it is to be read anew. */
export const noteDeceived = (): void => void deceived++;
export const deceivedSoFar = (): number => deceived;

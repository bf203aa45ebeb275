import { v7 } from 'uuid';
import type { Clock, Ids } from './context.ts';

export const systemClock: Clock = { now: () => new Date() };

/** UUIDs of version 7 sort by time, which keeps indexes compact and lists in order. */
export const systemIds: Ids = { requestId: () => `req-${v7()}`, uuid: () => v7() };

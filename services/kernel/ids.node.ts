import { randomBytes } from 'node:crypto';
import { v7 } from 'uuid';
import type { Clock, Ids } from './context.ts';

export const systemClock: Clock = { now: () => new Date() };

/** UUIDs of version 7 sort by time, which keeps indexes compact and lists in order. */
export const systemIds: Ids = { requestId: () => `req-${v7()}`, uuid: () => v7() };

/** Says nothing and cannot be guessed: 192 random bits. */
export const opaqueId = (): string => randomBytes(24).toString('base64url');

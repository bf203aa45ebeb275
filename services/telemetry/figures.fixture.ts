import type { Figures } from './figures.ts';

/** An installation in which all is well. */
export const NOBODY_WAITS: Figures = {
  requests: { ACTIVE: 3, DENIED: 1 },
  stuck: 0,
  accounts: { ACTIVE: 5 },
  drifted: 0,
  driftUnknown: 0,
  readingAgeSeconds: 61.5,
  differences: 0,
  outbox: { waiting: 0, failing: 0, behindSeconds: 0 },
  webhooks: { waiting: 0, failed: 0 },
};

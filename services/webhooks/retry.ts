const [MINUTE, HOUR] = [60, 3_600];

/** Pauses in seconds after each failed attempt: soon at first, then about three days altogether. */
const PAUSES = [
  5,
  30,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  20 * HOUR,
] as const;

export const MOST_ATTEMPTS = PAUSES.length + 1;

/**
 * How long to wait after so many failed attempts; undefined when enough were made. Up to a fifth shorter, so that the
 * deliveries of a receiver that was away do not come back all at once.
 * @param random from 0 to 1
 */
export function pauseMs(failedAttempts: number, random: number): number | undefined {
  const seconds = PAUSES[failedAttempts - 1];
  return seconds === undefined ? undefined : Math.round(seconds * 1000 * (1 - 0.2 * random));
}

import type { Logger } from 'pino';
import { FIGURES_LINE, type Figures, watchedFigures } from './figures.ts';

const EVERY_MS = 60_000;

/**
 * Writes into the log every minute how the installation stands: on AWS the alarms read these lines, so that they need
 * nobody who collects metrics. @returns what stops it
 */
export function startFigures(read: () => Promise<Figures>, log: Logger, everyMs = EVERY_MS): () => void {
  const timer = setInterval(() => {
    read().then(
      (figures) => log.info({ figures: watchedFigures(figures) }, FIGURES_LINE),
      (err: unknown) => log.error({ err }, 'how the installation stands could not be read'),
    );
  }, everyMs);
  return () => clearInterval(timer);
}

import type { InboxMetrics } from '../inbox/metrics.ts';
import { exposeFigures, type Figures } from './figures.ts';
import type { HttpMetrics } from './http-metrics.ts';

export type MetricsDeps = {
  inbox: Pick<InboxMetrics, 'expose'>;
  http: Pick<HttpMetrics, 'expose'>;
  /** Reads how the installation stands. */
  figures: () => Promise<Figures>;
};

/**
 * What Prometheus reads: counters of this process, and how the installation stands. A database that does not answer takes
 * the second away, never the first: `jetway_figures_readable` says so.
 */
export async function exposeMetrics({ inbox, http, figures }: MetricsDeps): Promise<string> {
  const standing = await figures().catch(() => undefined);
  return [
    inbox.expose(),
    http.expose(),
    '# HELP jetway_figures_readable Whether the database said how the installation stands.\n',
    `# TYPE jetway_figures_readable gauge\njetway_figures_readable ${standing ? 1 : 0}\n`,
    standing ? exposeFigures(standing) : '',
  ].join('');
}

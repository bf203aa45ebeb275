import { family, labels } from './exposition.ts';

/** Answers of this process: how many, and how long they took. Bounded: routes are those of the table of routes. */
export type HttpMetrics = {
  /** @param route as the table of routes has it; undefined where there is no such route */
  answered(call: { method: string; route: string | undefined; status: number; seconds: number }): void;
  expose(): string;
};

/** Seconds. What people wait for lies under one; what streams or reckons lies above. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

type Course = { counts: number[]; sum: number; count: number };

/** Whoever sends strange methods makes no series of their own. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export function openHttpMetrics(): HttpMetrics {
  const answers = new Map<string, number>();
  const courses = new Map<string, Course>();
  return {
    answered({ method: said, route = 'none', status, seconds }) {
      const method = METHODS.has(said) ? said : 'other';
      const series = labels({ method, route, status: String(status) });
      answers.set(series, (answers.get(series) ?? 0) + 1);
      const key = JSON.stringify([method, route]);
      const course = courses.get(key) ?? { counts: BUCKETS.map(() => 0), sum: 0, count: 0 };
      courses.set(key, course);
      const bucket = BUCKETS.findIndex((le) => seconds <= le);
      if (bucket >= 0) course.counts[bucket] = (course.counts[bucket] ?? 0) + 1;
      course.sum += seconds;
      course.count += 1;
    },
    expose: () =>
      [
        ...family('jetway_http_answers_total', 'Answers over HTTP, by route and status.', answers),
        ...family(
          'jetway_http_answer_seconds',
          'How long answers took until their head was ready.',
          seriesOf(courses),
          'histogram',
        ),
        '',
      ].join('\n'),
  };
}

/** Buckets are cumulative: each counts what took as long or less. */
function seriesOf(courses: ReadonlyMap<string, Course>): Map<string, number> {
  const series = new Map<string, number>();
  for (const [key, { counts, sum, count }] of courses) {
    const [method = '', route = ''] = JSON.parse(key) as string[];
    let upTo = 0;
    BUCKETS.forEach((le, i) => {
      upTo += counts[i] ?? 0;
      series.set(`_bucket${labels({ method, route, le: String(le) })}`, upTo);
    });
    series.set(`_bucket${labels({ method, route, le: '+Inf' })}`, count);
    series.set(`_sum${labels({ method, route })}`, sum);
    series.set(`_count${labels({ method, route })}`, count);
  }
  return series;
}

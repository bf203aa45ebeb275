import { describe, expect, it } from 'vitest';
import { openInboxMetrics } from '../inbox/metrics.ts';
import { NOBODY_WAITS } from './figures.fixture.ts';
import { watchedFigures } from './figures.ts';
import { openHttpMetrics } from './http-metrics.ts';
import { exposeMetrics } from './metrics.ts';
import { mayReadMetrics } from './metrics-token.node.ts';

describe('answers over HTTP', () => {
  it('are counted by route and status, and their times in buckets that add up', () => {
    const metrics = openHttpMetrics();
    const route = '/v1/accounts/{accountId}';
    for (const [status, seconds] of [
      [200, 0.004],
      [200, 0.3],
      [500, 42],
    ] as const)
      metrics.answered({ method: 'GET', route, status, seconds });
    const lines = metrics.expose().split('\n');
    const of = `method="GET",route="${route}"`;
    expect(lines).toContain(`jetway_http_answers_total{${of},status="200"} 2`);
    expect(lines).toContain(`jetway_http_answers_total{${of},status="500"} 1`);
    expect(lines).toContain(`jetway_http_answer_seconds_bucket{${of},le="0.005"} 1`);
    expect(lines).toContain(`jetway_http_answer_seconds_bucket{${of},le="0.25"} 1`);
    expect(lines).toContain(`jetway_http_answer_seconds_bucket{${of},le="0.5"} 2`);
    expect(lines).toContain(`jetway_http_answer_seconds_bucket{${of},le="10"} 2`);
    expect(lines).toContain(`jetway_http_answer_seconds_bucket{${of},le="+Inf"} 3`);
    expect(lines).toContain(`jetway_http_answer_seconds_count{${of}} 3`);
  });

  it('grow no series by what strangers send', () => {
    const metrics = openHttpMetrics();
    for (let i = 0; i < 500; i++)
      metrics.answered({ method: `M${i}`, route: undefined, status: 404, seconds: 0 });
    const series = metrics
      .expose()
      .split('\n')
      .filter((line) => line.startsWith('jetway_http_answers_total'));
    expect(series).toEqual(['jetway_http_answers_total{method="other",route="none",status="404"} 500']);
  });
});

describe('what Prometheus reads', () => {
  const deps = { inbox: openInboxMetrics(), http: openHttpMetrics() };
  const parsed = (text: string) => {
    const types = new Map<string, string>();
    for (const line of text.trimEnd().split('\n')) {
      const [, name, type] = /^# TYPE (\S+) (\w+)$/.exec(line) ?? [];
      if (name && type) {
        expect(types.has(name), name).toBe(false);
        types.set(name, type);
      } else if (!line.startsWith('# HELP ')) expect(line).toMatch(/^[a-z_]+(\{.*\})? [\d.]+$/);
    }
    return types;
  };

  it('is well formed: every name once, every line a sample', async () => {
    const text = await exposeMetrics({ ...deps, figures: async () => NOBODY_WAITS });
    const types = parsed(text);
    expect(types.get('jetway_requests')).toBe('gauge');
    expect(types.get('jetway_http_answer_seconds')).toBe('histogram');
    expect(text).toContain('jetway_requests{status="ACTIVE"} 3\n');
    expect(text).toContain('jetway_reconcile_age_seconds 61.5\n');
    expect(text).toContain('jetway_figures_readable 1\n');
  });

  it('is still counted when the database does not answer', async () => {
    const text = await exposeMetrics({ ...deps, figures: () => Promise.reject(new Error('away')) });
    parsed(text);
    expect(text).toContain('jetway_figures_readable 0\n');
    expect(text).not.toContain('jetway_requests');
    expect(text).toContain('jetway_inbox_unreadable_total 0\n');
  });

  it('says what is under way and what needs a person', () => {
    const requests = { QUEUED: 2, PROVISIONING: 1, VERIFYING: 1, QUARANTINED: 4, ACTIVE: 9, PLANNED: 7 };
    expect(watchedFigures({ ...NOBODY_WAITS, requests })).toMatchObject({ inProgress: 4, quarantined: 4 });
  });
});

describe('the token of whoever collects metrics', () => {
  it('opens nothing unless there is one, and only as it is', () => {
    const token = 'a-token-of-twenty-four-letters';
    expect(mayReadMetrics(`Bearer ${token}`, token)).toBe(true);
    for (const wrong of [
      undefined,
      null,
      '',
      token,
      `Basic ${token}`,
      `Bearer ${token}x`,
      `Bearer ${token} x`,
      'Bearer ',
    ])
      expect(mayReadMetrics(wrong, token), String(wrong)).toBe(false);
    expect(mayReadMetrics('Bearer null', null)).toBe(false);
    expect(mayReadMetrics('Bearer ', null)).toBe(false);
  });
});

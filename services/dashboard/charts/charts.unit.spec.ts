import { describe, expect, it } from 'vitest';
import type { Step } from '../../ledger/request-view.ts';
import { courseGraph, courseInWords } from './course-graph.ts';
import { bands, heatRuns } from './heat.ts';
import { networkMap } from './network.ts';
import { partsOf } from './parts.ts';
import { placeOn, segments, spansOf } from './strip.ts';
import { niceCeiling, stackedTrend } from './trend.ts';

describe('the trend', () => {
  const points = [
    { at: '2026-03-01T23:59:59.999Z', a: 1, b: 0 },
    { at: '2026-03-02T23:59:59.999Z', a: 2, b: 2 },
  ];
  const size = { width: 100, height: 50 };

  it('stacks the keys; the axis ends at a number that people read', () => {
    const { areas, up, across } = stackedTrend(points, ['a', 'b'], size);
    expect(up.map(({ label }) => label)).toEqual(['0', '2', '4']);
    expect(areas[0]).toEqual({ key: 'a', d: 'M0 37.5L100 25L100 50L0 50Z' });
    // The second stands on the first.
    expect(areas[1]).toEqual({ key: 'b', d: 'M0 37.5L100 0L100 25L0 37.5Z' });
    expect(across.map(({ label }) => label)).toEqual(['03-01', '03-02']);
  });

  it('draws one day as a level line, and nothing without days', () => {
    expect(stackedTrend(points.slice(0, 1), ['a'], size).areas[0]?.d).toBe('M0 0L100 0L100 50L0 50Z');
    expect(stackedTrend([], ['a' as const], size)).toMatchObject({ areas: [{ d: '' }], across: [] });
  });

  it.each([
    [0, 1],
    [1, 1],
    [3, 3],
    [11, 12],
    [50, 50],
    [501, 600],
    [1_001, 1_200],
    [10_000, 10_000],
  ])('%i fits under %i', (n, top) => expect(niceCeiling(n)).toBe(top));
});

describe('parts of a whole', () => {
  it('fill the width, and what is there at all is seen', () => {
    const parts = partsOf(
      [
        { key: 'many', n: 10_000 },
        { key: 'none', n: 0 },
        { key: 'one', n: 1 },
      ],
      600,
    );
    expect(parts.map(({ key }) => key)).toEqual(['many', 'one']);
    expect(parts[1]).toEqual({ key: 'one', x: 597, width: 3 });
    expect(parts.reduce((sum, { width }) => sum + width, 0)).toBeCloseTo(600, 0);
  });
  it('are none of nothing', () => expect(partsOf([{ key: 'a', n: 0 }], 100)).toEqual([]));
});

describe('a row of the heat map', () => {
  it('is one box for neighbours of one state; violations are drawn last and never vanish', () => {
    expect(heatRuns('ccv-u', 10, 0, 8)).toEqual([
      { state: 'c', d: 'M0 0h20v8h-20z' },
      { state: 'u', d: 'M40 0h10v8h-10z' },
      { state: 'v', d: 'M20 0h10v8h-10z' },
    ]);
    expect(heatRuns('ccv', 0.96, 0, 8).at(-1)?.d).toBe('M1.92 0h2.5v8h-2.5z');
  });
  it('of a thousand accounts is short', () => {
    const cells = Array.from({ length: 1_000 }, (_, i) => (i % 40 === 0 ? 'v' : 'c')).join('');
    const drawn = heatRuns(cells, 0.96, 120, 12).reduce((sum, { d }) => sum + d.length, 0);
    expect(drawn).toBeLessThan(1_500);
  });
  it('stands under marks of its units', () => {
    expect(bands(['a', 'a', 'b', null], 10)).toEqual([
      { unit: 'a', x: 0, width: 20 },
      { unit: 'b', x: 20, width: 10 },
      { unit: null, x: 30, width: 10 },
    ]);
  });
});

const step = (name: string, status: Step['status']): Step => ({ name, title: name.toUpperCase(), status });

describe('the graph of a request', () => {
  const steps = [step('plan', 'succeeded'), step('approval', 'running'), step('queue', 'pending')];
  it('joins its steps; an edge is done when the step before it is', () => {
    const { nodes, edges } = courseGraph(steps);
    expect(nodes.map(({ x }) => x)).toEqual([48, 144, 240]);
    expect(edges.map(({ done }) => done)).toEqual([true, false]);
  });
  it('says in words where it stands', () => {
    expect(courseInWords(steps)).toBe('1 of 3 steps done, now at APPROVAL');
    expect(courseInWords([step('plan', 'failed')])).toBe('0 of 1 steps done, failed at PLAN');
    expect(courseInWords([])).toBe('0 of 0 steps done, nothing is running');
  });
});

describe('the strip of an account', () => {
  const flips = [
    { at: 100, state: 'unknown', n: 1 },
    { at: 200, state: 'unknown', n: -1 },
    { at: 200, state: 'nonCompliant', n: 1 },
    { at: 300, state: 'nonCompliant', n: -1 },
    { at: 300, state: 'compliant', n: 1 },
  ];
  it('is a span from turn to turn until now', () => {
    expect(spansOf(flips, 500)).toEqual([
      { state: 'unknown', from: 100, to: 200 },
      { state: 'nonCompliant', from: 200, to: 300 },
      { state: 'compliant', from: 300, to: 500 },
    ]);
  });
  it('ends where the account lost its last guardrail', () => {
    expect(spansOf([...flips, { at: 400, state: 'compliant', n: -1 }], 500).at(-1)).toEqual({
      state: 'compliant',
      from: 300,
      to: 400,
    });
  });
  it('has a place for every instant from its begin on', () => {
    const spans = spansOf(flips, 500);
    expect(segments(spans, 400).map(({ x, width }) => [x, width])).toEqual([
      [0, 100],
      [100, 100],
      [200, 200],
    ]);
    expect([placeOn(spans, 99, 400), placeOn(spans, 300, 400), placeOn(spans, 999, 400)]).toEqual([
      undefined,
      200,
      400,
    ]);
    expect(placeOn([], 1, 400)).toBeUndefined();
  });
});

describe('the network map', () => {
  it('has a column for each zone and a row for each tier that is there', () => {
    const subnet = (availabilityZone: string, tier: 'private' | 'isolated') => ({
      ...{ name: `${tier}-${availabilityZone}`, cidr: '10.0.0.0/25' },
      ...{ availabilityZone, tier },
    });
    const { zones, boxes } = networkMap([
      subnet('b', 'isolated'),
      subnet('a', 'private'),
      subnet('a', 'isolated'),
    ]);
    expect(zones.map(({ name }) => name)).toEqual(['a', 'b']);
    const [bIsolated, aPrivate, aIsolated] = boxes;
    expect(bIsolated!.y).toBe(aIsolated!.y);
    expect(aPrivate!.y).toBeLessThan(aIsolated!.y);
    expect(bIsolated!.x).toBeGreaterThan(aIsolated!.x);
  });
});

import { describe, expect, it } from 'vitest';
import { instantOf, Words } from './common.schema.ts';

describe('a time as AWS writes it', () => {
  it.each([
    ['2026-03-04T10:15:29Z', '2026-03-04T10:15:29.000Z'],
    ['2026-03-04T10:15:29.741Z', '2026-03-04T10:15:29.741Z'],
    ['2026-03-04T10:15:29+0000', '2026-03-04T10:15:29.000Z'],
    ['2026-03-04T10:15:29+0130', '2026-03-04T08:45:29.000Z'],
    ['Mar 4, 2026 9:58:12 AM', '2026-03-04T09:58:12.000Z'],
    ['Mar 4, 2026, 9:58:40 PM', '2026-03-04T21:58:40.000Z'],
    ['Dec 31, 2026 12:00:00 AM', '2026-12-31T00:00:00.000Z'],
    ['Dec 31, 2026 12:00:00 PM', '2026-12-31T12:00:00.000Z'],
  ])('%s is %s', (text, instant) => {
    expect(new Date(instantOf(text) ?? Number.NaN).toISOString()).toBe(instant);
  });

  it.each([
    '',
    'yesterday',
    '2026-03-04',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    'Mär 4, 2026 9:58:12 AM',
  ])('%s is none', (text) => expect(instantOf(text)).toBeUndefined());
});

it('words of AWS are cut where they are long, and never through a character', () => {
  expect(Words.parse('short')).toBe('short');
  const cut = Words.parse(`${'x'.repeat(1_998)}𝕏${'y'.repeat(50)}`);
  expect(cut).toBe(`${'x'.repeat(1_998)}…`);
});

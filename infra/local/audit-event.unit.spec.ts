import { describe, expect, it } from 'vitest';
import { isoSeconds, offsetTime, spokenTime } from './audit-event.ts';

const at = (text: string) => Date.parse(text);

describe('times in events', () => {
  it('are written in three ways', () => {
    expect(isoSeconds(at('2026-03-04T09:58:12.345Z'))).toBe('2026-03-04T09:58:12Z');
    expect(offsetTime(at('2026-03-04T09:58:12.345Z'))).toBe('2026-03-04T09:58:12+0000');
    expect(spokenTime(at('2026-03-04T09:58:12Z'))).toBe('Mar 4, 2026 9:58:12 AM');
  });

  it.each([
    ['2026-12-31T00:00:00Z', 'Dec 31, 2026 12:00:00 AM'],
    ['2026-01-01T12:05:09Z', 'Jan 1, 2026 12:05:09 PM'],
    ['2026-06-15T23:59:59Z', 'Jun 15, 2026 11:59:59 PM'],
  ])('%s is %s', (time, spoken) => {
    expect(spokenTime(at(time))).toBe(spoken);
  });
});

import { describe, expect, it } from 'vitest';
import { isBehind, openQueueAge } from './queue-age.ts';

describe('the age of a queue', () => {
  it('is that of the oldest message of what was read last', () => {
    const age = openQueueAge();
    expect(age.behindMs()).toBe(0);
    age.read([4_000, 1_000, 9_000], 11_000);
    expect(age.behindMs()).toBe(10_000);
    age.read([11_500], 12_000);
    expect(age.behindMs()).toBe(500);
    age.read([], 99_000);
    expect(age.behindMs()).toBe(500);
  });

  it('is nothing once the queue was found empty, and never less', () => {
    const age = openQueueAge();
    age.read([1_000], 900_000);
    age.emptied();
    expect(age.behindMs()).toBe(0);
    age.read([5_000], 1_000);
    expect(age.behindMs()).toBe(0);
  });

  it('holds up what schedules ask for after a minute', () => {
    expect(isBehind({ behindMs: () => 60_000 })).toBe(false);
    expect(isBehind({ behindMs: () => 60_001 })).toBe(true);
  });
});

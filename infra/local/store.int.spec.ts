import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { virtualClock } from './clock.ts';
import { openScheduler } from './scheduler.ts';
import { openStore } from './store.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'jetway-store-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('a durable store', () => {
  it('comes back as it was, without what was rolled back', () => {
    const store = openStore(dir);
    store.transaction(() => {
      store.put('a', '1', { n: 1 });
      store.put('a', '2', { n: 2 });
    });
    expect(() =>
      store.transaction(() => {
        store.put('a', '1', { n: 10 });
        store.delete('a', '2');
        throw new Error('no');
      }),
    ).toThrow('no');
    store.transaction(() => store.put('a', '3', { n: 3 }));
    store.close();
    const again = openStore(dir);
    expect(again.entries('a')).toEqual([
      ['1', { n: 1 }],
      ['2', { n: 2 }],
      ['3', { n: 3 }],
    ]);
    again.close();
  });

  it('takes back the part that failed when the whole goes on', () => {
    const store = openStore(dir);
    store.transaction(() => {
      store.put('a', '1', { n: 1 });
      try {
        store.transaction(() => {
          store.put('a', '1', { n: 10 });
          store.put('a', '2', { n: 2 });
          throw new Error('no');
        });
      } catch {
        store.put('a', '3', { n: 3 });
      }
    });
    expect(store.entries('a')).toEqual([
      ['1', { n: 1 }],
      ['3', { n: 3 }],
    ]);
    store.close();
    const again = openStore(dir);
    expect(again.values('a')).toEqual([{ n: 1 }, { n: 3 }]);
    again.close();
  });

  it('drops a line that a kill has cut in the middle, and writes on', () => {
    const store = openStore(dir);
    store.transaction(() => store.put('a', '1', { n: 1 }));
    store.close();
    appendFileSync(join(dir, 'journal.ndjson'), '[["a","2",{"n"');
    const torn = openStore(dir);
    expect(torn.values('a')).toEqual([{ n: 1 }]);
    torn.transaction(() => torn.put('a', '3', { n: 3 }));
    torn.close();
    expect(readFileSync(join(dir, 'journal.ndjson'), 'utf8').trimEnd().split('\n')).toHaveLength(2);
    const last = openStore(dir);
    expect(last.values('a')).toEqual([{ n: 1 }, { n: 3 }]);
    last.close();
  });

  it('keeps timers over a restart and fires the overdue ones in order', () => {
    const clock = virtualClock(0);
    const store = openStore(dir);
    const scheduler = openScheduler(store, clock, 60);
    scheduler.on('note', () => {});
    scheduler.start();
    scheduler.after(60_000, 'note', 'second');
    scheduler.after(30_000, 'note', 'first');
    scheduler.afterReal(60_000, 'note', 'last');
    store.close();

    const later = virtualClock(100_000);
    const reopened = openStore(dir);
    const fired: string[] = [];
    const next = openScheduler(reopened, later, 60);
    next.on('note', (what: string) => fired.push(what));
    expect(next.nextAwsTimer()).toBe(500);
    next.start();
    later.advanceTo(100_000);
    expect(fired).toEqual(['first', 'second', 'last']);
    expect(next.nextAwsTimer()).toBeUndefined();
    reopened.close();
  });
});

describe('a timer of a rolled-back transaction', () => {
  it('does not fire the timer that got its id', () => {
    const clock = virtualClock(0);
    const store = openStore(null);
    const scheduler = openScheduler(store, clock, 1);
    const fired: string[] = [];
    scheduler.on('note', (what: string) => fired.push(what));
    scheduler.start();
    expect(() =>
      store.transaction(() => {
        scheduler.after(1_000, 'note', 'never');
        throw new Error('no');
      }),
    ).toThrow('no');
    scheduler.after(5_000, 'note', 'later');
    clock.advanceTo(1_000);
    expect(fired).toEqual([]);
    clock.advanceTo(5_000);
    expect(fired).toEqual(['later']);
  });
});

import { defineConfig } from 'vitest/config';

/** Counts in full take as long as they take; only what hangs for ever is to be caught then. */
const inFull = process.env.JETWAY_LONG === '1';
const FOUR_HOURS = 14_400_000;

/** Test cost is in the file name: unit (no I/O), int (a database), e2e (the whole local service). */
const project = (name: string, timeout: number, extra: object = {}) => ({
  extends: true as const,
  test: {
    name,
    include: [`{services,workflows,db,infra,test}/**/*.${name}.spec.{ts,tsx}`],
    testTimeout: inFull ? FOUR_HOURS : timeout,
    hookTimeout: Math.max(timeout, 60_000),
    ...extra,
  },
});

export default defineConfig({
  test: {
    pool: 'forks',
    // The pinned SDK works on every supported Node; its notice about later releases is noise here.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    projects: [
      // Unit specs share nothing and touch nothing outside, so they need no process each.
      // A limit catches what hangs; the slowest take five seconds alone and several times that on a busy machine.
      project('unit', 90_000, {
        maxWorkers: 2,
        isolate: false,
        pool: 'threads',
        setupFiles: './test/support/recorded-walks.ts',
      }),
      // They wait for databases and for time to pass more than they reckon: two at once keep two cores busy.
      // Each has databases of its own and puts right what it changes: loading the service once for all of them is enough.
      project('int', 60_000, {
        maxWorkers: 2,
        isolate: false,
        globalSetup: './test/support/shared-postgres.ts',
      }),
      project('e2e', 120_000, { maxWorkers: 2, isolate: false }),
      project('browser', 120_000),
    ],
  },
});

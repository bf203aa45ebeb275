import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transact } from '../../db/client.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { unique } from '../../test/support/service.ts';
import { childEnvironment } from '../config.ts';
import { newFact } from './fact.fixture.ts';
import { addEras } from './housekeeping.pg.ts';
import { appendFacts } from './ledger.pg.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const postgres = databases.find(({ name }) => name === 'Postgres')!;

/** The command as an operator runs it, beside a service on a real Postgres. */
describe('the command of the ledger', () => {
  let opened: OpenedDatabase;
  let dataDir: string;
  beforeAll(async () => {
    opened = await postgres.open();
    dataDir = mkdtempSync(join(tmpdir(), 'jetway-ledger-'));
    writeFileSync(join(dataDir, 'root-secret'), '07'.repeat(32));
    const { orm } = opened.database;
    for (const month of ['2025-01', '2025-02']) {
      const at = new Date(`${month}-10T00:00:00.000Z`);
      await addEras(orm, at);
      await transact(orm, (tx) =>
        appendFacts(
          tx,
          Array.from({ length: 12 }, (_, i) => ({
            ...newFact('AwsEventObserved', i, { id: unique('aws') }),
            requestId: undefined,
            source: 'aws.ec2',
            accountId: `1000000000${10 + i}`,
          })),
          at,
        ),
      );
    }
  }, 60_000);
  afterAll(async () => {
    await opened.close();
    rmSync(dataDir, { recursive: true });
  });

  const ledger = (args: string[], settings: Record<string, string> = {}) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const env = childEnvironment({ DATA_DIR: dataDir, DATABASE_URL: opened.url ?? '', ...settings });
      const command = ['--import', 'tsx', 'services/ledger/command.task.ts', ...args];
      execFile(process.execPath, command, { cwd: repository, env }, (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, out, err }),
      );
    });

  it('says how it is used, and refuses what it does not know', async () => {
    const bad = await Promise.all([
      ledger(['archive', '--months', '0']),
      ledger(['verify', '--since', 'yesterday']),
      ledger(['forget']),
      ledger(['verify'], { DATA_DIR: join(dataDir, 'elsewhere') }),
      ledger(['verify'], { JETWAY_ARCHIVE: 'gs://bucket' }),
    ]);
    expect(bad.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
    expect(bad.map(({ err }) => err)).toEqual([
      expect.stringContaining('is not a number of months'),
      expect.stringContaining('is not a time'),
      expect.stringContaining("unknown command 'forget'"),
      expect.stringContaining('is not the data directory'),
      expect.stringContaining('JETWAY_ARCHIVE: is a folder, or s3://bucket/prefix'),
    ]);
  }, 60_000);

  it('knows the keys of a deployment, which has its secret in its environment', async () => {
    const settings = { DATA_DIR: join(dataDir, 'elsewhere'), JETWAY_ROOT_SECRET: 'x'.repeat(40) };
    expect(await ledger(['verify'], settings)).toMatchObject({
      code: 0,
      out: expect.stringContaining('whole'),
    });
  }, 60_000);

  it('says which counters differ, and puts them right', async () => {
    await opened.database.orm.execute(sql`insert into tallies (scope, measure, level, start, key, lane, n)
      values ('*', 'violations', 0, 0, 'x', 0, 3)`);
    const differs = await ledger(['counters']);
    expect(differs).toMatchObject({ code: 3, out: expect.stringContaining('DIFFERS in 1 rows') });
    expect(await ledger(['counters', '--repair'])).toMatchObject({ code: 0 });
    expect(await ledger(['counters'])).toMatchObject({ code: 0 });
  }, 60_000);

  it('writes months that are over in the order of accounts, once', async () => {
    expect(await ledger(['seal'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^2025-01: 12 facts in the order of accounts\n2025-02: 12 facts in/),
    });
    expect(JSON.parse((await ledger(['seal', '--json'])).out)).toEqual({ sealed: [] });
  }, 60_000);

  it('archives old months, verifies with and without their files, and rebuilds from them', async () => {
    const head = /head (sha256:[0-9a-f]{64})/;
    const before = await ledger(['verify']);
    expect(before).toMatchObject({ code: 0, out: expect.stringContaining('whole: 24 facts') });
    const kept = await ledger(['archive', '--keep', '--json']);
    expect(JSON.parse(kept.out)).toMatchObject({
      removed: false,
      archived: [{ era: '2025-01', facts: 12 }, { era: '2025-02' }],
    });
    expect((await ledger(['verify'])).out.match(head)?.[1]).toBe(before.out.match(head)?.[1]);
    const archived = await ledger(['archive', '--months', '1']);
    expect(archived).toMatchObject({ code: 0, err: '' });
    expect(archived.out).toMatch(/^2025-01: 12 facts, 1 files, \d+ kB in .*archive\n2025-02: 12 facts/);
    expect((await ledger(['archive'])).out).toContain('nothing to archive');
    const whole = await ledger(['verify', '--archive']);
    expect(whole).toMatchObject({
      code: 0,
      out: expect.stringContaining('archive: 2025-01, 2025-02, 24 facts, files read'),
    });
    expect(await ledger(['rebuild', '--check'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('26 facts'),
    });
    expect(readdirSync(dataDir)).not.toContainEqual(expect.stringContaining('archiving-'));
    rmSync(join(dataDir, 'archive'), { recursive: true });
    mkdirSync(join(dataDir, 'archive'));
    expect(await ledger(['verify'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('files not read'),
    });
    expect(await ledger(['verify', '--archive'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('is not in'),
    });
    expect(await ledger(['rebuild', '--check'])).toMatchObject({ code: 3 });
  }, 120_000);

  it('says when somebody has taken away what stands for a month', async () => {
    await opened.database.orm.transaction(async (tx) => {
      await tx.execute(sql`set local role none`);
      await tx.execute(sql`delete from ledger_archives`);
    });
    const [verified, counted] = [await ledger(['verify']), await ledger(['counters'])];
    expect(verified).toMatchObject({ code: 3, out: expect.stringContaining('NOT WHOLE') });
    expect(counted).toMatchObject({ code: 3, err: expect.stringContaining('Lane') });
  }, 60_000);
});

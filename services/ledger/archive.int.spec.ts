import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Orm, rowsOf, transact } from '../../db/client.ts';
import { checkpointsInMemory } from '../../test/support/checkpoints.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { asOwner } from '../../test/support/owner.ts';
import { unique } from '../../test/support/service.ts';
import { openSecrets } from '../kernel/secrets.node.ts';
import {
  type ArchiveDeps,
  archivedFacts,
  EraInUse,
  erasToArchive,
  exportEra,
  LedgerBroken,
  readBack,
  removeEra,
} from './archive.pg.ts';
import { ArchiveBroken, type SignedArchive } from './archive.ts';
import { archiveFolder } from './archives.node.ts';
import { trustedArchives } from './archives.pg.ts';
import { ArchiveMissing } from './archives.port.ts';
import { makeCheckpoint, trustedCheckpoints } from './checkpoints.pg.ts';
import { newFact } from './fact.fixture.ts';
import { laneOf, type NewFact } from './fact.ts';
import { addEras } from './housekeeping.pg.ts';
import { appendFacts, factsAfter } from './ledger.pg.ts';
import { projectCompliance } from './projections.pg.ts';
import { checkProjections, MissingFacts } from './rebuild.pg.ts';
import { verifyLedger } from './verify.pg.ts';

const secrets = openSecrets(Buffer.alloc(32, 7));
const MONTHS = ['2026-03', '2026-04', '2026-05'] as const;
const NOW = new Date('2026-06-20T00:00:00.000Z');

describe.each(databases)('old months of the ledger on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let orm: Orm;
  let folder: string;
  let deps: ArchiveDeps;
  const checkpoints = checkpointsInMemory();

  const observed = (accountId: string, at: Date): NewFact => {
    const id = unique('aws');
    return {
      ...newFact('ComplianceChanged', at.getTime(), { id, occurredAt: at.toISOString() }),
      requestId: undefined,
      source: 'aws.config',
      accountId,
      data: { region: 'us-east-1', rule: 'r', resourceType: 'T', resourceId: id, status: 'COMPLIANT' },
    };
  };
  const append = (facts: NewFact[], at: Date) =>
    transact(orm, async (tx) => {
      const kept = await appendFacts(tx, facts, at);
      await projectCompliance(tx, kept);
      return kept;
    });
  const verify = async (reader: Orm = orm) =>
    verifyLedger(
      reader,
      20,
      (read) => read(reader),
      (await trustedCheckpoints({ secrets, store: checkpoints })).checkpoints,
      {
        archives: async (r) => (await trustedArchives(r, secrets)).archives,
      },
    );
  const accounts = Array.from({ length: 8 }, (_, i) => `10000000001${i}`);

  /** Facts of three months and of the one of now, in all lanes; some were recorded in the wrong order about midnight. */
  async function fill(): Promise<void> {
    for (const month of [...MONTHS, '2026-06']) await addEras(orm, new Date(`${month}-01T00:00:00.000Z`));
    for (const month of [...MONTHS, '2026-06'] as const) {
      for (let day = 1; day <= 5; day++) {
        const at = new Date(`${month}-0${day}T12:00:00.000Z`);
        await append(
          [
            ...accounts.map((id) => observed(id, at)),
            newFact('PoliciesCollected', day, { id: unique('f'), requestId: undefined }),
          ],
          at,
        );
      }
      await makeCheckpoint(orm, { secrets, store: checkpoints }, new Date(`${month}-06T00:00:00.000Z`));
    }
    // A clock behind: facts of May after facts of June.
    await append(
      accounts.map((id) => observed(id, new Date('2026-05-31T23:59:59.999Z'))),
      new Date('2026-05-31T23:59:59.999Z'),
    );
    await append(
      accounts.map((id) => observed(id, NOW)),
      NOW,
    );
  }

  beforeAll(async () => {
    opened = await open();
    orm = opened.database.orm;
    await fill();
    // Everything has left.
    await orm.execute(sql`update outbox set sent_at = now()`);
  });
  afterAll(() => opened.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'jetway-archive-'));
    deps = { store: archiveFolder(join(folder, 'kept')), secrets, workFolder: folder, now: () => NOW };
    return () => rmSync(folder, { recursive: true });
  });

  const undo = new Error('undo');
  /** In a transaction that is taken back. */
  async function tried<T>(work: (owner: Orm) => Promise<T>): Promise<T> {
    let result: T | undefined;
    await asOwner(orm, async (owner) => {
      result = await work(owner);
      throw undo;
    }).catch((error: unknown) => {
      if (error !== undo) throw error;
    });
    return result as T;
  }
  async function archiveAll(owner: Orm): Promise<SignedArchive[]> {
    const signed: SignedArchive[] = [];
    for (const era of (await erasToArchive(owner, NOW, 1)).ready) {
      const one = await exportEra(owner, era, deps);
      await removeEra(owner, one, NOW);
      signed.push(one);
    }
    return signed;
  }

  it('are those before the months that stay', async () => {
    expect(await erasToArchive(orm, NOW, 1)).toEqual({ ready: ['2026-03', '2026-04'], unplaced: [] });
    expect((await erasToArchive(orm, NOW, 2)).ready).toEqual(['2026-03']);
    expect((await erasToArchive(orm, NOW, 3)).ready).toEqual([]);
    await expect(erasToArchive(orm, NOW, 0)).rejects.toThrow(RangeError);
  });

  it('leave the database, and the ledger is as whole as before: the same facts, the same head', async () => {
    const before = await verify();
    expect(before).toMatchObject({ ok: true, archived: 0 });
    await tried(async (owner) => {
      const signed = await archiveAll(owner);
      expect(signed.map(({ manifest }) => [manifest.era, manifest.facts])).toEqual([
        ['2026-03', 40],
        ['2026-04', 40],
      ]);
      const after = await verify(owner);
      // What was archived is itself told, once for each month.
      expect(after).toMatchObject({ ok: true, facts: before.facts + 2, archived: 80 });
      const rows = await rowsOf<{ n: string }>(
        owner,
        sql`select count(*)::text as n from facts where era < '2026-05'`,
      );
      expect(rows[0]?.n).toBe('0');
      for (const { manifest } of signed) await readBack(deps.store, manifest);
    });
  });

  it('are told again with their segments when months were recorded out of order', async () => {
    await tried(async (owner) => {
      const later = new Date('2026-08-20T00:00:00.000Z');
      for (const era of (await erasToArchive(owner, later, 2)).ready) {
        const signed = await exportEra(owner, era, { ...deps, now: () => later });
        const lanes = new Set(
          accounts.map((id) => laneOf({ source: 'aws.config', accountId: id, data: {} } as never)),
        );
        expect(signed.manifest.segments).toHaveLength(era === '2026-05' ? lanes.size * 2 : lanes.size);
        await removeEra(owner, signed, later);
      }
      expect(await verify(owner)).toMatchObject({ ok: true, archived: 3 * 40 + 8 });
    });
  });

  it('are not heard a second time, and what comes later follows', async () => {
    await tried(async (owner) => {
      const [old] = (await factsAfter(owner, {}, 1_000)).filter(
        (f) => f.recordedAt.startsWith('2026-03') && f.lane > 0,
      );
      await archiveAll(owner);
      const { lane: _l, seq: _s, hash: _h, recordedAt: _r, ...again } = old!;
      expect(await appendFacts(owner, [again], NOW)).toEqual([]);
      expect(await appendFacts(owner, [observed(accounts[0]!, NOW)], NOW)).toHaveLength(1);
      expect(await verify(owner)).toMatchObject({ ok: true });
    });
  });

  it('are read from their files when projections are rebuilt, and missed without them', async () => {
    const signed: SignedArchive[] = [];
    for (const era of ['2026-03', '2026-04']) signed.push(await exportEra(orm, era, deps));
    const before = await checkProjections(orm);
    expect(before.tables.filter((t) => t.differing > 0)).toEqual([]);
    await tried(async (owner) => {
      for (const one of signed) await removeEra(owner, one, NOW);
      const rebuilt = await checkProjections(owner, archivedFacts(deps));
      expect(rebuilt.tables).toEqual(before.tables);
      await expect(checkProjections(owner)).rejects.toThrow(MissingFacts);
    });
  });

  it('cannot be replaced, lost or invented without being noticed', async () => {
    const signed = await exportEra(orm, '2026-03', deps);
    const name = join(folder, 'kept', signed.manifest.files[0]!.name);
    const bytes = readFileSync(name);
    await tried(async (owner) => {
      await removeEra(owner, signed, NOW);
      const verdict = async (statement: ReturnType<typeof sql>) => {
        let ok: boolean | undefined;
        await owner
          .transaction(async (tx) => {
            const nested = tx as unknown as Orm;
            await nested.execute(statement);
            const { refused } = await trustedArchives(nested, secrets);
            ok = (await verify(nested)).ok && refused === 0;
            throw undo;
          })
          .catch((error: unknown) => {
            if (error !== undo) throw error;
          });
        return ok;
      };
      expect(await verdict(sql`select 1`)).toBe(true);
      expect(await verdict(sql`delete from ledger_archives`)).toBe(false);
      expect(await verdict(sql`update ledger_archives set signature = 'x'`)).toBe(false);
      expect(
        await verdict(
          sql`update ledger_archives set manifest = replace(manifest, '"facts":40', '"facts":41')`,
        ),
      ).toBe(false);
      expect(await verdict(sql`update ledger_archives set era = '2026-01'`)).toBe(false);
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: bytes.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (place, change) => {
          const changed = Buffer.from(bytes);
          changed[place] = changed[place]! ^ change;
          writeFileSync(name, changed);
          await expect(readBack(deps.store, signed.manifest)).rejects.toThrow(ArchiveBroken);
        },
      ),
      { numRuns: 30 },
    );
    writeFileSync(name, bytes.subarray(0, bytes.length / 2));
    await expect(readBack(deps.store, signed.manifest)).rejects.toThrow(ArchiveBroken);
    rmSync(name);
    await expect(readBack(deps.store, signed.manifest)).rejects.toThrow(ArchiveMissing);
  });

  it('stay when their chain does not hold, when something has not left yet, and when they have grown', async () => {
    await tried(async (owner) => {
      await owner.execute(sql`alter table facts disable trigger user`);
      await owner.execute(sql`update facts set actor = 'eve' where era = '2026-03' and seq =
        (select max(seq) from facts where era = '2026-03')`);
      await expect(exportEra(owner, '2026-03', deps)).rejects.toThrow(LedgerBroken);
    });
    const signed = await exportEra(orm, '2026-03', deps);
    await tried(async (owner) => {
      await owner.execute(sql`update outbox set sent_at = null`);
      await expect(removeEra(owner, signed, NOW)).rejects.toThrow(EraInUse);
    });
    await tried(async (owner) => {
      const { facts } = signed.manifest;
      const grown = { ...signed, manifest: { ...signed.manifest, facts: facts - 1 } };
      await owner.execute(sql`update outbox set sent_at = now()`);
      await expect(removeEra(owner, grown, NOW)).rejects.toThrow('archive it again');
    });
  });

  it('may be exported again after a kill: nothing is written over', async () => {
    const first = await exportEra(orm, '2026-03', deps);
    const second = await exportEra(orm, '2026-03', { ...deps, now: () => new Date(NOW.getTime() + 1) });
    expect(second.manifest.files).toEqual(first.manifest.files);
    expect(readdirSync(join(folder, 'kept')).filter((f) => f.endsWith('.manifest.json'))).toHaveLength(2);
    await readBack(deps.store, first.manifest);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { z } from 'zod';
import type { Connection } from './connection.ts';

/** The schema lacks migrations that this version needs. */
export class SchemaTooOld extends Error {
  override readonly name = 'SchemaTooOld';
}

/**
 * A process that does not migrate works with a schema of its own age or newer: the version before goes on while the next
 * one has migrated already (expand, migrate, contract).
 * @throws SchemaTooOld
 */
export async function refuseOldSchema(login: Connection, migrationsFolder: string): Promise<void> {
  const client = new pg.Client({ ...login, application_name: 'jetway-schema' });
  client.on('error', () => {});
  await client.connect();
  try {
    if (await hasMigrations(client, migrationsFolder)) return;
    throw new SchemaTooOld(
      'The database has an older schema than this version needs. Run the migrate task of this version first ' +
        '(JETWAY_ROLE=migrate), then start the others.',
    );
  } finally {
    await client.end().catch(() => {});
  }
}

/** Has the database every migration of this version? By the journal alone: their texts are read when one is missing. */
export async function hasMigrations(client: pg.Client, migrationsFolder: string): Promise<boolean> {
  const journal = Journal.parse(
    JSON.parse(readFileSync(join(migrationsFolder, 'meta', '_journal.json'), 'utf8')),
  );
  const newest = Math.max(...journal.entries.map(({ when }) => when));
  const { rows } = await client.query(
    `select to_regclass('drizzle.__drizzle_migrations') is not null as made`,
  );
  const last = rows[0]?.made
    ? await client.query('select max(created_at)::text as last from drizzle.__drizzle_migrations')
    : undefined;
  return Number(last?.rows[0]?.last ?? 0) >= newest;
}

const Journal = z.object({ entries: z.array(z.object({ when: z.number() })).min(1) });

import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { installedMoto, type MotoServer, startMoto } from '../test/oracle/moto-server.ts';
import { NEWEST_MIGRATIONS } from '../test/support/migrations.ts';
import { type PostgresCluster, startPostgres } from '../test/support/postgres-cluster.ts';
import { rowsOf } from './client.ts';
import { secretPassword } from './password.aws.ts';
import { openPostgres } from './postgres.ts';

const moto = installedMoto();
if (!moto) console.log('the password from Secrets Manager: skipped, moto is not installed');
describe.skipIf(!moto)('the password of the database, from Secrets Manager on moto', () => {
  let server: MotoServer;
  let cluster: PostgresCluster;
  let manager: SecretsManagerClient;
  let admin: pg.Client;
  let arn: string;
  let url: string;
  const before = { ...process.env };

  beforeAll(async () => {
    [server, cluster] = await Promise.all([startMoto(), startPostgres()]);
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: server.url,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
    });
    manager = new SecretsManagerClient({ region: 'eu-west-1' });
    const made = await manager.send(
      new CreateSecretCommand({
        Name: 'rds!cluster',
        SecretString: JSON.stringify({ password: 'the first' }),
      }),
    );
    arn = made.ARN ?? '';
    const ownUrl = new URL(await cluster.createDatabase('rotated'));
    admin = new pg.Client({ connectionString: ownUrl.href });
    await admin.connect();
    await admin.query(`create role rotated_owner login superuser password 'the first'`);
    // The URL says who; the secret says by what.
    ownUrl.username = 'rotated_owner';
    ownUrl.password = '';
    url = ownUrl.href;
  }, 120_000);
  afterAll(async () => {
    vi.restoreAllMocks();
    process.env = before;
    manager?.destroy();
    await admin?.end();
    await cluster?.stop();
    await server?.stop();
  });

  it('is read at the start, in the Region of the secret', async () => {
    expect(arn).toContain(':eu-west-1:');
    expect(await secretPassword(arn)()).toBe('the first');
  });

  it('is read again when it was rotated while the service runs, without a restart', async () => {
    const passwords: string[] = [];
    const read = secretPassword(arn);
    const password = async () => {
      passwords.push(await read());
      return passwords.at(-1) as string;
    };
    const database = await openPostgres(url, NEWEST_MIGRATIONS, { password });
    try {
      const who = () => rowsOf<{ n: number }>(database.orm, sql`select 1 as n`);
      expect(await who()).toEqual([{ n: 1 }]);
      // RDS changes both, the database and the secret.
      await admin.query(`alter role rotated_owner password 'the second'`);
      await manager.send(
        new PutSecretValueCommand({
          SecretId: arn,
          SecretString: JSON.stringify({ password: 'the second' }),
        }),
      );
      // Connections that are there go on; who connects anew a minute later has the new one.
      expect(await who()).toEqual([{ n: 1 }]);
      const later = Date.now() + 61_000;
      vi.spyOn(Date, 'now').mockImplementation(() => later);
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'rotated_owner'`,
      );
      await expect.poll(() => who().catch(() => []), { timeout: 10_000 }).toEqual([{ n: 1 }]);
      expect(passwords.at(-1)).toBe('the second');
    } finally {
      vi.restoreAllMocks();
      await database.close();
    }
  });
});

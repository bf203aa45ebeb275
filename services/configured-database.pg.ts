import { join } from 'node:path';
import type { Database } from '../db/client.ts';
import type { Observe } from '../db/observe.ts';
import { openDatabase } from '../db/open.ts';
import type { Config } from './config.ts';

type Where = Pick<Config, 'databaseUrl' | 'databaseSecretArn' | 'dataDir' | 'role'>;

/**
 * The database of the settings; processes of a divided deployment leave its schema to the task that migrates.
 * @param observe told of every statement
 */
export async function openConfigured(
  { databaseUrl, databaseSecretArn, dataDir, role }: Where,
  observe?: Observe,
): Promise<Database> {
  if (databaseUrl === null) return openDatabase({ dir: join(dataDir, 'postgres'), observe });
  const migrates = role === 'all' || role === 'migrate';
  if (databaseSecretArn === null) return openDatabase({ url: databaseUrl, migrates, observe });
  const { secretPassword } = await import('../db/password.aws.ts');
  return openDatabase({ url: databaseUrl, migrates, observe, password: secretPassword(databaseSecretArn) });
}

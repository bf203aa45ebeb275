import type { Orm } from '../../db/client.ts';
import { newestSnapshot } from './reconciliation.pg.ts';

/** Paths of the organizational units and the name of the root by their id, by the newest reading; empty before the first. */
export async function unitNames(orm: Orm): Promise<Map<string, string>> {
  const snapshot = await newestSnapshot(orm);
  return new Map((snapshot?.units ?? []).map(({ id, path, name }) => [id, path || name]));
}

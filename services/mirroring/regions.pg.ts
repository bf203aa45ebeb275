import type { Orm } from '../../db/client.ts';
import { newestSnapshot } from '../reconciliation/reconciliation.pg.ts';
import type { MirrorHub } from './hub.ts';
import { type MirrorRegion, mirrorRegions } from './regions.ts';

/** As the newest reading of the organization has them; none before the first. */
export async function regionsOf(orm: Orm, hub: MirrorHub | null): Promise<MirrorRegion[]> {
  const snapshot = await newestSnapshot(orm);
  return snapshot ? mirrorRegions(snapshot, hub) : [];
}

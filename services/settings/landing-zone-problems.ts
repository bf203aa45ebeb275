import { spansOf } from '../planning/cidr.ts';
import { type Refuse, refuseTwice } from './refuse.ts';
import type { Settings } from './settings.schema.ts';

/** Pools from which two accounts could get the same addresses, and units that are named twice. */
export function landingZoneProblems({ landingZone }: Settings, refuse: Refuse): void {
  if (!landingZone) return;
  const { networkPools, unitsWithoutAccounts } = landingZone;
  refuseTwice(
    networkPools,
    (i) => `/landingZone/networkPools/${i}/name`,
    (pool) => pool.name,
    refuse,
  );
  refuseTwice(
    unitsWithoutAccounts,
    (i) => `/landingZone/unitsWithoutAccounts/${i}`,
    (id) => id,
    refuse,
  );
  networkPools.forEach((pool, i) => {
    const [own] = spansOf([pool.cidr]);
    const other = networkPools.slice(0, i).find(({ cidr }) => {
      const [span] = spansOf([cidr]);
      return span && own && span.first < own.end && own.first < span.end;
    });
    if (other) refuse(`/landingZone/networkPools/${i}/cidr`, `${pool.cidr} overlaps ${other.cidr}`);
  });
}

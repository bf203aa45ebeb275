import type { Database } from '../../db/client.ts';
import { createApp } from '../../services/app.ts';
import { opaqueId, systemClock, systemIds } from '../../services/kernel/ids.node.ts';
import { openBell } from '../../services/ledger/bell.ts';
import { exampleSnapshot } from '../../services/reconciliation/snapshot.fixture.ts';
import { checkpointsInMemory } from '../support/checkpoints.ts';
import { openService, silent } from '../support/service.ts';

/** More accounts and calls than any round makes: the limits are looked at, and never reached. */
const NO_END = 1_000_000_000;

/** The example organization, which may have as many accounts as one likes. */
export const wideSnapshot = {
  ...exampleSnapshot,
  quotas: exampleSnapshot.quotas.map((q) => (q.code === 'L-E619E033' ? { ...q, value: NO_END } : q)),
};

/** The product's HTTP application over a database. What comes after the answer (the relay to AWS, chat) does not run here. */
export function openBenchApp(database: Database) {
  const service = openService(database);
  const app = createApp({
    ...service.deps,
    database,
    clock: systemClock,
    ids: systemIds,
    log: silent,
    bell: openBell(),
    checkpoints: checkpointsInMemory(),
    catalogue: service.assets.catalogue,
    mirroring: service.assets.mirroring,
    blueprints: service.assets.blueprintCatalogue,
    slack: null,
    newId: opaqueId,
    metricsToken: null,
    peer: () => '127.0.0.1',
    publicUrl: null,
    limits: { callsPerMinute: NO_END, teamWritesPerMinute: NO_END },
    oidc: null,
  });
  return { service, app };
}

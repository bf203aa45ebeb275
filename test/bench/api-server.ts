import { openDatabase } from '../../db/open.ts';
import { createApp } from '../../services/app.ts';
import { openServer } from '../../services/http/server.node.ts';
import { opaqueId, systemClock, systemIds } from '../../services/kernel/ids.node.ts';
import { openBell } from '../../services/ledger/bell.ts';
import { exampleSnapshot } from '../../services/reconciliation/snapshot.fixture.ts';
import { checkpointsInMemory } from '../support/checkpoints.ts';
import { openService, silent } from '../support/service.ts';

/** More accounts and calls than any round makes: the limits are looked at, and never reached. */
const NO_END = 1_000_000_000;

/**
 * The product's HTTP application over a database, as a process of its own. What comes after the answer (the relay to AWS,
 * chat) does not run here.
 */
const { url } = JSON.parse(process.argv[2] ?? '') as { url: string };
const database = await openDatabase({ url });
const service = openService(database);
const quotas = exampleSnapshot.quotas.map((q) => (q.code === 'L-E619E033' ? { ...q, value: NO_END } : q));
await service.setSnapshot({ ...exampleSnapshot, quotas });
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
const server = await openServer(app.fetch, 0);
process.send?.({
  port: Number(new URL(server.url).port),
  key: Buffer.from(service.secrets.key('local-tokens')).toString('hex'),
});
process.on('message', () => process.exit(0));

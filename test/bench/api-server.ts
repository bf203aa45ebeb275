import { openDatabase } from '../../db/open.ts';
import { openServer } from '../../services/http/server.node.ts';
import { openBenchApp, wideSnapshot } from './app.ts';

/** The application as a process of its own. */
const { url } = JSON.parse(process.argv[2] ?? '') as { url: string };
const { service, app } = openBenchApp(await openDatabase({ url }));
await service.setSnapshot(wideSnapshot);
const server = await openServer(app.fetch, 0);
process.send?.({
  port: Number(new URL(server.url).port),
  key: Buffer.from(service.secrets.key('local-tokens')).toString('hex'),
});
process.on('message', () => process.exit(0));

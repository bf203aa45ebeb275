import { envelopes } from './envelopes.ts';
import { openIngest } from './ingest.ts';

/** Takes so many events and says after every portion how many they are. */
const PORTION = 2_000;

const { url, events } = JSON.parse(process.argv[2] ?? '') as { url: string; events: number };
const ingest = await openIngest(url);
process.send?.(0);
for (let taken = 0, seed = 1; taken < events; seed++) {
  const portion = envelopes(Math.min(PORTION, events - taken), { seed });
  await ingest.take(portion);
  taken += portion.length;
  process.send?.(taken);
}
setInterval(() => {}, 1_000);

import { parseArgs } from 'node:util';
import { seededRandom } from '../../infra/local/random.ts';
import type { Random } from '../../infra/local/world.ts';
import { type CampaignReport, runCampaign } from './campaign.ts';
import { AWS_CHANGES, FACTS, type Moment } from './moments.ts';

/** `npm run chaos`: real processes killed while they vend. Exits 1 on any duplicate, loss or standstill. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      vends: { type: 'string', default: '6' },
      kills: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      'time-scale': { type: 'string', default: '600' },
      apart: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const seed = numberOf('seed', values.seed);
  const random = seededRandom(seed);
  const kills = numberOf('kills', values.kills);
  const firstBoot = kills >= 4 ? FIRST_BOOT(random) : [];
  const report = await runCampaign({
    vends: numberOf('vends', values.vends),
    firstBoot,
    moments: drawMoments(random, kills - firstBoot.length, values.apart),
    timeScale: numberOf('time-scale', values['time-scale']),
    apart: values.apart,
    patient: false,
    coin: () => random.below(3) === 0,
    say: values.json ? () => {} : (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(values.json ? `${JSON.stringify({ seed, ...report })}\n` : shown(report));
  return report.duplicates.length + report.lost.length + report.stuck.length === 0 ? 0 : 1;
}

/** One kill while initdb runs, one later in the first boot. */
const FIRST_BOOT = (random: Random): Moment[] => [
  { kind: 'start', afterMs: 300 + random.below(1_200) },
  { kind: 'start', afterMs: 2_000 + random.below(3_000) },
];

/** Half of the kills after facts, the rest at AWS's own changes, during starts and at any time. */
function drawMoments(random: Random, count: number, apart: boolean): Moment[] {
  const facts = shuffled(random, FACTS);
  const changes = shuffled(random, AWS_CHANGES);
  return Array.from({ length: count }, (_, i): Moment => {
    switch (i % 6) {
      case 1:
        return { kind: 'aws', collection: changes[Math.floor(i / 6) % changes.length]! };
      case 3:
        return { kind: apart ? 'cut' : 'clock', afterMs: random.below(2_000) };
      case 5:
        return { kind: 'start', afterMs: 200 + random.below(4_000) };
      default:
        return { kind: 'fact', type: facts[Math.floor(i / 2) % facts.length]! };
    }
  });
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0]!);
}

function shown(report: CampaignReport): string {
  const { duplicates, lost, stuck } = report;
  const lines = [
    `vends ${report.vends}, kills ${report.kills.length}, duplicates ${duplicates.length}, lost ${lost.length}, ` +
      `stuck ${stuck.length}`,
    `${report.retries} requests were sent again; everything was settled ${report.settledAfterSeconds.toFixed(1)} s ` +
      `after the last restart; ${report.seconds.toFixed(0)} s in all`,
    ...duplicates.map((line) => `  duplicate: ${line}`),
    ...lost.map((line) => `  lost: ${line}`),
    ...stuck.map((line) => `  stuck: ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new Error(`--${name} must be a whole number, 0 or more`);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${(error as Error).stack ?? String(error)}\n`);
  process.exitCode = 1;
}

import { judge } from './judge.ts';
import { installedMoto, MOTO, startMoto } from './moto-server.ts';
import { openReport } from './report.ts';
import { openBridge } from './sdk-bridge.ts';

const LONGEST_COMPLAINT = 4000;

/** npm run oracle: our workflows and templates on another implementation of AWS. */
async function main(): Promise<number> {
  const version = installedMoto();
  if (version === undefined) {
    console.log(`skipped: moto is not installed (pip install '${MOTO}')`);
    return 0;
  }
  const report = openReport();
  const moto = await startMoto();
  const stop = () => void moto.stop().then(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const bridge = await openBridge(moto.url);
    try {
      console.log(`moto ${version}`);
      await judge(report, { bridge, url: moto.url, abilities: moto.abilities });
    } finally {
      await bridge.close();
    }
  } finally {
    await moto.stop();
  }
  const failed = report.print(console.log) > 0;
  if (failed) console.error(moto.complaints.join('').slice(-LONGEST_COMPLAINT));
  return failed ? 1 : 0;
}

process.exitCode = await main();

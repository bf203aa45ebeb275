import { judge } from './judge.ts';
import { judgeInfra } from './judge-infra.ts';
import { installedMoto, MOTO, type MotoServer, startMoto } from './moto-server.ts';
import { openReport } from './report.ts';
import { openBridge, type SdkBridge } from './sdk-bridge.ts';

const LONGEST_COMPLAINT = 4000;

/** Two parts, each on a moto of its own: `--only deployment` runs the short one. */
const only = process.argv.includes('--only') ? process.argv.at(-1) : undefined;

/** npm run oracle: our workflows and templates on another implementation of AWS. */
async function main(): Promise<number> {
  const version = installedMoto();
  if (version === undefined) {
    console.log(`skipped: moto is not installed (pip install '${MOTO}')`);
    return 0;
  }
  const report = openReport();
  console.log(`moto ${version}`);
  const complaints = [
    ...(await onMoto(async (bridge) => judgeInfra(report, bridge))),
    ...(only === 'deployment'
      ? []
      : await onMoto((bridge, { url, abilities }) => judge(report, { bridge, url, abilities }))),
  ];
  const failed = report.print(console.log) > 0;
  if (failed) console.error(complaints.join('').slice(-LONGEST_COMPLAINT));
  return failed ? 1 : 0;
}

/** Runs it on a server that nothing else has used. @returns what the server complained of */
async function onMoto(
  work: (bridge: SdkBridge, moto: MotoServer) => Promise<void>,
): Promise<readonly string[]> {
  const moto = await startMoto();
  const stop = () => void moto.stop().then(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const bridge = await openBridge(moto.url);
    try {
      await work(bridge, moto);
    } finally {
      await bridge.close();
    }
  } finally {
    await moto.stop();
  }
  process.off('SIGINT', stop).off('SIGTERM', stop);
  return moto.complaints;
}

process.exitCode = await main();

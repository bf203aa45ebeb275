import { EXAMPLE_LANDING_ZONE } from '../../infra/local/landing-zone.ts';
import { judge } from './judge.ts';
import { judgeExecutions } from './judge-executions.ts';
import { judgeInfra } from './judge-infra.ts';
import { type Executing, installedMoto, MOTO, type MotoServer, startMoto } from './moto-server.ts';
import { openReport, type Report } from './report.ts';
import { openBridge, type SdkBridge } from './sdk-bridge.ts';
import { openStatesBridge } from './states-bridge.ts';
import { recordWalks, type Walks } from './walks.ts';

const LONGEST_COMPLAINT = 4000;

const PARTS = ['deployment', 'vends', 'executions'] as const;
type Part = (typeof PARTS)[number];

/** Each part has a moto of its own: `--only deployment` runs that one alone. */
const only = process.argv.includes('--only') ? process.argv.at(-1) : undefined;
const isWanted = (part: Part): boolean => only === undefined || only === part;

/** npm run oracle: our workflows and templates on another implementation of AWS. */
async function main(): Promise<number> {
  const version = installedMoto();
  if (version === undefined) {
    console.log(`skipped: moto is not installed (pip install '${MOTO}')`);
    return 0;
  }
  if (only !== undefined && !PARTS.some(isWanted)) throw new Error(`the parts are ${PARTS.join(', ')}`);
  const report = openReport();
  console.log(`moto ${version}`);
  const complaints: string[] = [];
  const walks = isWanted('executions') ? recordWalks() : undefined;
  try {
    if (isWanted('deployment'))
      complaints.push(...(await onMoto(async (bridge) => judgeInfra(report, bridge))));
    if (isWanted('vends'))
      complaints.push(
        ...(await onMoto((bridge, { url, abilities }) => judge(report, { bridge, url, abilities }))),
      );
    if (walks) complaints.push(...(await executed(report, walks)));
  } finally {
    await walks?.close();
  }
  const failed = report.print(console.log) > 0;
  if (failed) console.error(complaints.join('').slice(-LONGEST_COMPLAINT));
  return failed ? 1 : 0;
}

/** On a moto that executes state machines. */
async function executed(report: Report, walks: Walks): Promise<readonly string[]> {
  const bridge = await openStatesBridge();
  const executing = { bridgeUrl: bridge.url, accountId: EXAMPLE_LANDING_ZONE.managementAccountId };
  try {
    return await onMoto(
      (sdk, { url, abilities }) => judgeExecutions(report, { url, abilities, sdk, bridge, walks }),
      executing,
    );
  } finally {
    await bridge.close();
  }
}

/** Runs it on a server that nothing else has used. @returns what the server complained of */
async function onMoto(
  work: (bridge: SdkBridge, moto: MotoServer) => Promise<void>,
  executing?: Executing,
): Promise<readonly string[]> {
  const moto = await startMoto(executing);
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

import { synthesize } from '../../infra/aws/synth.node.ts';
import { EXAMPLE_LANDING_ZONE } from '../../infra/local/landing-zone.ts';
import { judgeMirroring } from './judge-mirroring.ts';
import { judgeOutside } from './judge-outside.ts';
import { judgeWalks } from './judge-walks.ts';
import { deployOnMoto, REGION } from './moto-deployment.ts';
import type { MotoAbilities } from './moto-server.ts';
import { openMotoStates } from './moto-states.ts';
import type { Report } from './report.ts';
import type { SdkBridge } from './sdk-bridge.ts';
import type { StatesBridge } from './states-bridge.ts';
import type { Walks } from './walks.ts';

const TOPIC = 'executions';

type Place = { url: string; abilities: MotoAbilities; sdk: SdkBridge; bridge: StatesBridge; walks: Walks };

/** The deployed machines executed by moto's interpreter. */
export async function judgeExecutions(
  report: Report,
  { url, abilities, sdk, bridge, walks }: Place,
): Promise<void> {
  const credentials = { accessKeyId: 'oracle', secretAccessKey: 'oracle' };
  for (const stack of synthesize())
    deployOnMoto(stack, (service, action, input = {}) =>
      sdk.call({ service, action, input, region: REGION, credentials }),
    );
  const ofStates = (what: string) => what.startsWith('Step Functions');
  for (const what of abilities.filled.filter(ofStates))
    report.cannotJudge(TOPIC, `${what}, without what the oracle lends it`, () => true);
  for (const what of abilities.learnt.filter(ofStates)) report.cannotJudge(TOPIC, what, () => false);
  const states = openMotoStates(url);
  const account = EXAMPLE_LANDING_ZONE.managementAccountId;
  await judgeOutside({ report, url, states, bridge, sdk });
  await judgeMirroring(report, { states, bridge, topic: TOPIC });
  await judgeWalks(report, { states, bridge, walks, account, region: REGION });
}

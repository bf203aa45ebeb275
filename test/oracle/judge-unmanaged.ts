import { deleteDeliveryChannel, deleteRecorder } from '../../infra/local/services/config/rules.ts';
import { folders, plannedAlone } from '../../workflows/blueprints/plan.fixture.ts';
import type { Organization } from '../../workflows/embedded.fixture.ts';
import type { Mixed } from './judge.ts';
import { askIn } from './judges/ask.ts';
import { expectedStack, judgeStack } from './judges/stacks.ts';
import type { Report } from './report.ts';
import type { VendedTwice } from './vends.ts';

const TOPIC = 'unmanaged';
const CONTROL_TOWER = 'AWSControlTowerExecution';

/**
 * Components that a blueprint may verify or deploy, deployed: in a vended account whose recorder Control Tower has
 * taken away again. The workflow finds no such account in this landing zone, so the oracle asks for the stacks, as the
 * workflow's role.
 */
export async function judgeUnmanaged(
  report: Report,
  { alone, mixed, vended }: { alone: Organization; mixed: Mixed; vended: VendedTwice },
): Promise<void> {
  takeRecorderAway(alone, mixed, vended);
  for (const folder of folders.filter(({ component }) => component.modes.length > 1)) {
    const planned = folder.artifact && plannedAlone(folder, {});
    if (!planned?.stackName) continue;
    const { region, stackName } = planned;
    const input = {
      StackName: stackName,
      TemplateURL: `https://jetway-artifacts.s3.us-east-1.amazonaws.com/${folder.artifact?.fileName}`,
      Parameters: Object.entries(planned.parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      Tags: [{ Key: 'jetway:template-digest', Value: planned.templateDigest }],
    };
    const by = { accountId: vended.alone, region, principalArn: roleIn(vended.alone, 'jetway-execution') };
    alone.aws.dispatcher.call('cloudformation', 'CreateStack', input, by);
    await alone.aws.settle();
    const as = { roleArn: roleIn(vended.mixed, 'jetway-execution'), region };
    mixed.moto.call('cloudformation', 'CreateStack', input, as);
    const ask = askIn(mixed.moto, vended.mixed, region);
    judgeStack(report, TOPIC, ask, planned, expectedStack(alone.aws, planned, vended.alone, vended.mixed));
  }
}

const roleIn = (accountId: string, name: string): string => `arn:aws:iam::${accountId}:role/${name}`;

function takeRecorderAway(alone: Organization, mixed: Mixed, vended: VendedTwice): void {
  const { store } = alone.aws.world;
  const { region } = alone.aws;
  store.transaction(() => {
    deleteDeliveryChannel(store, vended.alone, region);
    deleteRecorder(store, vended.alone, region);
  });
  const as = { roleArn: roleIn(vended.mixed, CONTROL_TOWER), region };
  const config = (action: string, input: object = {}) => mixed.moto.call('config', action, input, as);
  for (const { name } of config('DescribeConfigurationRecorders').ConfigurationRecorders) {
    config('StopConfigurationRecorder', { ConfigurationRecorderName: name });
    for (const channel of config('DescribeDeliveryChannels').DeliveryChannels)
      config('DeleteDeliveryChannel', { DeliveryChannelName: channel.name });
    config('DeleteConfigurationRecorder', { ConfigurationRecorderName: name });
  }
}

import { ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { deploy } from '../../infra/local/deploy.ts';
import type { TaskBackend } from '../../infra/local/index.ts';
import { openTestAws, START, type TestAws } from '../../infra/local/local-aws.fixture.ts';
import { readProfile } from '../../services/mirroring/profile.ts';
import { readMirrorCatalogue } from '../../services/mirroring/profiles.node.ts';
import { MirrorReconcileInput } from '../../workflows/mirror-attach/input.schema.ts';
import { judgeExecution } from './judge-execution.ts';
import { liveWorld } from './live-world.ts';
import type { MotoStates } from './moto-states.ts';
import type { Report } from './report.ts';
import type { StatesBridge } from './states-bridge.ts';

const MACHINE = 'mirror-attach';
const PROFILE = 'skip-bulk';
const TARGET = 'tmt-0123456789abcdef0';

type Place = { states: MotoStates; bridge: StatesBridge; topic: string };

/**
 * `mirror-attach` has no walks: moto executes it in an account of the embedded AWS with two instances, which it gives their
 * sessions, and once more, when nothing is left to do.
 */
export async function judgeMirroring(report: Report, { states, bridge, topic }: Place): Promise<void> {
  let tasks: TaskBackend | undefined;
  const aws = await openTestAws({
    seed: 8,
    tasks: (embedded) => {
      tasks = embedded;
      return embedded;
    },
  });
  try {
    ok(tasks);
    // Its queue alone: no machine of the embedded AWS is to be faster.
    deploy(aws, []);
    const accountId = aws.landingZone.logArchiveAccountId;
    await furnish(aws, accountId);
    // Tokens of its calls are made of the time at which it starts: here and in the walk it is the same one.
    const now = () => new Date(START).toISOString();
    const world = { ...liveWorld({ aws, tasks, calls: [] }, async () => {}), now };
    bridge.serve(world);
    const profile = readProfile(PROFILE, readMirrorCatalogue().profiles.get(PROFILE));
    if ('errors' in profile) throw new Error(PROFILE);
    const { sessionNumber, filter } = profile.profile;
    const asked = {
      name: PROFILE,
      sessionNumber,
      networkServices: filter.networkServices ?? [],
      rules: filter.rules,
    };
    const input = MirrorReconcileInput.parse({ accountId, profiles: [asked], targetId: TARGET });
    const stateMachineArn = `arn:aws:states:${aws.region}:${aws.accountId}:stateMachine:${MACHINE}`;
    for (const name of ['oracle-1', 'oracle-2']) {
      const started = { stateMachineArn, name, input: JSON.stringify(input) };
      const { executionArn: arn } = await states.call('StartExecution', started);
      await judgeExecution(report, { topic, states, world, machine: MACHINE, arn });
    }
    report.check(topic, `${MACHINE} has given two instances their sessions`, () => {
      const { TrafficMirrorSessions } = asMember(aws, accountId)('ec2', 'DescribeTrafficMirrorSessions');
      ok(TrafficMirrorSessions.length === 2);
    });
  } finally {
    await aws.close();
  }
}

// biome-ignore lint/suspicious/noExplicitAny: answers of several operations
type Call = (service: string, action: string, input?: object) => any;

const asMember = (aws: TestAws, accountId: string): Call => {
  const principalArn = `arn:aws:iam::${accountId}:role/AWSControlTowerExecution`;
  const caller = { accountId, region: aws.region, principalArn };
  return (service, action, input = {}) => aws.dispatcher.call(service, action, input, caller);
};

/** The components that a mirrored account has, and two instances. */
async function furnish(aws: TestAws, accountId: string): Promise<void> {
  const call = asMember(aws, accountId);
  const EventBusArn = `arn:aws:events:${aws.region}:${aws.accountId}:event-bus/jetway`;
  const stacks = {
    'event-forwarding': { EventBusArn, HomeRegion: aws.region },
    'traffic-mirroring': { EventBusArn, ManagementAccountId: aws.accountId },
  };
  for (const [name, parameters] of Object.entries(stacks)) {
    const file = new URL(`../../workflows/blueprints/${name}/${name}.template.json`, import.meta.url);
    call('cloudformation', 'CreateStack', {
      StackName: `jetway-${name}`,
      TemplateBody: readFileSync(file, 'utf8'),
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    });
    await aws.settle();
  }
  call('ec2', 'RunInstances', { InstanceType: 'm5.large', MinCount: 2, MaxCount: 2 });
  await aws.settle();
}

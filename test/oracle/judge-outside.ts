import { deepEqual, equal, ok } from 'node:assert/strict';
import { EXAMPLE_LANDING_ZONE } from '../../infra/local/landing-zone.ts';
import { readArtifacts } from '../../workflows/artifacts.node.ts';
import { openMixed } from './judge.ts';
import { judgeExecution } from './judge-execution.ts';
import { type LiveWorld, liveWorld } from './live-world.ts';
import { REGION } from './moto-deployment.ts';
import type { MotoStates } from './moto-states.ts';
import { askMoto } from './moto-wire.ts';
import type { Report } from './report.ts';
import type { SdkBridge } from './sdk-bridge.ts';
import { startServiceOutside } from './service-outside.ts';
import type { StatesBridge } from './states-bridge.ts';

const TOPIC = 'outside';
const ACCOUNT = EXAMPLE_LANDING_ZONE.managementAccountId;
const NAME = 'oracle-outside';
const NOBODY = { accessKeyId: 'oracle', secretAccessKey: 'oracle' };

type Place = { report: Report; url: string; states: MotoStates; bridge: StatesBridge; sdk: SdkBridge };

/**
 * Our service outside of AWS: it starts machines on moto, hears of them through moto's queue and answers their tokens there, until
 * the account is ACTIVE. Then our engine is put through the same, and the histories are compared.
 */
export async function judgeOutside({ report, url, states, bridge, sdk }: Place): Promise<void> {
  const mixed = await openMixed({ bridge: sdk });
  const world = liveWorld(mixed, (envelope) => intoInbox(url, envelope));
  bridge.serve(world);
  release(sdk);
  const service = await startServiceOutside(url);
  try {
    const vended = await service.vend({
      account: { name: NAME, email: `aws+${NAME}@example.com`, organizationalUnitId: 'ou-ab12-workloads' },
      owner: { email: 'ana@example.com', firstName: 'Ana', lastName: 'Lopez' },
      justification: 'a second judge',
      blueprint: { name: 'standard' },
    });
    const isActive = report.check(
      TOPIC,
      'an account asked for over HTTP and approved is ACTIVE, by machines on moto',
      () => {
        equal(vended.status, 'ACTIVE', JSON.stringify(vended.failure));
        ok(vended.accountId);
      },
    );
    if (!isActive) return;
    const [reconcile] = await executionsOf(states, 'organization-reconcile');
    const [vend] = await executionsOf(states, 'account-vending');
    await judgeExecution(report, {
      topic: TOPIC,
      states,
      world,
      machine: 'organization-reconcile',
      arn: reconcile,
    });
    await judgeExecution(report, { topic: TOPIC, states, world, machine: 'account-vending', arn: vend });
    sayWhoAnswered(report, world);
  } finally {
    await service.close();
    await mixed.aws.close();
  }
}

/** What `npm run release` leads to: the templates of components in the bucket that CloudFormation has made. */
function release(sdk: SdkBridge): void {
  const Bucket = `jetway-artifacts-${ACCOUNT}-${REGION}`;
  for (const { fileName, text } of readArtifacts()) {
    const input = { Bucket, Key: fileName, Body: text };
    const answer = sdk.call({
      service: 's3',
      action: 'PutObject',
      input,
      region: REGION,
      credentials: NOBODY,
    });
    ok('output' in answer, JSON.stringify(answer));
  }
}

async function executionsOf(states: MotoStates, machine: string): Promise<string[]> {
  const stateMachineArn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${machine}`;
  const { executions } = await states.call('ListExecutions', { stateMachineArn });
  return (executions as { executionArn: string }[]).map(({ executionArn }) => executionArn);
}

function sayWhoAnswered(report: Report, world: LiveWorld): void {
  const { moto, embedded } = world.counts();
  const sum = (counts: Map<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0);
  report.check(TOPIC, `moto answered ${sum(moto)} calls of them, the embedded AWS ${sum(embedded)}`, () => {
    ok(sum(moto) > sum(embedded));
    const services = new Set([...embedded.keys()].map((resource) => resource.split(':')[1]));
    // Stack sets are the embedded AWS's: moto takes whole units only.
    deepEqual(
      [...services].filter((service) => !NOT_ON_MOTO.has(service ?? '')),
      [],
    );
  });
  const list = [...embedded]
    .sort()
    .map(([resource, count]) => `${resource.replace('aws-sdk:', '')} ${count}`);
  report.note(TOPIC, `answered by the embedded AWS: ${list.join(', ')}`);
}

const NOT_ON_MOTO = new Set([
  'servicecatalog',
  'controltower',
  'controlcatalog',
  'servicequotas',
  'cloudformation',
]);

/** An event of the embedded Control Tower, put where the deployed rule brings it: the rule itself is judged elsewhere. */
async function intoInbox(url: string, envelope: string): Promise<void> {
  const message = { QueueUrl: `${url}/${ACCOUNT}/jetway-inbox`, MessageBody: envelope };
  await askMoto(url, 'sqs', 'AmazonSQS.SendMessage', message);
}

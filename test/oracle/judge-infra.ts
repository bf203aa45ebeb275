import { deepEqual, equal, ok } from 'node:assert/strict';
import { readMachines } from '../../infra/aws/machines.node.ts';
import { type SynthesizedStack, synthesize } from '../../infra/aws/synth.node.ts';
import { EVENT_BUS, eventRules, INBOX_QUEUE, MAX_RECEIVE_COUNT } from '../../infra/events.ts';
import { type EventPattern, matchesPattern } from '../../infra/local/services/event-pattern.ts';
import { eventSamples } from '../../services/ledger/event-samples.fixture.ts';
import { machineRole } from '../../workflows/index.ts';
import { judgeMirrorHub } from './judge-mirror-hub.ts';
import { documentOf } from './judges/ask.ts';
import { type Deployed, deployOnMoto, MOTO_ACCOUNT, REGION } from './moto-deployment.ts';
import type { Report } from './report.ts';
import type { SdkAnswer, SdkBridge } from './sdk-bridge.ts';

const TOPIC = 'deployment';
const CREDENTIALS = { accessKeyId: 'oracle', secretAccessKey: 'oracle' };

/** Calls moto as the account that everything is deployed into. */
export type Send = (service: string, action: string, input?: object) => SdkAnswer;
// biome-ignore lint/suspicious/noExplicitAny: answers of many operations; each check knows its own
type Ask = (service: string, action: string, input?: object) => any;

/** What `npm run infra:synth` writes, deployed by moto's CloudFormation; then moto is asked what there is. */
export function judgeInfra(report: Report, bridge: SdkBridge): void {
  const send: Send = (service, action, input = {}) =>
    bridge.call({ service, action, input, region: REGION, credentials: CREDENTIALS });
  const ask: Ask = (service, action, input) => {
    const answer = send(service, action, input);
    if ('output' in answer) return answer.output;
    throw new Error(`${service}:${action}: ${JSON.stringify(answer)}`);
  };
  const stacks = synthesize();
  const deployed = stacks.map((stack) => deployOnMoto(stack, send));
  judgeStacks(report, stacks, deployed);
  judgeMachines(report, ask);
  judgeQueue(report, ask);
  judgeRules(report, ask);
  judgeDelivery(report, send, ask);
  judgeMirrorHub(report, send);
}

function judgeStacks(
  report: Report,
  stacks: readonly SynthesizedStack[],
  deployed: readonly Deployed[],
): void {
  const lacking = new Map<string, number>();
  // A type is made always or never: one that is made once and not another time would be ours.
  const known = new Set(
    stacks.flatMap(({ template }, i) => deployed[i]!.made.map((id) => template.Resources[id]?.Type)),
  );
  for (const [i, { name, template }] of stacks.entries()) {
    const { failure, made, adapted } = deployed[i]!;
    const all = Object.entries(template.Resources);
    if (failure !== undefined) {
      report.cannotJudge(TOPIC, `${name} (${all.length} resources): ${failure}`, () => true);
      continue;
    }
    // Home is us-east-1 here: what is made only elsewhere has a condition.
    const missing = all.filter(([id, { Condition }]) => !made.includes(id) && Condition === undefined);
    report.check(TOPIC, `${name}: ${made.length} of ${all.length} resources made by moto`, () => {
      for (const id of made) ok(template.Resources[id], `${id} is not in the template`);
      deepEqual(
        missing.filter(([, { Type }]) => known.has(Type)).map(([id]) => id),
        [],
      );
    });
    for (const [, { Type }] of missing) lacking.set(Type, (lacking.get(Type) ?? 0) + 1);
    for (const what of adapted) report.note(TOPIC, `${name}: ${what}`);
  }
  for (const [type, count] of [...lacking].sort())
    report.cannotJudge(
      TOPIC,
      `${type} (${count}): moto's CloudFormation has no such type`,
      () => !known.has(type),
    );
}

/** Text and rights of each machine, as moto has them. */
function judgeMachines(report: Report, ask: Ask): void {
  for (const { name, text } of readMachines()) {
    report.check(TOPIC, `${name} is there as it is committed, with its role's rights as text`, () => {
      const stateMachineArn = `arn:aws:states:${REGION}:${MOTO_ACCOUNT}:stateMachine:${name}`;
      const { definition, roleArn } = ask('states', 'DescribeStateMachine', { stateMachineArn });
      equal(definition, text);
      equal(roleArn, `arn:aws:iam::${MOTO_ACCOUNT}:role/${machineRole(name)}`);
      const policy = { RoleName: machineRole(name), PolicyName: 'machine' };
      const { PolicyDocument } = ask('iam', 'GetRolePolicy', policy);
      const { Statement } = documentOf(PolicyDocument) as { Statement: { Action: unknown }[] };
      ok(Statement.length > 0);
      // Every reference has become text: what is left of a function would be a right on nothing.
      ok(!JSON.stringify(Statement).includes('Fn::'));
    });
  }
}

function judgeQueue(report: Report, ask: Ask): void {
  report.check(TOPIC, 'the inbox has its dead letters, its time and a key', () => {
    const { QueueUrl } = ask('sqs', 'GetQueueUrl', { QueueName: INBOX_QUEUE });
    const { Attributes } = ask('sqs', 'GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] });
    equal(JSON.parse(Attributes.RedrivePolicy).maxReceiveCount, MAX_RECEIVE_COUNT);
    equal(Attributes.VisibilityTimeout, '30');
    ok(Attributes.KmsMasterKeyId);
  });
}

const ruleContext = {
  managementAccountId: MOTO_ACCOUNT,
  region: REGION,
  stateMachines: readMachines().map(({ name }) => name),
};

function judgeRules(report: Report, ask: Ask): void {
  const rules = eventRules(ruleContext);
  report.check(TOPIC, `${rules.length} rules are on their bus with their pattern`, () => {
    for (const bus of ['default', EVENT_BUS]) {
      const { Rules } = ask('events', 'ListRules', { EventBusName: bus });
      const there = (Rules as { Name: string; EventPattern: string }[]).map((rule) => [
        rule.Name,
        JSON.parse(rule.EventPattern),
      ]);
      const wanted = rules.filter((rule) => rule.bus === bus).map(({ name, pattern }) => [name, pattern]);
      deepEqual(Object.fromEntries(there), Object.fromEntries(wanted));
    }
  });
}

/** Every sample event is put on both buses: what arrives in the queue is what our own matcher lets through. */
function judgeDelivery(report: Report, send: Send, ask: Ask): void {
  const { QueueUrl } = ask('sqs', 'GetQueueUrl', { QueueName: INBOX_QUEUE });
  const rules = eventRules(ruleContext);
  const differing: string[] = [];
  const counts = { delivered: 0, kept: 0, machines: 0 };
  for (const [name, sample] of eventSamples) {
    for (const bus of ['default', EVENT_BUS]) {
      const event = { ...sample, account: MOTO_ACCOUNT, region: REGION };
      const matched = rules.filter((r) => r.bus === bus && matchesPattern(r.pattern as EventPattern, event));
      if (matched.some(({ targets }) => targets.some(({ kind }) => kind === 'state-machine'))) {
        // moto starts no machine by a rule: the call would end in its own failure.
        counts.machines++;
        continue;
      }
      const entry = {
        EventBusName: bus,
        Source: sample.source,
        DetailType: sample['detail-type'],
        Detail: JSON.stringify(sample.detail),
        Resources: sample.resources,
      };
      const answer = send('events', 'PutEvents', { Entries: [entry] });
      const arrived = 'output' in answer ? taken(ask, QueueUrl) : -1;
      if (arrived !== matched.length)
        differing.push(`${name} on ${bus}: ${arrived} arrived, ${matched.length} rules match`);
      counts[arrived > 0 ? 'delivered' : 'kept']++;
    }
  }
  report.check(
    TOPIC,
    `${counts.delivered} sample events arrive in the inbox and ${counts.kept} do not, as our matcher says`,
    () => {
      deepEqual(differing, []);
      ok(counts.delivered > 0 && counts.kept > 0);
    },
  );
  report.cannotJudge(TOPIC, `${counts.machines} events that start a state machine`, () => true);
}

/** How many messages wait; they are taken away. */
function taken(ask: Ask, QueueUrl: string): number {
  const { Messages = [] } = ask('sqs', 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
  for (const { ReceiptHandle } of Messages as { ReceiptHandle: string }[])
    ask('sqs', 'DeleteMessage', { QueueUrl, ReceiptHandle });
  return Messages.length;
}

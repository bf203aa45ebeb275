import { deepEqual, equal, ok } from 'node:assert/strict';
import type { LocalAws } from '../../../infra/local/index.ts';
import { getResource } from '../../../infra/local/services/account-resources.ts';
import type { AccountPlan } from '../../../services/planning/plan.schema.ts';
import type { Report } from '../report.ts';
import { instanceStacks } from '../stack-set-twin.ts';
import { type Ask, listOf } from './ask.ts';
import { judgeOf } from './resource-judges.ts';

type Component = AccountPlan['components'][number];
type StackResource = { LogicalResourceId: string; PhysicalResourceId: string; ResourceType: string };
type Stack = {
  StackStatus: string;
  Outputs?: { OutputKey: string; OutputValue: string }[];
  Parameters?: { ParameterKey: string; ParameterValue: string }[];
  Tags: { Key: string; Value: string }[];
};

/** A stack as the embedded CloudFormation made it: what it is compared with. */
export type Expected = { stack: Stack; resources: (StackResource & { properties: object })[] };

/** A component's stack at home has the plan's name; of another Region's instance the stack set makes one up. */
export function stackNameOf(aws: LocalAws, component: Component, accountId: string): string {
  const { region, stackName, stackSetName } = component;
  if (stackName !== undefined) return stackName;
  const instance = instanceStacks(aws, stackSetName).find(
    (one) => one.account === accountId && one.region === region,
  );
  return instance?.stackName ?? `no instance of ${stackSetName}`;
}

/** @param accountId of the account that was vended on the embedded AWS alone; `as` is what it is called on moto's side */
export function expectedStack(aws: LocalAws, component: Component, accountId: string, as: string): Expected {
  const { region } = component;
  const StackName = stackNameOf(aws, component, accountId);
  const caller = { accountId, region, principalArn: `arn:aws:iam::${accountId}:role/jetway-execution` };
  const ask = (action: string) =>
    aws.dispatcher.call('cloudformation', action, { StackName }, caller) as {
      Stacks: Stack[];
      StackResources: StackResource[];
    };
  const resources = ask('DescribeStackResources').StackResources.map((resource) => {
    const { ResourceType: type, PhysicalResourceId: id } = resource;
    const found = getResource(aws.world.store, accountId, region, type, id);
    return { ...resource, properties: found?.properties ?? {} };
  });
  const expected = { stack: ask('DescribeStacks').Stacks[0], resources };
  return JSON.parse(JSON.stringify(expected).replaceAll(accountId, as)) as Expected;
}

/** The stack of one component, by moto's CloudFormation and then by the APIs of what is in it. */
export function judgeStack(
  report: Report,
  topic: string,
  ask: Ask,
  component: Component,
  expected: Expected,
): void {
  const { region, stackName, templateDigest, parameters } = component;
  const name = component.stackSetName ? `${component.name} in ${region}` : component.name;
  report.check(topic, `${name}: the stack is whole, with the approved template and parameters`, () => {
    const [stack] = ask('cloudformation', 'DescribeStacks', { StackName: stackName }).Stacks as Stack[];
    ok(stack);
    equal(stack.StackStatus, 'CREATE_COMPLETE');
    equal(stack.Tags.find(({ Key }) => Key === 'jetway:template-digest')?.Value, templateDigest);
    const given = new Map(stack.Parameters?.map((one) => [one.ParameterKey, one.ParameterValue]));
    deepEqual(
      Object.keys(parameters).map((key) => [key, given.get(key)]),
      Object.entries(parameters),
    );
    const outputs = (one: Stack) => (one.Outputs ?? []).map(({ OutputKey }) => OutputKey).sort();
    deepEqual(outputs(stack), outputs(expected.stack));
    for (const { OutputKey, OutputValue } of stack.Outputs ?? []) ok(OutputValue, `${OutputKey} is empty`);
  });
  // moto lists a resource whose condition does not hold, if another one depends on it, with neither name nor type.
  const made = listOf(ask, 'cloudformation', 'ListStackResources', 'StackResourceSummaries', {
    StackName: stackName,
  }).filter((one: StackResource) => one.LogicalResourceId) as StackResource[];
  report.check(topic, `${name}: ${expected.resources.length} resources, by logical id and type`, () => {
    const byName = (list: StackResource[]) =>
      list.map((one) => `${one.LogicalResourceId} ${one.ResourceType}`).sort();
    deepEqual(byName(made), byName(expected.resources));
  });
  judgeResources(report, topic, ask, name, expected, made);
}

function judgeResources(
  report: Report,
  topic: string,
  ask: Ask,
  component: string,
  expected: Expected,
  made: StackResource[],
): void {
  const physical = new Map(made.map((one) => [one.LogicalResourceId, one.PhysicalResourceId]));
  const types = [...new Set(expected.resources.map(({ ResourceType }) => ResourceType))];
  for (const type of types) {
    const judge = judgeOf(type);
    if (!judge) continue;
    const planned = expected.resources.filter(({ ResourceType }) => ResourceType === type);
    report.check(topic, `${component}: ${planned.length} × ${type} as planned`, () => {
      for (const { LogicalResourceId, properties } of planned) {
        const id = physical.get(LogicalResourceId);
        ok(id, `moto has no ${LogicalResourceId}`);
        judge(ask, properties, id);
      }
    });
  }
}

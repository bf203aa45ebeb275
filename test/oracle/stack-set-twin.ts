import type { LocalAws } from '../../infra/local/index.ts';
import { instancesIn, setsIn } from '../../infra/local/services/cloudformation/stack-sets/documents.ts';
import type { Moto } from './moto.ts';

type Stack = {
  StackName: string;
  Parameters?: { ParameterKey: string; ParameterValue: string }[];
  Tags: object[];
  Capabilities: string[];
};

/** Where an instance of a stack set is, and the stack that the set made there. */
export type InstanceStack = { account: string; region: string; stackName: string };

/** The stacks of all instances that are current, by the embedded stack sets. */
export function instanceStacks(aws: LocalAws, setName?: string): InstanceStack[] {
  const sets = setsIn(aws.world, aws.region).filter(({ name }) => !setName || name === setName);
  return sets
    .flatMap((set) => instancesIn(aws.world, set))
    .filter(({ status, detailed }) => status === 'CURRENT' && detailed === 'SUCCEEDED')
    .map(({ account, region, stackId = '' }) => ({
      account,
      region,
      stackName: stackId.split('/')[1] ?? '',
    }));
}

/** What the embedded stack sets have made, moto's CloudFormation makes too, in the same account and Region. */
export function followStackSets(aws: LocalAws, moto: Moto): () => void {
  const made = new Set<string>();
  return () => {
    for (const { account, region, stackName } of instanceStacks(aws)) {
      if (made.has(stackName)) continue;
      made.add(stackName);
      const as = { roleArn: `arn:aws:iam::${account}:role/stacksets-exec`, region };
      moto.call('cloudformation', 'CreateStack', stackInput(aws, { account, region, stackName }), as);
    }
  };
}

function stackInput(aws: LocalAws, { account, region, stackName }: InstanceStack): object {
  const StackName = stackName;
  const caller = { accountId: account, region, principalArn: `arn:aws:iam::${account}:role/stacksets-exec` };
  const ask = <T>(action: string) =>
    aws.dispatcher.call('cloudformation', action, { StackName }, caller) as T;
  const [stack] = ask<{ Stacks: Stack[] }>('DescribeStacks').Stacks;
  const { TemplateBody } = ask<{ TemplateBody: string }>('GetTemplate');
  const { Parameters, Tags, Capabilities } = stack as Stack;
  return { StackName, TemplateBody, Parameters, Tags, Capabilities };
}

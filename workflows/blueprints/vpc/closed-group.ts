import type { AwsCall, Sleep } from '../../custom-resource/aws-call.ts';
import { type CustomResource, failed, succeeded } from '../../custom-resource/custom-resource.ts';

type Rule = { SecurityGroupRuleId: string; IsEgress: boolean };

/** A rule may be shown for a moment after it has been revoked. */
const READ_AGAIN_MS = [1_000, 2_000, 4_000, 8_000];

/** A security group without a rule: nothing is let in, nothing out. What stood in it does not come back. */
export const closedGroup: CustomResource = {
  idOf: ({ ResourceProperties }) => `closed-${String(ResourceProperties?.GroupId)}`,
  async work({ RequestType, ResourceProperties }, { call, sleep }) {
    if (RequestType === 'Delete') return succeeded('The group stays closed until its VPC goes.', {});
    const { GroupId } = ResourceProperties ?? {};
    if (typeof GroupId !== 'string' || !/^sg-[0-9a-f]+$/.test(GroupId))
      return failed(`GroupId has to be the id of a security group, not ${String(GroupId)}.`);
    const left = await close(GroupId, call, sleep);
    if (left.length > 0) return failed(`${GroupId} still has ${left.map(nameOf).join(', ')}.`);
    return succeeded(`${GroupId} has no rules.`, { GroupId });
  },
};

const nameOf = ({ SecurityGroupRuleId, IsEgress }: Rule): string =>
  `${SecurityGroupRuleId} (${IsEgress ? 'out' : 'in'})`;

/** @returns the rules that AWS still shows at the end */
async function close(groupId: string, call: AwsCall, sleep: Sleep): Promise<Rule[]> {
  let rules = await rulesOf(groupId, call);
  await revoke(
    'RevokeSecurityGroupIngress',
    groupId,
    rules.filter(({ IsEgress }) => !IsEgress),
    call,
  );
  await revoke(
    'RevokeSecurityGroupEgress',
    groupId,
    rules.filter(({ IsEgress }) => IsEgress),
    call,
  );
  if (rules.length > 0) rules = await rulesOf(groupId, call);
  for (const pause of READ_AGAIN_MS) {
    if (rules.length === 0) break;
    await sleep(pause);
    rules = await rulesOf(groupId, call);
  }
  return rules;
}

async function revoke(operation: string, GroupId: string, rules: Rule[], call: AwsCall): Promise<void> {
  if (rules.length === 0) return;
  const SecurityGroupRuleIds = rules.map(({ SecurityGroupRuleId }) => SecurityGroupRuleId);
  await call('ec2', operation, { GroupId, SecurityGroupRuleIds });
}

/** A group has 1,000 rules at most, all of them on one page. */
async function rulesOf(groupId: string, call: AwsCall): Promise<Rule[]> {
  const answer = await call('ec2', 'DescribeSecurityGroupRules', {
    Filters: [{ Name: 'group-id', Values: [groupId] }],
    MaxResults: 1000,
  });
  return (answer.SecurityGroupRules ?? []) as Rule[];
}

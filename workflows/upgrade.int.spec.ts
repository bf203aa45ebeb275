import { afterEach, describe, expect, it } from 'vitest';
import { planAccountChange } from '../services/account-changes/plan-account-change.ts';
import { sha256 } from '../services/kernel/canonical-json.ts';
import type { AccountPlan } from '../services/planning/plan.schema.ts';
import { requestWith } from '../services/requests/request.fixture.ts';
import { DEFAULT_SETTINGS } from '../services/settings/defaults.ts';
import { assets, type Organization, openOrganization, planOn } from './embedded.fixture.ts';

let open: Organization | undefined;
afterEach(async () => {
  await open?.aws.close();
  open = undefined;
});

type Template = { Description?: string; Resources: Record<string, unknown> };
const fileOf = (digest: string) => `${digest.slice('sha256:'.length)}.template.json`;

/** Earlier templates, published beside those of the package. */
function earlier() {
  const texts = new Map<string, string>();
  return {
    artifact: (name: string) => texts.get(name) ?? assets.artifact(name),
    /** The plan as an earlier version made it: these components from templates that were a little different. */
    asMade(plan: AccountPlan, change: Record<string, (template: Template) => void>): AccountPlan {
      const components = plan.components.map((one) => {
        const edit = change[one.name];
        if (!edit || one.templateDigest === undefined) return one;
        const template = JSON.parse(assets.artifact(fileOf(one.templateDigest)) ?? '') as Template;
        edit(template);
        const text = JSON.stringify(template);
        const templateDigest = sha256(text);
        texts.set(fileOf(templateDigest), text);
        const set = one.stackSetName === undefined ? {} : { stackSetName: `${one.stackSetName}-old` };
        return { ...one, version: '0.9.0', templateDigest, ...set };
      });
      return { ...plan, components };
    },
  };
}

/** A role that the earlier version had. */
const role = (RoleName: string) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName,
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
    },
  },
});

async function upgraded(change: Record<string, (template: Template) => void>) {
  const { artifact, asMade } = earlier();
  open = await openOrganization(1, { artifact });
  const { snapshot } = await open.reconcile();
  const wanted = requestWith({ guardrails: ['AWS-GR_RESTRICTED_SSH'] });
  const requestId = 'req-018e0000-0000-7000-8000-000000000001';
  const after = planOn(snapshot, wanted, requestId);
  const before = asMade(after, change);
  const vended = await open.vend(before);
  expect(vended.outcome).toBe('ACTIVE');
  const planned = planAccountChange({
    requestId: 'req-018e0000-0000-7000-8000-000000000002',
    accountId: vended.accountId ?? '',
    from: { requestId, planDigest: before.digest },
    before,
    wanted,
    after,
    known: {
      ...assets,
      snapshot,
      policies: DEFAULT_SETTINGS.policies,
      settings: { approvalExpiresAfterSeconds: 604_800 },
    },
  });
  if ('errors' in planned) throw new Error(JSON.stringify(planned.errors));
  return { organization: open, accountId: vended.accountId ?? '', before, after, plan: planned.plan };
}

const stackIn = ({ aws }: Organization, accountId: string, StackName: string) => {
  const principalArn = `arn:aws:iam::${accountId}:role/jetway-execution`;
  const caller = { accountId, region: 'us-east-1', principalArn };
  const { Stacks } = aws.dispatcher.call('cloudformation', 'DescribeStacks', { StackName }, caller) as {
    Stacks: { Tags: { Key: string; Value: string }[] }[];
  };
  return Stacks[0]!;
};
const digestOf = (tags: { Key: string; Value: string }[]) =>
  tags.find((tag) => tag.Key === 'jetway:template-digest')?.Value;

describe('a new version of a blueprint', () => {
  it('is brought into an account that an earlier one made, at home and in the other Regions', async () => {
    const { organization, accountId, before, after, plan } = await upgraded({
      'audit-roles': (template) => {
        template.Description = 'as it was';
      },
      'event-forwarding': (template) => {
        template.Description = 'as it was';
      },
    });
    expect(plan.summary).toContainEqual(
      expect.stringMatching(/^audit-roles in us-east-1: changed \(template changed 0\.9\.0 → /),
    );
    expect(plan.warnings.join('\n')).toMatch(/event-forwarding in eu-west-1 is deleted and made anew/);

    const changed = await organization.change(plan);
    expect([changed.outcome, changed.types]).toEqual([
      'ACTIVE',
      ['ChangePreviewed', 'ChangeStarted', 'BlueprintApplied', 'GuardrailsAttached', 'AccountChanged'],
    ]);
    const componentOf = (of: AccountPlan, name: string, region: string) =>
      of.components.find((one) => one.name === name && one.region === region)!;
    expect(digestOf(stackIn(organization, accountId, 'jetway-audit-roles').Tags)).toBe(
      componentOf(after, 'audit-roles', 'us-east-1').templateDigest,
    );
    const instances = (of: AccountPlan): string[] =>
      organization.aws
        .call('cloudformation', 'ListStackInstances', {
          StackSetName: componentOf(of, 'event-forwarding', 'eu-west-1').stackSetName,
          StackInstanceAccount: accountId,
          CallAs: 'SELF',
        })
        .Summaries.map((one: { Region: string; Status: string }) => `${one.Region} ${one.Status}`);
    expect(instances(before)).toEqual([]);
    expect(instances(after)).toEqual(['eu-west-1 CURRENT']);
  });

  it('that would remove something without a word is refused, and nothing is changed', async () => {
    const { organization, accountId, before, plan } = await upgraded({
      'audit-roles': (template) => {
        template.Resources.OldRole = role('jetway-audit-old');
      },
    });
    const changed = await organization.change(plan);
    expect([changed.outcome, changed.types]).toEqual(['NOTHING_CHANGED', ['RequestRejected']]);
    expect(changed.facts[0]?.data).toMatchObject({
      code: 'change-not-announced',
      cause: expect.stringMatching(/would remove OldRole \(AWS::IAM::Role\) in stack jetway-audit-roles/),
    });
    const was = before.components.find((one) => one.name === 'audit-roles');
    expect(digestOf(stackIn(organization, accountId, 'jetway-audit-roles').Tags)).toBe(was?.templateDigest);
  });
});

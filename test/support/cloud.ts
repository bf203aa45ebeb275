import type { LocalAws } from '../../infra/local/index.ts';
import { type ChainLevel, evaluatePolicies } from '../../services/guardrails/evaluate.ts';

export type CloudAccount = { Id: string; Name: string; Email: string; State: string };
export type CloudStack = {
  StackName: string;
  StackStatus: string;
  Tags: { Key: string; Value: string }[];
};
type Policy = { Id: string; Name: string };

export type Cloud = ReturnType<typeof cloudOf>;

/** What the organization really looks like: asked of the embedded AWS, past the service under test. */
export function cloudOf(aws: LocalAws) {
  // biome-ignore lint/suspicious/noExplicitAny: answers of many operations; each caller knows its own
  const call = (service: string, action: string, input: object = {}): any =>
    aws.dispatcher.call(service, action, input, aws.caller);
  /** As a role in a member account. */
  // biome-ignore lint/suspicious/noExplicitAny: see above
  const callIn = (accountId: string, service: string, action: string, input: object = {}): any =>
    aws.dispatcher.call(service, action, input, {
      accountId,
      region: aws.region,
      principalArn: `arn:aws:iam::${accountId}:role/jetway-execution`,
    });

  function pages<T>(service: string, action: string, key: string, input: object = {}): T[] {
    const items: T[] = [];
    for (let token: string | undefined; ; ) {
      const answer = call(service, action, { ...input, ...(token ? { NextToken: token } : {}) });
      items.push(...(answer[key] as T[]));
      token = answer.NextToken;
      if (!token) return items;
    }
  }

  const accounts = () => pages<CloudAccount>('organizations', 'ListAccounts', 'Accounts');
  const parentOf = (id: string): string =>
    call('organizations', 'ListParents', { ChildId: id }).Parents[0].Id as string;
  const policiesOf = (target: string) =>
    pages<Policy>('organizations', 'ListPoliciesForTarget', 'Policies', {
      TargetId: target,
      Filter: 'SERVICE_CONTROL_POLICY',
    });
  const contentOf = (id: string): string =>
    call('organizations', 'DescribePolicy', { PolicyId: id }).Policy.Content as string;

  /** Targets from the root down to the account. */
  function lineOf(accountId: string): string[] {
    const line = [accountId];
    while (line[0] !== aws.landingZone.rootId) line.unshift(parentOf(line[0]!));
    return line;
  }

  /** Whether the policies that bind the account now deny this to this principal of it. */
  function denies(accountId: string, principalArn: string, action: string): boolean {
    const line = lineOf(accountId);
    const chain: ChainLevel[] = line.map((targetId) => ({
      targetId,
      policies: policiesOf(targetId).map(({ Id, Name }) => ({ id: Id, name: Name, content: contentOf(Id) })),
    }));
    const path = `${aws.landingZone.organizationId}/${line.slice(0, -1).join('/')}/`;
    const { decision } = evaluatePolicies(chain, {
      action,
      resource: '*',
      principalArn,
      accountId,
      region: aws.region,
      context: { 'aws:PrincipalOrgPaths': [path] },
    });
    return decision === 'denied';
  }

  /** Nobody can work in it: neither its root user nor a person who comes through Identity Center. */
  const isFenced = (accountId: string): boolean =>
    [
      `arn:aws:iam::${accountId}:root`,
      `arn:aws:sts::${accountId}:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/ana@example.com`,
    ].every((principal) => denies(accountId, principal, 's3:GetObject'));

  const { managementAccountId, auditAccountId, logArchiveAccountId } = aws.landingZone;
  const core = [managementAccountId, auditAccountId, logArchiveAccountId];

  return {
    call,
    callIn,
    accounts,
    /** All but the three that the landing zone began with. */
    vendedAccounts: () => accounts().filter((account) => !core.includes(account.Id)),
    accountsWith: (email: string) =>
      accounts().filter((account) => account.Email.toLowerCase() === email.toLowerCase()),
    parentOf,
    policiesOf,
    contentOf,
    denies,
    isFenced,
    tagsOf: (id: string): Record<string, string> =>
      Object.fromEntries(
        pages<{ Key: string; Value: string }>('organizations', 'ListTagsForResource', 'Tags', {
          ResourceId: id,
        }).map((tag) => [tag.Key, tag.Value]),
      ),
    stacksOf: (accountId: string) =>
      callIn(accountId, 'cloudformation', 'DescribeStacks').Stacks as CloudStack[],
    /** Everybody whom Identity Center lets into the account. */
    assignmentsOf(accountId: string): { PrincipalId: string; PermissionSetArn: string }[] {
      const { InstanceArn } = call('sso-admin', 'ListInstances').Instances[0];
      const sets = pages<string>('sso-admin', 'ListPermissionSets', 'PermissionSets', { InstanceArn });
      return sets.flatMap((PermissionSetArn) =>
        pages<{ PrincipalId: string; PermissionSetArn: string }>(
          'sso-admin',
          'ListAccountAssignments',
          'AccountAssignments',
          { InstanceArn, AccountId: accountId, PermissionSetArn },
        ),
      );
    },
    productOf: (requestId: string): { Id: string; Status: string; StatusMessage?: string } | undefined => {
      try {
        return call('servicecatalog', 'DescribeProvisionedProduct', { Name: `jetway-${requestId}` })
          .ProvisionedProductDetail;
      } catch {
        return undefined;
      }
    },
  };
}

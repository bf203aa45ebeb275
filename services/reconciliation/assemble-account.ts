import type { z } from 'zod';
import type { Part } from './assemble.ts';
import { SnapshotPartKinds } from './snapshot.schema.ts';

/** What a resource was found to be, by Config's own order. */
export type Evaluation = {
  region: string;
  rule: string;
  resourceType: string;
  resourceId: string;
  status: string;
  /** Config's ordering timestamp in milliseconds. */
  version: number;
  annotation: string | null;
};

/** One account as it was read, from home. */
export type AccountSnapshot = {
  accountId: string;
  /** Home: of the stacks, and of what Config has found there. */
  region: string;
  /** Other Regions that were read, from copies at home that come late. */
  regions: string[];
  /** Start of the reading in milliseconds, by AWS's clock. */
  readFrom: number;
  policies: { id: string; name: string }[];
  stacks: { name: string; status: string }[];
  instances: { stackSetName: string; region: string; status: string }[];
  evaluations: Evaluation[];
};

/** Puts the parts of the reading of one account together. @throws Error when one is malformed, or says another account */
export function assembleAccount(accountId: string, parts: readonly Part[]): AccountSnapshot {
  const all = <K extends keyof typeof SnapshotPartKinds>(kind: K): z.infer<(typeof SnapshotPartKinds)[K]>[] =>
    parts
      .filter((part) => part.kind === kind)
      .map((part) => SnapshotPartKinds[kind].parse(part.value) as z.infer<(typeof SnapshotPartKinds)[K]>);
  const account = all('account')[0];
  if (account?.AccountId !== accountId) throw new Error(`the snapshot is not one of account ${accountId}`);
  return {
    accountId,
    region: account.Region,
    regions: [...new Set(all('account-regions').flatMap(({ Regions }) => Regions))],
    readFrom: Date.parse(account.ReadFrom),
    policies: all('account-policies').flatMap(({ Policies }) =>
      Policies.map(({ Id, Name }) => ({ id: Id, name: Name })),
    ),
    stacks: all('account-stacks').flatMap(({ Stacks }) =>
      Stacks.map(({ Name, Status }) => ({ name: Name, status: Status })),
    ),
    instances: all('account-instances').flatMap(({ StackSetName, Instances }) =>
      Instances.map(({ Region, Status }) => ({ stackSetName: StackSetName, region: Region, status: Status })),
    ),
    evaluations: all('account-compliance').flatMap(({ Results }) =>
      Results.map((result) => ({
        region: result.Region ?? account.Region,
        rule: result.Rule,
        resourceType: result.ResourceType,
        resourceId: result.ResourceId,
        status: result.Compliance,
        version: Date.parse(result.Ordering),
        annotation: result.Annotation || null,
      })),
    ),
  };
}

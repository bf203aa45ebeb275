import { type ChainLevel, compileChain, FULL_AWS_ACCESS } from './evaluate.ts';
import type { Packed } from './pack.ts';

/** A call that the workflow, or what it deploys, makes in the account after the policies are attached. */
export type AccountCall = {
  action: string;
  principalArn: string;
  resource?: string;
  region?: string;
  /** Further condition keys. */
  context?: Record<string, string | string[]>;
};

export type LockedOut = {
  action: string;
  principalArn: string;
  decision: 'denied' | 'unknown';
  /** `controls` is empty for a policy that is neither ours nor of the catalogue. */
  by: { controls: string[]; policyName: string; sid: string; targetId: string }[];
  why?: string;
};

export type LockoutInput = {
  packed: Packed;
  /** What binds the account already, root first. Without the account itself when it does not exist yet. */
  chain: ChainLevel[];
  calls: readonly AccountCall[];
  account: {
    accountId: string;
    homeRegion: string;
    organizationPaths: string[];
    organizationId?: string;
  };
  /** Sids of Control Tower's own policies: `catalogue.bySid`. */
  controlsBySid?: ReadonlyMap<string, readonly string[]>;
};

/**
 * Would these policies lock the workflow out of the account? A plan with an answer must not be approved: it would
 * reach the point of no return and stop half-way. `unknown` counts too; `why` says what would have to be told.
 */
export function lockedOut(input: LockoutInput): LockedOut[] {
  const decide = compileChain(withPolicies(input));
  const controlsOf = (sid: string): string[] => [
    ...(input.packed.owners[sid] ?? input.controlsBySid?.get(sid) ?? []),
  ];
  return input.calls.flatMap((call) => {
    const { decision, by, why } = decide({
      action: call.action,
      resource: call.resource ?? '*',
      principalArn: call.principalArn,
      accountId: input.account.accountId,
      region: call.region ?? input.account.homeRegion,
      context: { ...knownOf(input.account), ...call.context },
    });
    if (decision === 'allowed') return [];
    const named = by.map((statement) => ({ controls: controlsOf(statement.sid), ...statement }));
    const { action, principalArn } = call;
    return [{ action, principalArn, decision, by: named, ...(why === undefined ? {} : { why }) }];
  });
}

/** What every call of a member of the organization says. */
const knownOf = ({ organizationId, organizationPaths }: LockoutInput['account']) => ({
  'aws:PrincipalOrgPaths': organizationPaths,
  'aws:SecureTransport': 'true',
  ...(organizationId === undefined ? {} : { 'aws:PrincipalOrgID': organizationId }),
});

function withPolicies({ packed, chain, account }: LockoutInput): ChainLevel[] {
  const ours = packed.policies.map(({ policyName, content }) => ({
    id: policyName,
    name: policyName,
    content,
  }));
  const own = chain.find(({ targetId }) => targetId === account.accountId);
  const full = { id: 'p-FullAWSAccess', name: 'FullAWSAccess', content: FULL_AWS_ACCESS };
  return [
    ...chain.filter((level) => level !== own),
    { targetId: account.accountId, policies: [...(own?.policies ?? [full]), ...ours] },
  ];
}

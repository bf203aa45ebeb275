import { compileChain, type PolicyDecision } from '../../../services/guardrails/evaluate.ts';
import { orgPath, type PolicyLevel, policyChain } from '../organization-tree.ts';
import type { Caller, World } from '../world.ts';

/** One thing that a caller is about to do, as IAM sees it. */
export type Act = {
  action: string;
  /** Absent when the action has no resource-level permissions. */
  resource?: string | undefined;
  /** Further condition keys. */
  context?: Record<string, string | string[]>;
};

type Decide = ReturnType<typeof compileChain>;

/** Stands for AWS's `*` of an action without a resource: every `Resource: "*"` matches it, no ARN pattern does. */
const NO_RESOURCE = 'no-resource';
const CHAINS_KEPT = 500;

/**
 * Asks the service control policies that bind the caller's account. The management account is bound by none, nor is
 * an account that the organization does not know.
 */
export function createServiceControl(world: World): (caller: Caller, act: Act) => PolicyDecision {
  const compiled = new Map<string, Decide>();
  const chainOf = (chain: PolicyLevel[]): Decide => {
    const key = JSON.stringify(chain);
    const known = compiled.get(key);
    if (known) return known;
    if (compiled.size >= CHAINS_KEPT) compiled.clear();
    const made = compileChain(chain);
    compiled.set(key, made);
    return made;
  };
  return (caller, { action, resource = NO_RESOURCE, context = {} }) => {
    const { managementAccountId, organizationId } = world.landingZone;
    const { accountId, region, principalArn } = caller;
    if (accountId === managementAccountId) return { decision: 'allowed', by: [], why: 'scp-not-applied' };
    const chain = policyChain(world.store, accountId);
    if (chain.length === 0) return { decision: 'allowed', by: [], why: 'no member of the organization' };
    const now = world.scheduler.now();
    return chainOf(chain)({
      action,
      resource,
      principalArn,
      accountId,
      region,
      context: {
        'aws:PrincipalOrgID': organizationId,
        'aws:PrincipalOrgPaths': [orgPath(world.store, organizationId, accountId)],
        'aws:CurrentTime': new Date(now).toISOString(),
        'aws:EpochTime': String(Math.floor(now / 1000)),
        'aws:SecureTransport': 'true',
        ...context,
      },
    });
  };
}

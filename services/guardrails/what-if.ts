import type { CloudTrailRecord } from './cloudtrail-record.schema.ts';
import { recordedCall, wasDenied } from './cloudtrail-record.ts';
import { type ChainLevel, compileChain, type DecidedBy, type PolicyDecision } from './evaluate.ts';
import { principalOf } from './principal.ts';
import type { PolicyRequest } from './request-context.ts';
import type { WhatIf, WhatIfAnswer, WhatIfItem } from './what-if.schema.ts';

export type WhatIfScene = {
  /** What binds, root first: attached policies, and the guardrails that are asked about. */
  chain: ChainLevel[];
  /** Sids of the catalogue's statements: `catalogue.bySid`. */
  bySid: ReadonlyMap<string, readonly string[]>;
  managementAccountId: string | undefined;
  /** The account whose policies these are; undefined for those of a unit, or of none. */
  accountId: string | undefined;
  /** What is known of every caller: the organization, and its place in it. */
  context: Record<string, string | string[]>;
};

type Decider = (request: PolicyRequest, missingKeys: 'absent' | 'unknown') => PolicyDecision;

/** Answers every request and every record, in the order asked. The chain is compiled once. */
export function whatIf(
  scene: WhatIfScene,
  asked: Pick<WhatIf, 'requests' | 'cloudTrailRecords'>,
): WhatIfAnswer {
  const decide = deciderOf(scene);
  const named = (decision: PolicyDecision): WhatIfItem => toItem(decision, scene.bySid);
  const requests = (asked.requests ?? []).map((request) =>
    named(decide({ ...request, accountId: principalOf(request.principalArn).accountId ?? '' }, 'absent')),
  );
  if (asked.cloudTrailRecords === undefined) return { items: requests };
  const records = asked.cloudTrailRecords.map((record) => ({
    record,
    decision: decideRecord(decide, record),
  }));
  return {
    items: [...requests, ...records.map(({ decision }) => named(decision))],
    summary: summaryOf(records),
  };
}

function deciderOf({ chain, managementAccountId, accountId, context }: WhatIfScene): Decider {
  const compiled = compileChain(chain);
  const management = managementAccountId === undefined ? {} : { managementAccountId };
  return (request, missingKeys) => {
    // No policy of the organization binds the management account.
    if (accountId !== undefined && accountId === managementAccountId) {
      return { decision: 'allowed', by: [], why: 'scp-not-applied' };
    }
    const caller = request.accountId;
    if (accountId !== undefined && caller !== '' && caller !== accountId && caller !== managementAccountId) {
      const why = `the principal belongs to the account ${caller}, whose policies are not these`;
      return { decision: 'unknown', by: [], why };
    }
    const known = caller === '' || caller === managementAccountId ? {} : context;
    return compiled(
      { ...request, context: { ...known, ...request.context } },
      { missingKeys, ...management },
    );
  };
}

function decideRecord(decide: Decider, record: CloudTrailRecord): PolicyDecision {
  const call = recordedCall(record);
  if (call.kind === 'not-applied') return { decision: 'allowed', by: [], why: 'scp-not-applied' };
  if (call.kind === 'unclear') return { decision: 'unknown', by: [], why: call.why };
  const decision = decide(call.request, 'unknown');
  if (decision.decision !== 'allowed' || decision.why !== undefined) return decision;
  for (const action of call.maybeAlso) {
    const also = decide({ ...call.request, action, resource: '*' }, 'unknown');
    if (also.decision === 'allowed') continue;
    return { decision: 'unknown', by: also.by, why: `the call may have needed ${action} too` };
  }
  return decision;
}

/** A statement that several controls share is named once for each of them. */
function toItem({ decision, by, why }: PolicyDecision, bySid: WhatIfScene['bySid']): WhatIfItem {
  return {
    decision,
    by: by.flatMap((one) => namesOf(one, bySid)),
    ...(why === undefined || why === '' ? {} : { why }),
  };
}

function namesOf({ control, sid, policyName }: DecidedBy, bySid: WhatIfScene['bySid']): WhatIfItem['by'] {
  // A control that stands for itself is in no policy yet.
  if (control !== undefined) return [{ control, sid }];
  const owners = ownersOf(sid, bySid);
  return owners.length === 0
    ? [{ control: null, sid, policyName }]
    : owners.map((owner) => ({ control: owner, sid, policyName }));
}

/** Packing numbers a Sid that another statement of the policy has already: `GRX2`. */
const ownersOf = (sid: string, bySid: WhatIfScene['bySid']): readonly string[] =>
  bySid.get(sid) ?? bySid.get(sid.replace(/\d+$/, '')) ?? [];

function summaryOf(
  records: { record: CloudTrailRecord; decision: PolicyDecision }[],
): NonNullable<WhatIfAnswer['summary']> {
  const fresh = records.filter(({ record }) => !wasDenied(record));
  const denied = fresh.filter(({ decision }) => decision.decision === 'denied');
  return {
    denied: denied.length,
    unknown: fresh.filter(({ decision }) => decision.decision === 'unknown').length,
    principals: new Set(denied.map(({ record }) => principalKey(record))).size,
    alreadyDenied: records.length - fresh.length,
  };
}

/** All sessions of a role are one principal. */
const principalKey = (record: CloudTrailRecord): string => {
  const call = recordedCall(record);
  return call.kind === 'call' ? principalOf(call.request.principalArn).arn : '';
};

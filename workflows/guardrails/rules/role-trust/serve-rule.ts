import { type ConfigEvent, itemOfHistory, parseEvent, type Summary } from './config-event.ts';
import { type ConfigurationItem, evaluate, type Verdict } from './evaluate.ts';

/** One call of AWS Config in the account that is evaluated: the SDK's operation, input and output. */
export type ConfigCall = (
  operation: string,
  input: Record<string, unknown>,
) => Promise<Record<string, unknown>>;

export type Landing = { organizationId: string; organizationAccounts: string[] };
export type RuleDeps = {
  landing: Landing;
  /** Takes the evaluator's role in that account. */
  enter: (accountId: string) => Promise<ConfigCall>;
};

type Evaluation = {
  ComplianceResourceType: string;
  ComplianceResourceId: string;
  ComplianceType: Verdict['complianceType'];
  Annotation?: string;
  OrderingTimestamp: Date;
};

const ROLE = 'AWS::IAM::Role';
/** PutEvaluations takes no more at once. */
const BATCH = 100;
/** Config's token for trying a rule out. */
const TEST_TOKEN = 'TESTMODE';

/**
 * Serves one event of AWS Config: evaluates, and puts the verdicts into the account with the token of the event.
 * Rejects on a bad event and on what AWS refuses; then Lambda runs it again and at last keeps it as a dead letter.
 */
export async function serveRule(event: unknown, { landing, enter }: RuleDeps): Promise<void> {
  const parsed = parseEvent(event);
  const call = await enter(parsed.accountId);
  const evaluations = await evaluationsFor(parsed, call, landing);
  for (let at = 0; at === 0 || at < evaluations.length; at += BATCH) {
    const answer = await call('PutEvaluations', {
      Evaluations: evaluations.slice(at, at + BATCH),
      ResultToken: parsed.resultToken,
      ...(parsed.resultToken === TEST_TOKEN ? { TestMode: true } : {}),
    });
    const failed = answer.FailedEvaluations;
    if (Array.isArray(failed) && failed.length > 0)
      throw new Error(`${failed.length} evaluations were not taken`);
  }
}

async function evaluationsFor(event: ConfigEvent, call: ConfigCall, landing: Landing): Promise<Evaluation[]> {
  const { notification } = event;
  switch (notification.kind) {
    case 'item':
      return [verdictOn(notification.item, event, landing)];
    case 'oversized':
      return [verdictOn(await lookUp(notification.summary, call), event, landing)];
    case 'scheduled': {
      const evaluations: Evaluation[] = [];
      for (const resourceId of await discovered(call)) {
        const item = await latest(call, resourceId);
        if (item) evaluations.push(verdictOn(item, event, landing));
      }
      return evaluations;
    }
  }
}

function verdictOn(item: ConfigurationItem, event: ConfigEvent, landing: Landing): Evaluation {
  const verdict: Verdict = event.eventLeftScope
    ? { complianceType: 'NOT_APPLICABLE' }
    : evaluate(item, { ...landing, ...event.parameters });
  return {
    ComplianceResourceType: item.resourceType,
    ComplianceResourceId: item.resourceId,
    ComplianceType: verdict.complianceType,
    ...(verdict.annotation === undefined ? {} : { Annotation: verdict.annotation }),
    OrderingTimestamp: new Date(item.configurationItemCaptureTime),
  };
}

/** The item that an oversized notification tells of. What cannot be looked up is judged without its configuration. */
async function lookUp(summary: Summary, call: ConfigCall): Promise<ConfigurationItem> {
  const isGone = summary.configurationItemStatus.startsWith('ResourceDeleted');
  const item = isGone
    ? undefined
    : await latest(call, summary.resourceId, summary.configurationItemCaptureTime);
  return item ?? { ...summary, configuration: null };
}

async function latest(
  call: ConfigCall,
  resourceId: string,
  until?: string,
): Promise<ConfigurationItem | undefined> {
  const { configurationItems } = await call('GetResourceConfigHistory', {
    resourceType: ROLE,
    resourceId,
    limit: 1,
    ...(until === undefined ? {} : { laterTime: new Date(until) }),
  });
  const [first] = Array.isArray(configurationItems) ? configurationItems : [];
  return first === undefined ? undefined : itemOfHistory(first);
}

async function discovered(call: ConfigCall): Promise<string[]> {
  const ids: string[] = [];
  for (let nextToken: unknown; ; ) {
    const page = await call('ListDiscoveredResources', {
      resourceType: ROLE,
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    const found = (page.resourceIdentifiers ?? []) as { resourceId?: string }[];
    ids.push(...found.flatMap(({ resourceId }) => (resourceId ? [resourceId] : [])));
    nextToken = page.nextToken;
    if (nextToken === undefined || nextToken === null) return ids;
  }
}

import { randomUUID } from 'node:crypto';
import type { Incoming } from '../../services/inbox/incoming.ts';
import { eventSample } from '../../services/ledger/event-samples.fixture.ts';
import { askOf, factOf, type Service, type Vend } from './service.ts';

export const newAccountId = (): string => String(Math.floor(Math.random() * 9e11) + 1e11);

type AccountEvent = { name?: string; ou?: string; state?: string; accountId?: string };

/** Control Tower's word about the account of a vend, or about one that is nearly it. */
export function accountEvent(vend: Vend, changes: AccountEvent = {}): Incoming & { kind: 'event' } {
  const { account } = vend.body;
  const createManagedAccountStatus = {
    organizationalUnit: {
      organizationalUnitName: 'x',
      organizationalUnitId: changes.ou ?? account.organizationalUnitId,
    },
    account: { accountName: changes.name ?? account.name, accountId: changes.accountId ?? newAccountId() },
    state: changes.state ?? 'SUCCEEDED',
  };
  const detail = { eventName: 'CreateManagedAccount', serviceEventDetails: { createManagedAccountStatus } };
  const event = eventSample('controltower.CreateManagedAccount.SUCCEEDED');
  return { kind: 'event', envelope: { ...event, id: randomUUID(), detail } };
}

type Evaluation = {
  accountId: string;
  rule: string;
  resourceId: string;
  status: 'COMPLIANT' | 'NON_COMPLIANT';
  before?: 'COMPLIANT' | 'NON_COMPLIANT' | null;
  /** RFC 3339: Config's own time. */
  at: string;
  annotation?: string;
  id?: string;
};

/** Config's word that a resource has turned. */
export function evaluation(found: Evaluation): Incoming & { kind: 'event' } {
  const event = eventSample('config.RulesComplianceChange.NON_COMPLIANT');
  const before = found.before === undefined ? 'COMPLIANT' : found.before;
  const detail = {
    ...event.detail,
    awsAccountId: found.accountId,
    configRuleName: found.rule,
    resourceType: 'AWS::EC2::Volume',
    resourceId: found.resourceId,
    newEvaluationResult: {
      complianceType: found.status,
      evaluationResultIdentifier: { orderingTimestamp: found.at },
      ...(found.annotation ? { annotation: found.annotation } : {}),
    },
    oldEvaluationResult: before === null ? undefined : { complianceType: before },
  };
  const envelope = { ...event, id: found.id ?? randomUUID(), account: found.accountId, detail };
  return { kind: 'event', envelope };
}

/** Step Functions' word about the execution of a vend. */
export function executionEvent(vend: Vend, to: 'RUNNING' | 'FAILED' | 'ABORTED'): Incoming {
  const event = eventSample(`states.ExecutionStatusChange.${to}`);
  const executionArn = `arn:aws:states:us-east-1:111122223333:execution:account-vending:${vend.requestId}`;
  const detail = { ...event.detail, name: vend.requestId, executionArn };
  return { kind: 'event', envelope: { ...event, id: randomUUID(), detail } };
}

/** Takes a new request as far as the account operation. */
export async function underWay(
  service: Service,
  changes: Parameters<Service['submit']>[0] = {},
): Promise<Vend> {
  const vend = await service.submit(changes);
  await service.decide(vend);
  await service.receive(
    askOf(vend, 'approval', 1),
    askOf(vend, 'admission', 2),
    askOf(vend, 'confirm-approval', 3),
  );
  const data = { recordId: 'rec-1', adopted: false };
  await service.receive(factOf(vend, 'ProvisioningStarted', 4, { data }));
  return vend;
}

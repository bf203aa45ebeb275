import { deploy } from '../infra/local/deploy.ts';
import type { LocalAwsOptions } from '../infra/local/index.ts';
import { openTestAws, type TestAws } from '../infra/local/local-aws.fixture.ts';
import type { AccountChangePlan } from '../services/account-changes/account-change.schema.ts';
import { Ask, WorkflowFact } from '../services/inbox/message.schema.ts';
import { readAssets } from '../services/planning/assets.node.ts';
import type { AccountPlan } from '../services/planning/plan.schema.ts';
import { planAccount } from '../services/planning/plan.ts';
import { assembleSnapshot, type Part } from '../services/reconciliation/assemble.ts';
import type { OrganizationSnapshot } from '../services/reconciliation/snapshot.schema.ts';
import { requestWith } from '../services/requests/request.fixture.ts';
import type { AccountRequest } from '../services/requests/request.schema.ts';
import { DEFAULT_SETTINGS } from '../services/settings/defaults.ts';
import { AccountChangeInput } from './account-change/input.schema.ts';
import { AccountVendingInput } from './account-vending/input.schema.ts';
import { DEFINITIONS } from './definitions.ts';
import { rendered } from './rendered.ts';

export const assets = readAssets();
const QUEUE = 'jetway-inbox';

export type Vended = {
  status: string;
  outcome: string | undefined;
  facts: WorkflowFact[];
  /** Types of the facts of the vend, each once however often it was delivered, in the order of the workflow. */
  types: string[];
  accountId: string | undefined;
  executionArn: string;
};

type Again = Partial<Pick<AccountVendingInput, 'epoch' | 'resumeAt' | 'accountId'>>;

/** The machines on the embedded AWS, in memory, under a virtual clock, with a service that says yes to everything. */
export async function openOrganization(seed = 1, options: Partial<LocalAwsOptions> = {}) {
  const aws = await openTestAws({ seed, artifact: assets.artifact, ...options });
  deploy(
    aws,
    DEFINITIONS.map(({ name, definition }) => ({ name, definition: rendered(definition) })),
  );
  const inbox = openInbox(aws);

  return {
    aws,
    inbox,
    /** Reads the organization, as planning will see it. */
    async reconcile() {
      const arn = start(aws, 'organization-reconcile', 'snap-1', { snapshotId: 'snap-1', reason: 'test' });
      await run(aws, inbox, arn);
      const parts = inbox.facts.filter((fact) => fact.type === 'SnapshotPart').map((fact) => fact.data);
      return assembleSnapshot('snap-1', new Date(aws.clock.now()).toISOString(), parts as Part[]);
    },
    /** Vends a plan, or goes on with a vend in a later execution. */
    async vend(plan: AccountPlan, again: Again = {}): Promise<Vended> {
      const about = { requestId: plan.requestId, planDigest: plan.digest, plan };
      const input = AccountVendingInput.parse({ ...about, ...again });
      const arn = start(aws, 'account-vending', `${plan.requestId}${again.epoch ?? ''}`, input);
      return end(arn, plan.requestId);
    },
    /** Carries out a change of an account. */
    async change(plan: AccountChangePlan): Promise<Vended> {
      const input = AccountChangeInput.parse({ requestId: plan.requestId, planDigest: plan.digest, plan });
      return end(start(aws, 'account-change', plan.requestId, input), plan.requestId);
    },
  };

  async function end(arn: string, requestId: string): Promise<Vended> {
    await run(aws, inbox, arn);
    await aws.settle();
    inbox.take();
    const { status, output } = aws.call('stepfunctions', 'DescribeExecution', { executionArn: arn });
    const facts = inbox.facts.filter((fact) => fact.requestId === requestId);
    const once = [...new Map(facts.map((fact) => [fact.id, fact])).values()].sort(
      (a, b) => a.order - b.order,
    );
    return {
      status,
      outcome: output && (JSON.parse(output) as { outcome?: string }).outcome,
      facts: once,
      types: once.map((fact) => fact.type),
      accountId: once.findLast((fact) => fact.accountId !== undefined)?.accountId,
      executionArn: arn,
    };
  }
}
export type Organization = Awaited<ReturnType<typeof openOrganization>>;

export async function examplePlanFor(
  organization: Organization,
  name = 'payments-prod',
): Promise<AccountPlan> {
  const { snapshot } = await organization.reconcile();
  const request = requestWith({ account: { name, email: `aws+${name}@example.com` } });
  const requestId = `req-018e0000-0000-7000-8000-${name.length.toString().padStart(12, '0')}`;
  return planOn(snapshot, request, requestId);
}

/** Plans a request against a snapshot of the organization; throws what planning refuses. */
export function planOn(
  snapshot: OrganizationSnapshot,
  request: AccountRequest,
  requestId: string,
): AccountPlan {
  const planned = planAccount(request, {
    ...assets,
    requestId,
    now: snapshot.takenAt,
    snapshot,
    takenBlocks: [],
    emailTakenBy: undefined,
    nameTakenBy: undefined,
    accountsUsed: snapshot.accountCount,
    policies: DEFAULT_SETTINGS.policies,
    settings: {
      cidrPools: ['10.0.0.0/8'],
      platformEmail: 'aws+jetway-platform@example.com',
      templateBaseUrl: 'https://jetway-artifacts.s3.us-east-1.amazonaws.com',
      approvalExpiresAfterSeconds: 86_400,
      eta: { p50Seconds: 1500, p90Seconds: 2700 },
      auditAccountId: '333344445555',
      logArchiveAccountId: '222233334444',
      mirrorHub: { targetId: 'tmt-0123456789abcdef0', cidr: null },
    },
  });
  if ('errors' in planned) throw new Error(JSON.stringify(planned.errors));
  return planned.plan;
}

function start(aws: TestAws, name: string, executionName: string, input: unknown): string {
  const { executionArn } = aws.call('stepfunctions', 'StartExecution', {
    stateMachineArn: `arn:aws:states:us-east-1:111122223333:stateMachine:${name}`,
    name: executionName,
    input: JSON.stringify(input),
  });
  return executionArn;
}

/** Lets everything happen until the execution is over. Asks are answered as they come. */
async function run(aws: TestAws, inbox: ReturnType<typeof openInbox>, arn: string): Promise<void> {
  for (let turns = 0; turns < 5000; turns++) {
    await aws.engine.idle();
    const answered = inbox.take();
    if (aws.engine.execution(arn)?.status !== 'RUNNING') return;
    if (answered) continue;
    const next = aws.clock.next();
    if (next === undefined) throw new Error('nothing can happen any more');
    aws.clock.advanceTo(next);
  }
  throw new Error(`${arn} does not end`);
}

/** The service's end of the queue: keeps facts, answers asks, wakes whom an account event concerns. */
function openInbox(aws: TestAws) {
  const facts: WorkflowFact[] = [];
  const sleeping: Ask[] = [];
  let repairs = 0;
  const answer = (ask: Ask, output: Record<string, unknown>): void => {
    try {
      aws.engine.answer(ask.token, { output: output as never });
    } catch {
      // The ask was given up meanwhile; there is a newer one.
    }
  };
  const onAsk = (ask: Ask): void => {
    const vended = facts.some((fact) => fact.type === 'AccountVended');
    if (ask.ask === 'account-event') sleeping.push(ask);
    else if (ask.ask === 'approval') answer(ask, { outcome: 'approved' });
    else if (ask.ask === 'admission') answer(ask, { outcome: 'admitted' });
    else if (ask.ask === 'confirm-approval') answer(ask, { outcome: 'confirmed' });
    else if (ask.ask === 'fence') answer(ask, { outcome: vended ? 'leave' : 'fence' });
    else if (repairs++ < 8) answer(ask, { outcome: 'resume', by: 'olga' });
  };
  const onMessage = (body: Record<string, unknown>): void => {
    if (body.kind === 'fact') facts.push(WorkflowFact.parse(body));
    else if (body.kind === 'ask') onAsk(Ask.parse(body));
    else if (body.source === 'aws.controltower') {
      for (const ask of sleeping.splice(0)) answer(ask, { outcome: 'woken' });
    }
  };
  return {
    facts,
    /** Takes all that has come. @returns whether anything had */
    take(): boolean {
      let any = false;
      for (;;) {
        const { Messages } = aws.call('sqs', 'ReceiveMessage', { QueueUrl: QUEUE, MaxNumberOfMessages: 10 });
        if (!Messages?.length) return any;
        any = true;
        for (const { Body, ReceiptHandle } of Messages as { Body: string; ReceiptHandle: string }[]) {
          aws.call('sqs', 'DeleteMessage', { QueueUrl: QUEUE, ReceiptHandle });
          onMessage(JSON.parse(Body) as Record<string, unknown>);
        }
      }
    },
  };
}

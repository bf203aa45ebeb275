import { quarantinePolicy, rootFencePolicy } from '../../services/guardrails/fence.ts';
import { type VirtualClock, virtualClock } from './clock.ts';
import { createLocalAws, type LocalAws, type LocalAwsOptions } from './index.ts';
import { ACCOUNT_FACTORY_ID, ARTIFACT_ID, EXAMPLE_LANDING_ZONE } from './landing-zone.ts';
import { AwsError, type AwsEvent } from './world.ts';

export const START = Date.parse('2026-03-04T10:00:00Z');
export const MINUTE = 60_000;

export type TestAws = LocalAws & {
  clock: VirtualClock;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many operations; each spec knows its own
  call(service: string, action: string, input?: unknown): any;
  /** Lets AWS time pass, and no more. */
  pass(ms: number): Promise<void>;
  /** Events that have arrived on a queue that takes all of the management account's. */
  received(): AwsEvent[];
};

/** The embedded AWS in memory under a virtual clock, AWS time running as real time; no endpoint unless asked for. */
export async function openTestAws(options: Partial<LocalAwsOptions> = {}): Promise<TestAws> {
  const clock = virtualClock(START);
  const aws = await createLocalAws({
    dataDir: null,
    timeScale: 1,
    clock,
    seed: 1,
    port: null,
    artifact: () => undefined,
    fencePolicies: { root: rootFencePolicy(EXAMPLE_LANDING_ZONE), quarantine: quarantinePolicy() },
    ...options,
  });
  const call: TestAws['call'] = (service, action, input = {}) =>
    aws.dispatcher.call(service, action, input, aws.caller);
  followEverything(call);
  return {
    ...aws,
    clock,
    call,
    async pass(ms) {
      clock.advanceTo(clock.now() + ms);
      await aws.engine.idle();
    },
    received() {
      const events: AwsEvent[] = [];
      for (;;) {
        const { Messages } = call('sqs', 'ReceiveMessage', {
          QueueUrl: 'everything',
          MaxNumberOfMessages: 10,
        });
        if (!Messages) return events;
        for (const { Body, ReceiptHandle } of Messages as { Body: string; ReceiptHandle: string }[]) {
          events.push(JSON.parse(Body) as AwsEvent);
          call('sqs', 'DeleteMessage', { QueueUrl: 'everything', ReceiptHandle });
        }
      }
    },
  };
}

function followEverything(call: TestAws['call']): void {
  const { QueueUrl } = call('sqs', 'CreateQueue', { QueueName: 'everything' });
  const attributes = { QueueUrl, AttributeNames: ['QueueArn'] };
  const Arn = call('sqs', 'GetQueueAttributes', attributes).Attributes.QueueArn;
  call('events', 'PutRule', { Name: 'everything', EventPattern: '{"version":["0"]}' });
  call('events', 'PutTargets', { Rule: 'everything', Targets: [{ Id: 'queue', Arn }] });
}

/** What ProvisionProduct takes for an account of this name. */
export const provisionInput = (
  name: string,
  more: { unit?: string; email?: string; token?: string } = {},
) => ({
  ProductId: ACCOUNT_FACTORY_ID,
  ProvisioningArtifactId: ARTIFACT_ID,
  ProvisionedProductName: `vend-${name}`,
  ProvisionToken: more.token ?? `token-${name}`,
  ProvisioningParameters: Object.entries({
    AccountEmail: more.email ?? `aws+${name}@example.com`,
    AccountName: name,
    ManagedOrganizationalUnit: more.unit ?? 'Workloads (ou-ab12-workloads)',
    SSOUserEmail: 'platform@example.com',
    SSOUserFirstName: 'Platform',
    SSOUserLastName: 'Identity',
  }).map(([Key, Value]) => ({ Key, Value })),
});

/** The code of the AwsError that `work` throws, or 'none'. */
export function codeOf(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    if (error instanceof AwsError) return error.code;
    throw error;
  }
}

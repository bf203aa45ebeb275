import type { AccountOutcome } from '../../infra/local/scenarios.ts';
import { enqueue as enqueueMessage, queueAt } from '../../infra/local/services/sqs/queue.ts';
import type { AwsEvent } from '../../infra/local/world.ts';
import { eventSample } from '../../services/ledger/event-samples.fixture.ts';
import { type Counts, count } from './conductor.ts';
import type { Asked } from './people.ts';
import type { Rates } from './profile.ts';
import type { SimWorld } from './world.ts';

const OUTCOMES: readonly AccountOutcome[] = [
  'fail-no-account',
  'fail-under-root',
  'tainted',
  'slow',
  'busy',
  'quota',
  'email-taken',
  'update-fails',
];

/** Accounts that forgers name: they exist nowhere. */
export const FORGED_ACCOUNT = '666677778888';
const FORGER = '999988887777';

/** Makes AWS as hostile as the rates say. @returns what makes it well again and counts what has happened */
export function turnHostile(world: SimWorld, rates: Rates): () => void {
  const { aws, faults } = world;
  const rules = [
    { kind: 'throttle', rate: rates.throttle },
    { kind: 'error', rate: rates.error, code: 'InternalFailure' },
    { kind: 'lost-reply', rate: rates.lostReply },
    { kind: 'stale', rate: rates.staleRead },
  ] as const;
  for (const rule of rules) if (rule.rate > 0) aws.faults.inject({ service: '*', action: '*', ...rule });
  Object.assign(aws.events.faults, {
    dropRate: rates.dropEvents,
    duplicateRate: rates.doubleEvents,
    shuffleMs: rates.shuffleEventsMs,
  });
  return () => {
    aws.faults.clear();
    countAws(world, faults);
    Object.assign(aws.events.faults, { dropRate: 0, duplicateRate: 0, shuffleMs: 0 });
  };
}

function countAws({ aws }: SimWorld, faults: Counts): void {
  for (const [name, times] of aws.faults.hits) {
    const kind = name.split(' ')[0]!;
    count(faults, `aws-${kind}`, times);
    if (name === 'lost-reply servicecatalog:ProvisionProduct')
      count(faults, 'provision-executed-and-timed-out', times);
    if (name === 'lost-reply stepfunctions:StartExecution')
      count(faults, 'start-executed-and-timed-out', times);
    if (name === 'lost-reply stepfunctions:SendTaskSuccess')
      count(faults, 'answer-executed-and-timed-out', times);
  }
  const { dropped, duplicated } = aws.events.counts;
  if (dropped > 0) count(faults, 'event-dropped', dropped);
  if (duplicated > 0) count(faults, 'event-doubled', duplicated);
  if (aws.events.faults.shuffleMs > 0)
    count(faults, 'events-late-and-out-of-order', aws.events.counts.delivered);
}

/** What will become of the account, if not an account. */
export function curse(world: SimWorld, { body }: Asked, rates: Rates): void {
  const { random, aws, faults } = world;
  if (rates.badOutcome === 0 || random.below(1_000) >= rates.badOutcome * 1_000) return;
  const outcome = OUTCOMES[random.below(OUTCOMES.length)]!;
  aws.scenario({ accountName: body.account.name, outcome });
  count(faults, `account-${outcome}`);
}

/** Now and then puts an event on the queue that a member account could bring about, but that says what it may not say. */
export async function forge(world: SimWorld, asked: readonly Asked[], rates: Rates): Promise<void> {
  const { turns, nature, random, stage, aws, faults } = world;
  if (rates.forgedEvents === 0) return;
  while (!stage.calm) {
    await turns.sleep(nature, random.below(20 * 60_000 * (1 - rates.forgedEvents)), 'a forger waits');
    if (stage.calm) return;
    const victim = asked[random.below(asked.length)];
    if (victim === undefined) continue;
    // As EventBridge delivers: what AWS does itself is not throttled.
    aws.world.store.transaction(() => enqueue(world, forgedEvent(world, victim)));
    count(faults, 'event-forged');
  }
}

function enqueue({ aws, random, clock }: SimWorld, event: AwsEvent): void {
  const { store, landingZone } = aws.world;
  const body = JSON.stringify(event);
  const senderId = landingZone.managementAccountId;
  enqueueMessage(store, random, queueAt(store, 'jetway-inbox'), { body, senderId }, clock.now());
}

function forgedEvent({ random, clock }: SimWorld, { body, id }: Asked): AwsEvent {
  const envelope = (sample: string, detail: object): AwsEvent =>
    ({
      ...eventSample(sample),
      id: random.uuid(),
      account: FORGER,
      time: new Date(clock.now()).toISOString(),
      detail: { ...eventSample(sample).detail, ...detail },
    }) as AwsEvent;
  const vended = {
    eventName: 'CreateManagedAccount',
    serviceEventDetails: {
      createManagedAccountStatus: {
        organizationalUnit: {
          organizationalUnitName: 'x',
          organizationalUnitId: body.account.organizationalUnitId,
        },
        account: { accountName: body.account.name, accountId: FORGED_ACCOUNT },
        state: 'SUCCEEDED',
      },
    },
  };
  const kinds = [
    () => envelope('controltower.CreateManagedAccount.SUCCEEDED', vended),
    () =>
      envelope('states.ExecutionStatusChange.FAILED', {
        name: id ?? 'none',
        executionArn: `arn:aws:states:us-east-1:${FORGER}:execution:account-vending:${id ?? 'none'}`,
      }),
    () => ({
      ...envelope('controltower.CreateManagedAccount.SUCCEEDED', vended),
      source: 'com.example.controltower',
    }),
  ];
  return kinds[random.below(kinds.length)]!();
}

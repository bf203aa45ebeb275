import { afterAll, describe, expect, it } from 'vitest';
import type { PlannedApprovals } from '../../services/approvals/approvals.schema.ts';
import { settingsChangePlanWith } from '../../services/settings/settings-change.fixture.ts';
import { statesOf } from '../asl/walk.ts';
import { type AskAnswer, loseReply, refuse, type Script, times, type Walked, walk } from '../walk.fixture.ts';
import { settingsChange } from './definition.ts';
import { SettingsChangeInput } from './input.schema.ts';

const UNSENT = times(9, refuse('SQS.AmazonSQSException', 'Service Unavailable'));
const visited = new Set<string>();

type Walk = {
  timers?: PlannedApprovals['timers'] | 'none';
  asks?: Record<string, readonly AskAnswer[]>;
  script?: Script;
};

async function change({ timers, asks, script }: Walk = {}): Promise<Walked> {
  const plan = settingsChangePlanWith();
  const input = SettingsChangeInput.parse({ requestId: plan.requestId, planDigest: plan.digest, plan });
  // A plan that was made before there were timers is still in flight after an upgrade.
  if (timers === 'none') Reflect.deleteProperty(input.plan.approvals, 'timers');
  else if (timers) input.plan.approvals.timers = timers;
  const walked = await walk({
    name: 'settings-change',
    definition: settingsChange,
    executionName: plan.requestId,
    input,
    world: (action) => {
      throw new Error(`nothing of AWS is called, but ${action} was`);
    },
    ...(script ? { script } : {}),
    asks: {
      approval: [{ outcome: 'approved' }],
      'confirm-approval': [{ outcome: 'confirmed' }],
      ...asks,
    },
  });
  for (const state of walked.visited) visited.add(state);
  const orders = walked.messages.map((message) => message.order);
  expect(orders).toEqual([...new Set(orders)].sort((a, b) => a - b));
  return walked;
}

const endOf = (walked: Walked) => ({
  ends: (walked.output as { outcome?: string } | undefined)?.outcome,
  facts: walked.facts.map(({ type, data }) => (data.code === undefined ? type : `${type}:${data.code}`)),
  asks: walked.asks.map(({ ask, data }) =>
    [ask, data.act, data.nth].filter((x) => x !== undefined).join(' '),
  ),
});

describe('a change of the settings', () => {
  it('is approved and confirmed, and that is all', async () => {
    expect(endOf(await change())).toEqual({
      ends: 'ACTIVE',
      facts: [],
      asks: ['approval', 'confirm-approval'],
    });
  });

  it.each<[string, AskAnswer]>([
    ['denied', { outcome: 'denied' }],
    ['cancelled', { outcome: 'cancelled' }],
    ['answered with nothing', {}],
  ])('that is %s changes nothing', async (_, answer) => {
    expect(endOf(await change({ asks: { approval: [answer] } }))).toEqual({
      ends: 'NOTHING_CHANGED',
      facts: [],
      asks: ['approval'],
    });
  });

  it.each<[string, Walk, string]>([
    [
      'outdated',
      { asks: { 'confirm-approval': [{ outcome: 'refused', code: 'plan-outdated', detail: 'x' }] } },
      'plan-outdated',
    ],
    ['not confirmed by an answer', { asks: { 'confirm-approval': [{}] } }, 'approval-refused'],
    ['not confirmed in time', { asks: { 'confirm-approval': ['silence'] } }, 'confirmation-timed-out'],
    ['not asked for', { script: { 'ask:approval': UNSENT } }, 'check-failed'],
    ['not asked to be confirmed', { script: { 'ask:confirm-approval': UNSENT } }, 'check-failed'],
  ])('that is %s is rejected', async (_, one, code) => {
    const { ends, facts } = endOf(await change(one));
    expect({ ends, facts }).toEqual({ ends: 'NOTHING_CHANGED', facts: [`RequestRejected:${code}`] });
  });

  it('that is cancelled at the last moment changes nothing', async () => {
    const walked = await change({ asks: { 'confirm-approval': [{ outcome: 'cancelled' }] } });
    expect(endOf(walked)).toMatchObject({ ends: 'NOTHING_CHANGED', facts: [] });
  });
});

describe('the timers of an approval', () => {
  const TIMERS: PlannedApprovals['timers'] = [
    { seconds: 60, act: 'remind' },
    { seconds: 60, act: 'remind' },
    { seconds: 120, act: 'escalate' },
    { seconds: 240, act: 'expire' },
  ];
  const silences = (count: number): AskAnswer[] => Array.from({ length: count }, () => 'silence');

  it('remind, escalate and expire, each by another ask, in real time', async () => {
    const walked = await change({ timers: TIMERS, asks: { approval: ['silence'] } });
    expect(endOf(walked)).toEqual({
      ends: 'NOTHING_CHANGED',
      facts: ['RequestExpired'],
      asks: ['approval', 'approval remind 1', 'approval remind 2', 'approval escalate 3'],
    });
    expect(walked.atMs).toBe((60 + 60 + 120 + 240) * 1000);
    expect(
      walked.asks.map((ask) => Date.parse(ask.occurredAt) - Date.parse(walked.asks[0]!.occurredAt)),
    ).toEqual([0, 60_000, 120_000, 240_000]);
    expect(new Set(walked.asks.map((ask) => ask.token)).size).toBe(4);
  });

  it.each([1, 2, 3])('take a yes after %i of them', async (count) => {
    const approval = [...silences(count), { outcome: 'approved' }];
    expect(endOf(await change({ timers: TIMERS, asks: { approval } }))).toMatchObject({
      ends: 'ACTIVE',
      facts: [],
    });
  });

  it('that a plan of before does not have are one: it expires', async () => {
    const walked = await change({ timers: 'none', asks: { approval: ['silence'] } });
    expect(endOf(walked)).toEqual({
      ends: 'NOTHING_CHANGED',
      facts: ['RequestExpired'],
      asks: ['approval'],
    });
    expect(walked.atMs).toBe(86_400_000);
  });

  it.each<[string, PlannedApprovals['timers'], number]>([
    ['do not end', [{ seconds: 60, act: 'remind' }], 1],
    ['are too many', Array.from({ length: 200 }, () => ({ seconds: 60, act: 'remind' as const })), 20],
  ])('expire all the same when they %s', async (_, timers, asks) => {
    const walked = await change({ timers, asks: { approval: ['silence'] } });
    expect(endOf(walked)).toMatchObject({ ends: 'NOTHING_CHANGED', facts: ['RequestExpired'] });
    expect(walked.asks).toHaveLength(asks);
    expect(walked.events).toBeLessThan(250);
  });

  it('begin again with an ask that was sent twice, which is still the same act', async () => {
    const script = { 'ask:approval': [loseReply('SQS.SdkClientException')] };
    const approval = ['silence', 'silence', { outcome: 'approved' }] as const;
    expect(endOf(await change({ timers: TIMERS, script, asks: { approval } })).asks).toEqual([
      'approval',
      'approval',
      'approval remind 1',
      'confirm-approval',
    ]);
  });
});

afterAll(() => {
  const missing = statesOf(settingsChange)
    .map(([name]) => name)
    .filter((name) => !visited.has(name));
  expect(missing, 'states that no walk has visited').toEqual([]);
});

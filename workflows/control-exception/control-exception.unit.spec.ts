import { afterAll, describe, expect, it } from 'vitest';
import { exceptionPlanWith } from '../../services/exceptions/exception.fixture.ts';
import { statesOf } from '../asl/walk.ts';
import { type AskAnswer, loseReply, refuse, type Script, times, type Walked, walk } from '../walk.fixture.ts';
import { controlException } from './definition.ts';
import { ControlExceptionInput } from './input.schema.ts';

const UNSENT = times(9, refuse('SQS.AmazonSQSException', 'Service Unavailable'));
const visited = new Set<string>();
const SECOND = 1_000;

type Walk = { lastsMs?: number; asks?: Record<string, readonly AskAnswer[]>; script?: Script };

/** @param lastsMs from the start of the walk */
async function except({ lastsMs = 60 * SECOND, asks, script }: Walk = {}): Promise<Walked> {
  const world = (action: string) => {
    throw new Error(`nothing of AWS is called, but ${action} was`);
  };
  const common = { name: 'control-exception', definition: controlException, world };
  const from = await startOf(common);
  const plan = exceptionPlanWith({ expiresAt: new Date(from + lastsMs).toISOString() });
  const walked = await walk({
    ...common,
    executionName: plan.requestId,
    input: ControlExceptionInput.parse({ requestId: plan.requestId, planDigest: plan.digest, plan }),
    ...(script ? { script } : {}),
    asks: {
      approval: [{ outcome: 'approved' }],
      'confirm-approval': [{ outcome: 'confirmed' }],
      'exception-end': ['silence'],
      ...asks,
    },
  });
  for (const state of walked.visited) visited.add(state);
  const orders = walked.messages.map((message) => message.order);
  expect(orders).toEqual([...new Set(orders)].sort((a, b) => a - b));
  return walked;
}

let began: number | undefined;
/** When walks begin, by their own clock. */
async function startOf(common: Pick<Parameters<typeof walk>[0], 'name' | 'definition' | 'world'>) {
  if (began === undefined) {
    const plan = exceptionPlanWith();
    const input = { requestId: plan.requestId, planDigest: plan.digest, plan };
    const asks = { approval: [{ outcome: 'denied' }] };
    const walked = await walk({ ...common, executionName: plan.requestId, input, asks });
    began = Date.parse(walked.asks[0]?.occurredAt ?? '');
  }
  return began;
}

const endOf = (walked: Walked) => ({
  ends: (walked.output as { outcome?: string } | undefined)?.outcome,
  facts: walked.facts.map(({ type, data }) => (data.code === undefined ? type : `${type}:${data.code}`)),
  asks: walked.asks.map(({ ask }) => ask),
});

describe('an exception', () => {
  it('is approved, confirmed, and runs out when its time is up', async () => {
    const walked = await except({ lastsMs: 90 * 24 * 3_600 * SECOND });
    expect(endOf(walked)).toEqual({
      ends: 'CLOSED',
      facts: ['ExceptionExpired'],
      asks: ['approval', 'confirm-approval', 'exception-end'],
    });
    expect(walked.facts[0]).toMatchObject({ accountId: '444455556666' });
    expect(walked.atMs).toBe(90 * 24 * 3_600 * SECOND);
  });

  it('whose time was up before it could wait ends at once', async () => {
    const walked = await except({ lastsMs: -5 * SECOND });
    expect(endOf(walked)).toMatchObject({ ends: 'CLOSED', facts: ['ExceptionExpired'] });
    expect(walked.atMs).toBe(SECOND);
  });

  it('that is revoked says nothing more', async () => {
    expect(endOf(await except({ asks: { 'exception-end': [{ outcome: 'over' }] } }))).toEqual({
      ends: 'CLOSED',
      facts: [],
      asks: ['approval', 'confirm-approval', 'exception-end'],
    });
  });

  it('waits on when the question for its end was lost, and ends in time', async () => {
    const script = { 'ask:exception-end': [loseReply('SQS.SdkClientException')] };
    const walked = await except({ script });
    expect(endOf(walked)).toMatchObject({ ends: 'CLOSED', facts: ['ExceptionExpired'] });
    expect(walked.asks.filter(({ ask }) => ask === 'exception-end')).toHaveLength(2);
  });

  it.each<[string, AskAnswer]>([
    ['denied', { outcome: 'denied' }],
    ['cancelled', { outcome: 'cancelled' }],
    ['answered with nothing', {}],
  ])('that is %s changes nothing', async (_, answer) => {
    expect(endOf(await except({ asks: { approval: [answer] } }))).toEqual({
      ends: 'NOTHING_CHANGED',
      facts: [],
      asks: ['approval'],
    });
  });

  it('that nobody answers expires', async () => {
    expect(endOf(await except({ asks: { approval: ['silence'] } }))).toMatchObject({
      ends: 'NOTHING_CHANGED',
      facts: ['RequestExpired'],
    });
  });

  it.each<[string, Walk, string]>([
    [
      'outdated',
      { asks: { 'confirm-approval': [{ outcome: 'refused', code: 'plan-outdated', detail: 'x' }] } },
      'plan-outdated',
    ],
    ['not confirmed in time', { asks: { 'confirm-approval': ['silence'] } }, 'confirmation-timed-out'],
    ['not asked for', { script: { 'ask:approval': UNSENT } }, 'check-failed'],
  ])('that is %s is rejected', async (_, one, code) => {
    const { ends, facts } = endOf(await except(one));
    expect({ ends, facts }).toEqual({ ends: 'NOTHING_CHANGED', facts: [`RequestRejected:${code}`] });
  });

  it('that is cancelled at the last moment is never in force', async () => {
    const walked = await except({ asks: { 'confirm-approval': [{ outcome: 'cancelled' }] } });
    expect(endOf(walked)).toMatchObject({ ends: 'NOTHING_CHANGED', facts: [] });
  });
});

afterAll(() => {
  const missing = statesOf(controlException)
    .map(([name]) => name)
    .filter((name) => !visited.has(name));
  expect(missing, 'states that no walk has visited').toEqual([]);
});

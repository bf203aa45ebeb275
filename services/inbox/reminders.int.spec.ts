import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { askOf, openService, type Service, waiting } from '../../test/support/service.ts';
import { escalatedSince } from '../approvals/escalation.pg.ts';
import { factsOfRequests } from '../ledger/ledger.pg.ts';

describe.each(databases)('an approval that is asked for again on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
    await service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(() => service.reset());

  type Vend = Awaited<ReturnType<Service['submit']>>;
  const again = (vend: Vend, order: number, act: unknown, nth = order - 1) =>
    service.receive(askOf(vend, 'approval', order, { data: { act, nth } }));
  const first = async () => {
    const vend = await service.submit();
    await service.receive(askOf(vend, 'approval', 1));
    return vend;
  };
  const reminders = async () => (await waiting(service.orm)).filter((key) => key.startsWith('chat-remind:'));

  it('is a reminder: written down, told in chat, and still the same open request', async () => {
    const vend = await first();
    await again(vend, 2, 'remind');
    expect(await service.types(vend)).toEqual([
      'AccountRequested',
      'AccountPlanned',
      'ApprovalRequested',
      'ApprovalReminded',
    ]);
    const [fact] = (await factsOfRequests(service.orm, [vend.requestId])).slice(-1);
    expect(fact).toMatchObject({ version: 2, data: { planDigest: vend.planDigest, nth: 1 } });
    expect(await reminders()).toEqual([`chat-remind:${vend.requestId}:2`]);
    expect(await service.status(vend)).toBe('AWAITING_APPROVAL');
    expect(await escalatedSince(service.orm, vend.requestId)).toBeNull();
  });

  it('is an escalation, and one only of this request', async () => {
    const [vend, other] = [await first(), await first()];
    await again(vend, 2, 'escalate');
    expect(await service.types(vend)).toContain('ApprovalEscalated');
    expect(await escalatedSince(service.orm, vend.requestId)).toBeInstanceOf(Date);
    expect(await escalatedSince(service.orm, other.requestId)).toBeNull();
  });

  it('is written down once, however often the message comes', async () => {
    const vend = await first();
    const ask = askOf(vend, 'approval', 2, { data: { act: 'remind', nth: 1 } });
    for (let i = 0; i < 3; i++) await service.receive(ask);
    expect((await service.types(vend)).filter((t) => t === 'ApprovalReminded')).toHaveLength(1);
    expect(await reminders()).toHaveLength(1);
  });

  it('answers the newest ask: the older one belongs to a timer that ran out', async () => {
    const vend = await first();
    await again(vend, 2, 'remind');
    await service.decide(vend);
    expect(await service.answer(vend, 1)).toBeUndefined();
    expect(await service.answer(vend, 2)).toEqual({ outcome: 'approved' });
  });

  it.each(['approve', 'deny'] as const)('meets at once what was decided in between: %s', async (decision) => {
    const vend = await first();
    await service.decide(vend, decision);
    await again(vend, 2, 'remind');
    const outcome = decision === 'approve' ? 'approved' : 'denied';
    expect(await service.answer(vend, 2)).toEqual({ outcome });
    expect(await service.types(vend)).not.toContain('ApprovalReminded');
    expect(await reminders()).toEqual([]);
  });

  it('with an act that nobody knows is an approval that is asked for', async () => {
    const vend = await first();
    await again(vend, 2, 'shout');
    expect(await service.types(vend)).not.toContain('ApprovalReminded');
    expect(await reminders()).toEqual([]);
    await service.decide(vend);
    expect(await service.answer(vend, 2)).toEqual({ outcome: 'approved' });
  });
});

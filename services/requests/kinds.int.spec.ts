import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import {
  answerTo,
  askOf,
  factOf,
  NO_ALERTS,
  openService,
  person,
  type Service,
} from '../../test/support/service.ts';
import type { Role } from '../access/principal.ts';
import { decide } from '../approvals/approvals.pg.ts';
import { cancel } from '../approvals/cancel.pg.ts';
import { chatHistory, localChat } from '../chat/local-chat.pg.ts';
import { unitChangeIntake } from '../organizational-units/intake.ts';
import { changeWith, unitChangePlanWith } from '../organizational-units/unit-change.fixture.ts';
import { delivery } from '../outbox/deliver.pg.ts';
import { claim } from '../outbox/outbox.pg.ts';
import { requestAnswer, wholePlan } from './request-answer.ts';
import { getRequest, listRequests } from './requests.pg.ts';
import { resume } from './resume.pg.ts';
import { submit } from './submit.pg.ts';

describe.each(databases)('a change of a unit as a request on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
    await service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(() => service.reset());

  const olga = person('', ['operator'], 'olga@example.com');
  const ben = (roles: Role[] = ['approver']) => person('data', roles, 'ben@example.com');

  async function ask(key: string = randomUUID(), reason = 'PCI scope grows') {
    const plan = async (requestId: string) => unitChangePlanWith({ requestId });
    const intake = unitChangeIntake(plan, changeWith({ reason }));
    const { requestId, replayed } = await submit(service.deps, olga, intake, key);
    const { request } = await getRequest(service.orm, olga, requestId);
    return { requestId, replayed, planDigest: request.planDigest };
  }
  type Asked = Awaited<ReturnType<typeof ask>>;
  const decideAs = (asked: Asked, who = ben()) =>
    decide(service.deps, who, { ...asked, decision: 'approve', via: 'api' });
  const underWay = async () => {
    const asked = await ask();
    await decideAs(asked);
    await service.receive(askOf(asked, 'approval', 1), askOf(asked, 'confirm-approval', 2));
    await service.receive(factOf(asked, 'ChangeStarted', 3));
    return asked;
  };

  it('is kept with its plan and is the same request for the same key', async () => {
    const key = randomUUID();
    const asked = await ask(key);
    expect(await ask(key)).toMatchObject({ requestId: asked.requestId, replayed: true });
    await expect(ask(key, 'another reason')).rejects.toMatchObject({ code: 'idempotency-key-reused' });
    const row = await getRequest(service.orm, olga, asked.requestId);
    expect(wholePlan(row)).toEqual(unitChangePlanWith({ requestId: asked.requestId }));
    expect(await service.types(asked)).toEqual(['ChangeRequested', 'ChangePlanned']);
    expect(await service.holdsOf(asked)).toBe(0);
    const answer = requestAnswer(row);
    expect(answer).toMatchObject({
      kind: 'organizational-unit-change',
      status: 'PLANNED',
      organizationalUnit: { id: 'ou-ab12-workloads', path: 'Workloads' },
      disable: ['AWS-GR_RESTRICT_ROOT_USER'],
    });
    expect(answer).not.toHaveProperty('team');
    expect(answer).not.toHaveProperty('account');
  });

  it('is seen by operators, auditors and every approver, and by nobody else', async () => {
    const { requestId } = await ask();
    const mine = await service.submit({ team: 'data' });
    const listed = async (roles: Role[]) =>
      (await listRequests(service.orm, ben(roles), { limit: 50 })).rows.map((r) => r.request.id);
    for (const roles of [['approver'], ['operator'], ['auditor']] as Role[][]) {
      expect(await listed(roles)).toEqual([mine.requestId, requestId]);
      expect((await getRequest(service.orm, ben(roles), requestId)).request.id).toBe(requestId);
    }
    for (const roles of [['requester'], ['admin'], []] as Role[][]) {
      expect(await listed(roles)).toEqual([mine.requestId]);
      await expect(getRequest(service.orm, ben(roles), requestId)).rejects.toMatchObject({
        kind: 'not-found',
      });
    }
  });

  it('is decided by one approver of any team, never by the operator who asked', async () => {
    const asked = await ask();
    const self = person('data', ['operator', 'approver'], 'Olga@example.com');
    await expect(decideAs(asked, self)).rejects.toMatchObject({ code: 'self-approval' });
    await expect(decideAs(asked, ben(['operator']))).rejects.toMatchObject({ code: 'not-an-approver' });
    await expect(decideAs(asked, ben(['requester']))).rejects.toMatchObject({ code: 'not-found' });
    await service.receive(askOf(asked, 'approval', 1));
    expect(await service.status(asked)).toBe('AWAITING_APPROVAL');
    await decideAs(asked);
    expect(await answerTo(service.orm, `${asked.requestId}:1`)).toEqual({ outcome: 'approved' });
    expect(await service.status(asked)).toBe('QUEUED');
  });

  it('starts its own workflow and asks in the room of the organization', async () => {
    const asked = await ask();
    const started: unknown[] = [];
    const courier = {
      // The fourth argument would say which trace it is part of; nobody collects any here.
      startWorkflow: async (...call: unknown[]) => void started.push(call.slice(0, 3)),
    } as never;
    const deliver = delivery({
      ...service.deps,
      courier,
      channel: localChat(service.orm, service.assets.catalogue),
      alerts: NO_ALERTS,
      workClick: async () => {},
    });
    await service.receive(askOf(asked, 'approval', 1));
    const due = await claim(service.orm, service.clock.now(), 20);
    await deliver(due.filter((m) => m.kind !== 'put-event'));
    expect(started).toEqual([
      ['organizational-unit-change', asked.requestId, expect.stringContaining('"planDigest"')],
    ]);
    const [message] = await chatHistory(service.orm, 1);
    expect(message).toMatchObject({
      channel: '#approvals-organization',
      text: expect.stringContaining('Enable: AWS-GR_ENCRYPTED_VOLUMES'),
      planDigest: asked.planDigest,
    });
  });

  it('can be cancelled until it is confirmed', async () => {
    const early = await ask();
    await cancel(service.deps, olga, early.requestId);
    expect(await service.status(early)).toBe('CANCELLED');
    await service.receive(askOf(early, 'confirm-approval', 2));
    expect(await service.answer(early, 2)).toEqual({ outcome: 'cancelled' });
    await expect(cancel(service.deps, olga, (await underWay()).requestId)).rejects.toMatchObject({
      code: 'too-late',
      message: expect.stringContaining('controls'),
    });
  });

  it('is not confirmed once it has ended', async () => {
    const asked = await ask();
    await decideAs(asked);
    await service.receive(factOf(asked, 'RequestRejected', 2, { data: { code: 'ou-gone' } }));
    await service.receive(askOf(asked, 'confirm-approval', 3));
    expect(await service.answer(asked, 3)).toMatchObject({ outcome: 'refused', code: 'ended' });
  });

  it('that stopped half-way is resumed by an operator, without a slot', async () => {
    const asked = await underWay();
    expect(await service.status(asked)).toBe('ATTACHING_GUARDRAILS');
    await service.receive(
      factOf(asked, 'ChangeStopped', 4, { data: { step: 'controls', error: 'E', cause: 'c' } }),
      askOf(asked, 'repair', 5),
    );
    expect(await service.status(asked)).toBe('QUARANTINED');
    await expect(resume(service.deps, ben(), asked.requestId)).rejects.toMatchObject({
      code: 'not-an-operator',
    });
    await resume(service.deps, olga, asked.requestId);
    expect(await service.answer(asked, 5)).toEqual({ outcome: 'resume', by: 'olga@example.com' });
    expect(await service.types(asked)).not.toContain('AdmissionGranted');
  });
});

import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compliance } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { newAccountId, underWay } from '../../test/support/messages.ts';
import { factOf, openService, type Service } from '../../test/support/service.ts';
import type { Incoming } from '../inbox/incoming.ts';
import { eventSample } from './event-samples.fixture.ts';

describe.each(databases)('compliance on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
    await service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(() => service.reset());

  describe('what Config found', () => {
    const found = (
      account: string,
      complianceType: string,
      orderingTimestamp: string,
      id: string = randomUUID(),
    ): Incoming => {
      const event = eventSample('config.RulesComplianceChange.NON_COMPLIANT');
      const detail = {
        ...event.detail,
        awsAccountId: account,
        configRuleName: 'jetway-x',
        newEvaluationResult: { complianceType, evaluationResultIdentifier: { orderingTimestamp } },
      };
      return { kind: 'event', envelope: { ...event, id, account, detail } };
    };
    const row = async (account: string) => {
      const rows = await service.orm.select().from(compliance).where(eq(compliance.accountId, account));
      expect(rows).toHaveLength(1);
      return rows[0];
    };
    const [older, newer] = ['2026-03-04T10:00:00.001Z', '2026-03-04T10:00:00.002Z'];

    it.each([false, true])('is the newest, whenever it comes (in one batch: %s)', async (together) => {
      const orders: ((a: string) => Incoming[])[] = [
        (a) => [found(a, 'NON_COMPLIANT', older), found(a, 'COMPLIANT', newer)],
        (a) => [found(a, 'COMPLIANT', newer), found(a, 'NON_COMPLIANT', older)],
      ];
      for (const messages of orders) {
        const account = newAccountId();
        if (together) await service.receive(...messages(account));
        else for (const message of messages(account)) await service.receive(message);
        expect(await row(account)).toMatchObject({ status: 'COMPLIANT', version: Date.parse(newer) });
      }
    });

    it('at one and the same time is the same in every order', async () => {
      const statuses = new Set<string | undefined>();
      for (const [together, backwards] of [
        [true, true],
        [true, false],
        [false, true],
        [false, false],
      ]) {
        const account = newAccountId();
        // The ids decide, so they have to be in the same order each time.
        const messages = [
          found(account, 'COMPLIANT', newer, `a-${account}`),
          found(account, 'NON_COMPLIANT', newer, `b-${account}`),
        ];
        if (backwards) messages.reverse();
        if (together) await service.receive(...messages);
        else for (const message of messages) await service.receive(message);
        statuses.add((await row(account))?.status);
      }
      expect(statuses).toEqual(new Set(['NON_COMPLIANT']));
    });

    it('belongs to its control, whether the guardrail or the finding was told first', async () => {
      for (const findingFirst of [true, false]) {
        const vend = await underWay(service);
        const id = newAccountId();
        const attached = factOf(vend, 'GuardrailsAttached', 8, {
          accountId: id,
          data: {
            preventive: [],
            detective: [{ ruleName: 'jetway-x', control: 'AWS-GR_ENCRYPTED_VOLUMES' }],
            inherited: [],
          },
        });
        const messages = [attached, found(id, 'COMPLIANT', newer)];
        if (findingFirst) messages.reverse();
        for (const message of messages) await service.receive(message);
        expect(await row(id)).toMatchObject({ control: 'AWS-GR_ENCRYPTED_VOLUMES' });
      }
    });
  });
});

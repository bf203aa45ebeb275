import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import {
  answerTo,
  askOf,
  factOf,
  openService,
  person,
  type Service,
  type Vend,
} from '../../test/support/service.ts';
import type { Role } from '../access/principal.ts';
import { factsOfRequests } from '../ledger/ledger.pg.ts';
import { resume } from './resume.pg.ts';

describe.each(databases)('resuming on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
    await service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(() => service.reset());

  describe('a resume', () => {
    const resumeAs = (vend: Vend, roles: Role[], team = 'other') =>
      resume(service.deps, person(team, roles, 'op@example.com'), vend.requestId);
    const quarantinedAt = async (step: string) => {
      const vend = await service.submit();
      await service.decide(vend);
      await service.receive(askOf(vend, 'confirm-approval', 3));
      await service.receive(
        factOf(vend, 'AccountQuarantined', 5, { data: { step, error: 'E', cause: 'c' } }),
      );
      return vend;
    };

    it('is for operators, and for quarantined vends', async () => {
      const vend = await quarantinedAt('blueprint');
      await expect(resumeAs(vend, ['approver'], vend.team)).rejects.toMatchObject({
        code: 'not-an-operator',
      });
      await expect(resumeAs(vend, ['approver'])).rejects.toMatchObject({ kind: 'not-found' });
      await expect(resumeAs(await service.submit(), ['operator'])).rejects.toMatchObject({
        code: 'not-quarantined',
      });
    });

    it('waits until the workflow is parked', async () => {
      await expect(resumeAs(await quarantinedAt('blueprint'), ['operator'])).rejects.toMatchObject({
        code: 'not-parked',
      });
    });

    it('answers the repair ask, once', async () => {
      const vend = await quarantinedAt('blueprint');
      await service.receive(askOf(vend, 'repair', 6, { data: { failedStep: 'blueprint' } }));
      await resumeAs(vend, ['operator']);
      expect(await answerTo(service.orm, `${vend.requestId}:6`)).toEqual({
        outcome: 'resume',
        by: 'op@example.com',
      });
      await expect(resumeAs(vend, ['operator'])).rejects.toMatchObject({ code: 'not-parked' });
    });

    it('at a step of Control Tower takes a slot first', async () => {
      const vend = await quarantinedAt('enrol');
      await service.receive(askOf(vend, 'repair', 6, { data: { failedStep: 'enrol' } }));
      await resumeAs(vend, ['operator']);
      expect(await answerTo(service.orm, `${vend.requestId}:6`)).toMatchObject({ outcome: 'resume' });
      expect((await factsOfRequests(service.orm, [vend.requestId])).map((f) => f.type)).toContain(
        'AdmissionGranted',
      );
    });

    it('is never given by somebody else’s slot', async () => {
      const vend = await quarantinedAt('enrol');
      await service.receive(askOf(vend, 'repair', 6));
      await resumeAs(vend, ['operator']);
      // It fails again; the ask overtakes the fact, and another vend is let in meanwhile.
      await service.receive(askOf(vend, 'repair', 8));
      const other = await service.submit();
      await service.receive(askOf(other, 'admission', 2));
      expect(await answerTo(service.orm, `${vend.requestId}:8`)).toBeUndefined();
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, openApp } from '../../test/support/http.ts';
import { newAccountId, underWay } from '../../test/support/messages.ts';
import { factOf, person } from '../../test/support/service.ts';

describe.each(databases)('what was verified of an account on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database);
    await app.service.setSnapshot();
  });
  afterAll(() => opened.close());

  const stack = { kind: 'stack', name: 'vpc', region: 'us-east-1', status: 'CREATE_COMPLETE', evidence: 'x' };
  const control = {
    kind: 'control',
    name: 'AWS-GR_A',
    region: 'global',
    status: 'SUCCEEDED',
    evidence: 'y',
    controls: ['AWS-GR_A'],
  };
  const verificationOf = async (accountId: string) => {
    const path = `/v1/accounts/${accountId}/verification`;
    const { status, body } = await app.call('GET', path, { who: person('x', ['auditor']) });
    return status === 200 ? body : status;
  };

  it('is said with when and by which run; of several runs the newest, and never another account’s', async () => {
    const [vend, other] = [await underWay(app.service), await underWay(app.service)];
    const [accountId, otherId] = [newAccountId(), newAccountId()];
    await app.service.receive(
      factOf(vend, 'AccountProvisioned', 5, { accountId }),
      factOf(other, 'AccountProvisioned', 5, { accountId: otherId }),
    );
    expect(await verificationOf(accountId)).toBe(404);

    const later = { id: `${vend.requestId}-2:100009`, occurredAt: '2026-03-04T11:00:00.000Z' };
    await app.service.receive(
      factOf(vend, 'AccountVended', 100_009, { accountId, ...later, data: { verified: [stack, control] } }),
      factOf(vend, 'AccountVended', 9, { accountId, data: { verified: [stack] } }),
      factOf(other, 'AccountVended', 9, {
        accountId: otherId,
        occurredAt: '2026-03-04T12:00:00.000Z',
        data: { verified: [] },
      }),
    );
    expect(await verificationOf(accountId)).toEqual({
      at: later.occurredAt,
      requestId: vend.requestId,
      run: `${vend.requestId}-2`,
      factId: later.id,
      planRequestId: vend.requestId,
      things: [stack, control],
    });
    expect(await verificationOf(otherId)).toMatchObject({ requestId: other.requestId, things: [] });
  });

  it('is not there when it cannot be read', async () => {
    const vend = await underWay(app.service);
    const accountId = newAccountId();
    await app.service.receive(factOf(vend, 'AccountVended', 9, { accountId, data: { verified: {} } }));
    expect(await verificationOf(accountId)).toBe(404);
  });
});

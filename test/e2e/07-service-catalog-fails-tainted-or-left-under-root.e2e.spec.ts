import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestBody, startService, type TestService } from '../support/jetway.ts';
import { expectQuarantined, expectRepaired } from '../support/unfinished.ts';

let jetway: TestService;
beforeAll(async () => {
  jetway = await startService();
});
afterAll(() => jetway?.close());

describe('Service Catalog fails', () => {
  it('without an account: QUARANTINED, and a resume makes the one account', async () => {
    const body = requestBody('failed');
    jetway.aws.scenario({ accountName: body.account.name, outcome: 'fail-no-account' });
    const asked = await jetway.order(body);
    const { failure } = await expectQuarantined(jetway, asked, 0);
    expect(failure).toMatchObject({ code: 'provision-failed', step: 'provision' });
    expect(failure?.detail).toContain('could not complete the operation due to an internal error');
    await expectRepaired(jetway, asked);
  });

  it('because Control Tower is busy: nothing is wrong, so it tries again by itself', async () => {
    const body = requestBody('busy');
    jetway.aws.scenario({ accountName: body.account.name, outcome: 'busy', times: 3 });
    const asked = await jetway.order(body);
    await jetway.reachesActive(asked.id);
    expect((await jetway.timeline(asked.id)).map((f) => f.type)).not.toContain('AccountQuarantined');
    expect(jetway.accepted(asked.id)).toBe(1);
    expect(jetway.cloud.accountsWith(body.account.email)).toHaveLength(1);
  });

  it('because Control Tower is busy for hours: a person is told, in AWS’s words', async () => {
    const body = requestBody('busier');
    jetway.aws.scenario({ accountName: body.account.name, outcome: 'busy', times: 41 });
    const asked = await jetway.order(body);
    const { failure } = await expectQuarantined(jetway, asked, 0);
    expect(failure?.detail).toContain('another operation on your landing zone is in progress');
    await expectRepaired(jetway, asked);
  });

  it('because the organization is full: repaired once AWS has raised the quota', async () => {
    const body = requestBody('full');
    jetway.aws.scenario({ accountName: body.account.name, outcome: 'quota' });
    const asked = await jetway.order(body);
    const { failure } = await expectQuarantined(jetway, asked, 0);
    expect(failure?.detail).toContain('ACCOUNT_LIMIT_EXCEEDED');
    await expectRepaired(jetway, asked);
  });

  it('because the address belongs to another organization: no other address is ever invented', async () => {
    const body = requestBody('elsewhere');
    jetway.aws.takeEmail(body.account.email);
    const asked = await jetway.order(body);
    const { failure } = await expectQuarantined(jetway, asked, 0);
    expect(failure?.detail).toContain('EMAIL_ALREADY_EXISTS');
    expect((await jetway.resume(asked.id)).status).toBe(202);
    await jetway.reaches(asked.id, (r) => r.status !== 'QUARANTINED');
    await expectQuarantined(jetway, asked, 0);
    const emails = jetway.watch
      .of('servicecatalog', 'ProvisionProduct')
      .filter((c) => c.input.ProvisionedProductName === `jetway-${asked.id}`)
      .flatMap((c) => c.input.ProvisioningParameters as { Key: string; Value: string }[])
      .filter((p) => p.Key === 'AccountEmail')
      .map((p) => p.Value);
    expect(emails).toEqual([body.account.email]);
  });

  it('with an account left under Root: fenced there, then enrolled by the resume', async () => {
    const body = requestBody('root');
    jetway.aws.scenario({ accountName: body.account.name, outcome: 'fail-under-root' });
    const asked = await jetway.order(body);
    const { failure, accountId } = await expectQuarantined(jetway, asked, 1);
    expect(jetway.cloud.parentOf(accountId!)).toBe('r-ab12');
    expect(failure).toMatchObject({
      step: 'enrol',
      detail: expect.stringContaining('Try again in one hour'),
    });
    // Even without its own policy: the root's fence covers whoever is left there.
    const quarantine = jetway.cloud.policiesOf(accountId!).find((p) => p.Name === 'jetway-quarantine')!;
    const target = { PolicyId: quarantine.Id, TargetId: accountId };
    jetway.cloud.call('organizations', 'DetachPolicy', target);
    expect(jetway.cloud.isFenced(accountId!)).toBe(true);
    jetway.cloud.call('organizations', 'AttachPolicy', target);
    await expectRepaired(jetway, asked);
  });

  it('TAINTED, with an account: fenced in its unit, then mended by the resume', async () => {
    const body = requestBody('tainted');
    jetway.aws.scenario({ accountName: body.account.name, outcome: 'tainted' });
    const asked = await jetway.order(body);
    const { failure, accountId } = await expectQuarantined(jetway, asked, 1);
    expect(jetway.cloud.productOf(asked.id)).toMatchObject({ Status: 'TAINTED' });
    expect(failure).toMatchObject({
      step: 'enrol',
      detail: expect.stringContaining('the last step of its set-up did not succeed'),
    });
    const shown = await jetway.as('ana').get(`/v1/accounts/${accountId}`);
    expect(shown.body).toMatchObject({ status: 'QUARANTINED', origin: 'VENDED' });
    await expectRepaired(jetway, asked);
  });

  it('again and again: every resume is a try, none makes a second account', async () => {
    const body = requestBody('stubborn');
    jetway.aws.scenario({ accountName: body.account.name, outcome: 'fail-under-root' });
    jetway.aws.scenario({ accountName: body.account.name, outcome: 'update-fails', times: 2 });
    const asked = await jetway.order(body);
    for (let tries = 0; tries < 2; tries++) {
      await expectQuarantined(jetway, asked, 1);
      expect((await jetway.resume(asked.id)).status).toBe(202);
      await jetway.reaches(asked.id, (r) => r.status !== 'QUARANTINED');
    }
    await expectQuarantined(jetway, asked, 1);
    await expectRepaired(jetway, asked);
  });
});

it('nothing was terminated, closed or let go on the way', () => {
  const never = ['TerminateProvisionedProduct', 'CloseAccount', 'RemoveAccountFromOrganization'];
  expect(jetway.watch.calls.filter((c) => never.includes(c.action))).toEqual([]);
});

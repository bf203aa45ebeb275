import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestBody, startService, type TestService } from '../support/jetway.ts';

let jetway: TestService;
let path: string;
beforeAll(async () => {
  jetway = await startService();
  const asked = await jetway.order(
    requestBody('change', {
      blueprint: { name: 'standard', parameters: { vpc: { size: 'small', availabilityZones: 2 } } },
      guardrails: ['AWS-GR_RESTRICTED_SSH'],
    }),
  );
  const { accountId } = await jetway.reachesActive(asked.id);
  path = `/v1/accounts/${accountId}/changes`;
}, 90_000);
afterAll(() => jetway?.close());

const plan = async (body: object) => (await jetway.as('ana').post(`${path}?dryRun=true`, body)).body;

describe('a change of an account, planned', () => {
  it('is nothing when the account is as it would be planned today', async () => {
    const same = await plan({ blueprint: { name: 'standard' }, reason: 'upgrade' });
    expect(same).toMatchObject({
      blueprint: { name: 'standard' },
      summary: ['Nothing would change: the account is as it would be planned today.'],
      controls: { gained: [], lost: [] },
      warnings: [],
    });
  });

  it('is in words: parameters, policies, rules, what is lost', async () => {
    const change = await plan({
      blueprint: {
        name: 'standard',
        parameters: { vpc: { size: 'small', availabilityZones: 2, natGateway: true } },
      },
      guardrails: ['AWS-GR_RESTRICT_ROOT_USER'],
    });
    expect(change.summary.join('\n')).toMatch(
      /vpc in us-east-1: changed \(.*parameter NatGateway: false → true/,
    );
    expect(change.summary.join('\n')).toMatch(/Policy \S+: attached \(.*AWS-GR_RESTRICT_ROOT_USER/);
    expect(change.controls).toMatchObject({
      gained: ['AWS-GR_RESTRICT_ROOT_USER'],
      lost: ['AWS-GR_RESTRICTED_SSH'],
    });
    expect(change.warnings).toContain('The account loses AWS-GR_RESTRICTED_SSH.');
  });

  it('changes nothing', async () => {
    const before = (await jetway.as('operator').get('/v1/ledger/verify')).body.facts;
    await plan({ guardrails: [] });
    expect((await jetway.as('operator').get('/v1/ledger/verify')).body.facts).toBe(before);
  });
});

describe('a change that cannot be', () => {
  const refused = async (body: object) => {
    const { status, body: problem } = await jetway.as('ana').post(`${path}?dryRun=true`, body);
    return [status, problem.code, ...(problem.errors ?? []).map((e: { pointer: string }) => e.pointer)];
  };

  it('is refused with the place of what is wrong', async () => {
    expect(await refused({})).toEqual([422, 'validation', expect.anything()]);
    expect(await refused({ colour: 'blue', guardrails: [] })).toEqual([422, 'validation', '/colour']);
    expect(await refused({ rename: 'other', tags: { a: 'b' } })).toEqual([
      422,
      'validation',
      '/rename',
      '/tags',
    ]);
    expect(await refused({ blueprint: { name: 'nosuch' } })).toEqual([422, 'validation', '/blueprint/name']);
    expect(await refused({ guardrails: ['NO_SUCH'] })).toEqual([422, 'validation', '/guardrails/0']);
  });

  it('is not for other teams, and not for an account that was not vended here', async () => {
    const stranger = jetway.as({ subject: 'eve@example.com', teams: ['other'], roles: ['requester'] });
    expect((await stranger.post(path, { guardrails: [] })).status).toBe(404);
    const auditor = jetway.as({ subject: 'max@example.com', teams: [], roles: ['auditor'] });
    expect((await auditor.post(path, { guardrails: [] })).status).toBe(403);
    const foreign = await jetway.as('operator').post('/v1/accounts/111122223333/changes', { guardrails: [] });
    expect([foreign.status, foreign.body.code]).toEqual([409, 'not-active']);
  });
});

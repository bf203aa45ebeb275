import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putResource } from '../../infra/local/services/account-resources.ts';
import { failResource } from '../../infra/local/services/cloudformation/resource-faults.ts';
import { getRole } from '../../infra/local/services/iam.ts';
import { requestBody, startService, type TestService, until } from '../support/jetway.ts';
import { expectQuarantined, expectRepaired } from '../support/unfinished.ts';

const NAME = 'jetway-audit-read-only';
type Verified = { verified: { name: string; status: string; evidence: string }[] };

let jetway: TestService;
beforeAll(async () => {
  jetway = await startService();
});
afterAll(() => jetway?.close());

function trustOtherwise(accountId: string, change: (trust: string) => string): void {
  const { world } = jetway.aws;
  const role = getRole(world, accountId, NAME)!;
  const { AssumeRolePolicyDocument: trust } = role.properties;
  const changed = JSON.parse(change(JSON.stringify(trust)));
  world.store.transaction(() =>
    putResource(world.store, {
      ...role,
      properties: { ...role.properties, AssumeRolePolicyDocument: changed },
    }),
  );
}

describe('a role that lets in somebody else than planned', () => {
  it('keeps the account in quarantine until it is mended; then whom it lets in is in the ledger', async () => {
    failResource(jetway.aws.world, {
      stackName: 'jetway-guardrails-detective',
      region: 'us-east-1',
      reason: 'The limit of rules is reached (Service: Config, Status Code: 400)',
    });
    const asked = await jetway.order(requestBody('trust', { guardrails: ['AWS-GR_RESTRICTED_SSH'] }));
    const { accountId, failure } = await expectQuarantined(jetway, asked, 1);
    expect(failure?.step).toBe('guardrails');
    const audit = (await jetway.plan(asked.id)).components
      .flatMap(({ readBack }) => readBack?.roles ?? [])
      .find(({ name }) => name === NAME)!.trust[0]!;
    const auditor = audit.split(' if ')[0]!;

    trustOtherwise(accountId!, (trust) => trust.replace(auditor, 'arn:aws:iam::999900001111:root'));
    expect((await jetway.resume(asked.id)).status).toBe(202);
    await until(
      'the verification fails',
      async () => (await jetway.request(asked.id)).failure?.step === 'verify',
    );
    const again = await expectQuarantined(jetway, asked, 1);
    expect(again.failure).toMatchObject({ step: 'verify' });
    expect(again.failure?.detail).toContain(`Role ${NAME} lets in arn:aws:iam::999900001111:root`);
    expect(again.failure?.detail).toContain(`The plan says ${audit}`);

    trustOtherwise(accountId!, (trust) => trust.replace('arn:aws:iam::999900001111:root', auditor));
    await expectRepaired(jetway, asked);
    const facts = await jetway.timeline(asked.id);
    expect(
      facts.find(({ type, data }) => type === 'AccountQuarantined' && data.step === 'verify')?.data,
    ).toMatchObject({ error: 'RoleTrustDiffers' });
    const { verified } = facts.find(({ type }) => type === 'AccountVended')!.data as Verified;
    expect(verified.find(({ name }) => name === NAME)).toMatchObject({
      status: 'TRUST_AS_PLANNED',
      evidence: `lets in ${audit}`,
    });
    for (const name of ['jetway-execution', 'jetway-break-glass', 'jetway-security-baseline-eu-west-1'])
      expect(verified.map((one) => one.name)).toContain(name);
  });
});

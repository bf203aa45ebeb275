import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openScreen } from '../../services/cli/screen.ts';
import { readConfig } from '../../services/config.ts';
import { apply, plan } from '../../services/landing-zone/command-run.task.ts';
import { requestBody, startService, type TestService } from '../support/jetway.ts';

const HOME = 'eu-west-1';
const QUOTA = 'Default maximum number of accounts';

let jetway: TestService;
const folder = mkdtempSync(join(tmpdir(), 'jetway-elsewhere-'));
beforeAll(async () => {
  jetway = await startService({ config: { localHomeRegion: HOME } });
});
afterAll(async () => {
  await jetway?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The command as its program runs it. */
async function landingZone(work: typeof plan, file: string, approveAs?: string) {
  const ran = { code: -1, out: '', err: '' };
  const screen = openScreen(
    { out: { write: (text) => (ran.out += text) }, err: { write: (text) => (ran.err += text) } },
    false,
    false,
  );
  const config = {
    url: jetway.url,
    token: undefined,
    credentialsFile: join(folder, 'nobody.json'),
    mayColour: false,
    aws: { real: false, endpointUrl: undefined, dataDir: jetway.dataDir },
  };
  const options = { organizationOnly: false, all: false, yes: true, timeout: 60_000, json: false };
  ran.code = await work({ screen, config }, { ...options, ...(approveAs ? { approveAs } : {}) }, file);
  return ran;
}

function smallFile(name: string, ...more: (readonly [string, string])[]): string {
  const words = [['homeRegion: us-east-1', `homeRegion: ${HOME}`] as const, ...more];
  const text = words.reduce(
    (all, [before, after]) => all.replace(before, after),
    readFileSync('examples/landing-zone/small.yaml', 'utf8'),
  );
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, text);
  return file;
}

const dryRun = (word: string) =>
  jetway
    .as('ana')
    .post('/v1/account-requests?dryRun=true', requestBody(word, { blueprint: { name: 'standard' } }));

describe('where AWS does not tell the quotas of Organizations', () => {
  it('is what the embedded AWS plays, in the words of AWS', () => {
    const ask = (ServiceCode: string) => () =>
      jetway.aws.dispatcher.call('service-quotas', 'ListServiceQuotas', { ServiceCode }, jetway.aws.caller);
    expect(jetway.aws.region).toBe(HOME);
    expect(ask('organizations')).toThrowError(
      'The request failed because the specified service does not exist.',
    );
    expect(ask('controltower')).not.toThrow();
  });

  it('says in the plan that the account quota is not known, and how it is told', async () => {
    const { status, body } = await dryRun('untold');
    expect(status).toBe(200);
    expect(body.quotas).toEqual([{ name: QUOTA, used: expect.any(Number), limit: null }]);
    expect(body.warnings).toContainEqual(
      `How many accounts the organization may have is not known: AWS tells its quotas in us-east-1 alone, and home is ${HOME}. Say it in the settings (landingZone.accountQuota), or AWS may refuse the account.`,
    );
  });

  it('vends an account from the request to ACTIVE, its stacks at home and in the other Region', async () => {
    const asked = await jetway.order(
      requestBody('elsewhere', {
        blueprint: { name: 'standard' },
        guardrails: ['AWS-GR_ENCRYPTED_VOLUMES', 'AWS-GR_RESTRICTED_SSH'],
        access: [{ group: 'payments-admins', permissionSet: 'AdministratorAccess' }],
      }),
    );
    const vended = await jetway.reachesActive(asked.id);
    const { organization, network } = await jetway.plan(asked.id);
    expect(organization.homeRegion).toBe(HOME);
    expect(network?.subnets.every(({ availabilityZone }) => availabilityZone.startsWith(HOME))).toBe(true);
    const { body } = await jetway.as('operator').get(`/v1/accounts/${vended.accountId}/verification`);
    const regions = JSON.stringify(body);
    expect(regions).toContain('us-east-1');
    expect(regions).toContain(HOME);
    expect(jetway.accepted(asked.id)).toBe(1);
  });
});

describe('a landing-zone file', () => {
  it('that names another home finds no workflow there, and is told which lines say so', async () => {
    const file = 'examples/landing-zone/small.yaml';
    const { code, err } = await landingZone(plan, file);
    expect(code).toBe(4);
    expect(err).toContain(
      `The state machine landing-zone is not there: ${file}:3:1 says home Region us-east-1, ${file}:7:3 management account 111122223333.`,
    );
    expect(err).toContain(
      'The home Region is the one where the Control Tower console shows the landing zone.',
    );
  });

  it('has to say the account quota: how it is looked up stands with the line', async () => {
    const file = smallFile('plain');
    const { code, out } = await landingZone(plan, file);
    expect(code).not.toBe(0);
    expect(out).toContain(`${file}:3:1: is not known: AWS tells it in us-east-1 alone.`);
    expect(out).toContain('--quota-code L-E619E033 --region us-east-1');
  });

  it('tells the account quota, by an approved request, and planning refuses what is over it', async () => {
    const file = smallFile('quota', ['accounts:', 'accountQuota: 60\n\naccounts:']);
    expect((await landingZone(plan, file)).out).toContain(
      'takes the organization to have room for 60 accounts',
    );
    expect(await landingZone(apply, file, 'bo@example.com')).toMatchObject({ code: 0 });
    const { body } = await dryRun('told');
    expect(body.quotas).toEqual([
      { name: `${QUOTA}, as the settings say`, used: expect.any(Number), limit: 60 },
    ]);
    expect(body.warnings.join()).not.toContain('is not known');

    const full = smallFile('full', ['accounts:', `accountQuota: ${body.quotas[0].used}\n\naccounts:`]);
    expect(await landingZone(apply, full, 'bo@example.com')).toMatchObject({ code: 0 });
    const refused = await dryRun('over');
    expect(refused.status).toBe(422);
    expect(JSON.stringify(refused.body.errors)).toContain('ask AWS for a higher quota first');
  });
});

describe('the home Region of a folder', () => {
  it('is chosen when its landing zone is made; the setting is checked', () => {
    expect(readConfig({ JETWAY_LOCAL_HOME_REGION: HOME }).localHomeRegion).toBe(HOME);
    expect(() => readConfig({ JETWAY_LOCAL_HOME_REGION: 'nowhere' })).toThrow('JETWAY_LOCAL_HOME_REGION');
  });
});

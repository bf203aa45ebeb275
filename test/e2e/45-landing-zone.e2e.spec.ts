import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findSet } from '../../infra/local/services/cloudformation/stack-sets/documents.ts';
import {
  FACTORY_VPC_SET,
  setFactoryNetwork,
} from '../../infra/local/services/control-tower/factory-network.ts';
import { setTrusted } from '../../infra/local/services/organizations/service-access.ts';
import { openScreen } from '../../services/cli/screen.ts';
import { apply, type LandingZoneOptions, plan } from '../../services/landing-zone/command-run.task.ts';
import { requestBody, startService, type TestService, until } from '../support/jetway.ts';

let service: TestService;
const folder = mkdtempSync(join(tmpdir(), 'jetway-landing-zone-'));
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service?.close();
  rmSync(folder, { recursive: true, force: true });
});

type Ran = { code: number; out: string; err: string };

/** The command as its program runs it, with what it writes. */
async function run(work: typeof plan, file: string, options: Partial<LandingZoneOptions> = {}): Promise<Ran> {
  const ran: Ran = { code: -1, out: '', err: '' };
  const screen = openScreen(
    { out: { write: (text) => (ran.out += text) }, err: { write: (text) => (ran.err += text) } },
    options.json === true,
    false,
  );
  const config = {
    url: service.url,
    token: undefined,
    credentialsFile: join(folder, 'nobody.json'),
    mayColour: false,
    aws: { real: false, endpointUrl: undefined, dataDir: service.dataDir },
  };
  const all = { organizationOnly: false, all: false, yes: true, timeout: 60_000, ...options };
  ran.code = await work({ screen, config }, all, file);
  return ran;
}

const today = () => new Date().toISOString().slice(0, 10);
/** The small example with some words replaced. */
function changed(name: string, ...words: (readonly [string, string])[]): string {
  const file = join(folder, `${name}.yaml`);
  const text = words.reduce(
    (all, [before, after]) => all.replace(before, after),
    readFileSync(example('small'), 'utf8'),
  );
  writeFileSync(file, text);
  return file;
}
/** Other networks, another unit without accounts, and accounts in Workloads by themselves. */
const OTHER: readonly (readonly [string, string])[] = [
  ['10.0.0.0/10', '10.200.0.0/16'],
  ['  - name: Sandbox', '  - name: Infrastructure\n  - { name: Sandbox, takesAccounts: false }'],
  ['units: [Sandbox]', 'units: [Workloads]'],
];
const example = (size: string) => `examples/landing-zone/${size}.yaml`;
const executions = () =>
  service.aws.engine.executions().filter(({ machineName }) => machineName === 'landing-zone').length;

describe.each(['small', 'medium', 'regulated'])('the %s example', (size) => {
  it('is planned without changing anything', async () => {
    const before = service.aws.world.store.values('org/units').length;
    const planned = await run(plan, example(size));
    expect(planned).toMatchObject({ code: 0, err: '' });
    expect(planned.out).toMatch(/[1-9]\d* to create, \d+ to change, \d+ as the file says, 0 that cannot be/);
    expect(service.aws.world.store.values('org/units').length).toBe(before);
  });

  it('is applied: what is the workflow’s at once, what is the service’s when it is approved', async () => {
    const applied = await run(apply, example(size), { organizationOnly: true });
    expect(applied).toMatchObject({ code: 0, err: '' });
    expect(applied.out).toMatch(/Made and read back: \d+ steps/);
    const asked = await run(plan, example(size));
    expect(asked.out).toContain('settings: approval policies (somebody approves it)');
  });

  it('changes nothing the second time', async () => {
    const again = await run(apply, example(size), { organizationOnly: true });
    expect(again).toMatchObject({ code: 0 });
    expect(again.out).toContain('Nothing to do.');
    expect(again.out).toContain('0 to create, 0 to change');
  });
});

describe('what the service is told', () => {
  it('is asked for once, and in force when somebody else has approved it', async () => {
    const first = await run(apply, example('small'));
    const id = /req-\S+(?= accepted)/.exec(first.out)?.[0];
    expect(first).toMatchObject({ code: 0 });
    const second = await run(apply, example('small'));
    expect(second.out).toContain(`${id} is AWAITING_APPROVAL`);
    const third = await run(apply, example('small'), { approveAs: 'bo@example.com' });
    expect(third).toMatchObject({ code: 0 });
    expect((await run(apply, example('small'))).out).toContain('Nothing to do.');
  });

  it('is what planning works with: networks, units without accounts', async () => {
    const file = changed('other', ...OTHER);
    expect(await run(apply, file, { approveAs: 'bo@example.com' })).toMatchObject({ code: 0 });
    const planned = (organizationalUnitId: string) =>
      service
        .as('ana')
        .post(
          '/v1/account-requests?dryRun=true',
          requestBody('planned', { organizationalUnitId, blueprint: { name: 'standard' } }),
        );
    expect((await planned('ou-ab12-workloads')).body.network.vpcCidr).toMatch(/^10\.200\./);
    expect((await planned('ou-ab12-sandboxes')).status).toBe(422);
    expect((await planned('ou-ab12-infrastructure')).status).toBe(200);
  });
});

describe('the target of the mirror hub', () => {
  const TARGET = 'tmt-0fedcba9876543210';
  const hub = `mirrorHub:\n  account: "333344445555"\n  target: { targetId: ${TARGET}, cidr: null }\n\nnetworkPools:`;

  it('is set by an approved request, planned with from then on, and not asked for again', async () => {
    const file = changed('hub', ...OTHER, ['networkPools:', hub]);
    const planned = await run(plan, file);
    expect(planned.out).toContain(`mirrors traffic to ${TARGET} (in each account's VPC)`);
    expect(await run(apply, file, { approveAs: 'bo@example.com' })).toMatchObject({ code: 0 });
    const { body } = await service.as('operator').get('/v1/settings');
    expect(body.landingZone.mirrorHub).toEqual({ targetId: TARGET, cidr: null });
    const mirrored = requestBody('mirrored', { trafficMirroring: { profile: 'security-standard' } });
    const dry = await service.as('ana').post('/v1/account-requests?dryRun=true', mirrored);
    expect(dry.body.trafficMirroring).toMatchObject({ hub: { targetId: TARGET } });
    expect((await run(apply, file)).out).toContain('Nothing to do.');
  });

  it('is what the service was started with where the file names none, and the plan says so', async () => {
    const told = await run(
      plan,
      changed('no-hub', ...OTHER, ['networkPools:', hub.replace(/ {2}target:.*\n/, '')]),
      {
        all: true,
      },
    );
    expect(told.out).toContain('is what the service was started with (JETWAY_MIRROR_TARGET)');
    expect(await run(apply, changed('other', ...OTHER), { approveAs: 'bo@example.com' })).toMatchObject({
      code: 0,
    });
  });
});

describe('what has to be switched by hand first', () => {
  it('is said with the place, and nothing is applied: sharing in RAM', async () => {
    setTrusted(service.aws.world, 'ram.amazonaws.com', false);
    const before = executions();
    const refused = await run(apply, changed('RAM', ['cidr: 10.0.0.0/10', 'cidr: 10.0.0.0/9']));
    expect(refused).toMatchObject({ code: 3 });
    expect(refused.out).toContain('RAM console, Settings, "Enable sharing with AWS Organizations"');
    expect(refused.err).toContain('Nothing was applied');
    // It was only read.
    expect(executions()).toBe(before + 1);
    setTrusted(service.aws.world, 'ram.amazonaws.com', true);
  });

  it('is said with line and place: the VPCs of Account Factory', async () => {
    setFactoryNetwork(service.aws.world, true);
    // Workloads decides by itself since the test before.
    await service.submit(requestBody('with-vpc'));
    await until('Account Factory has made a VPC', () =>
      Boolean(findSet(service.aws.world, 'us-east-1', FACTORY_VPC_SET)),
    );
    const refused = await run(apply, example('small'));
    expect(refused).toMatchObject({ code: 3 });
    expect(refused.out).toMatch(/small\.yaml:\d+:\d+: its network settings still make VPCs: \d{12} got one/);
    expect(refused.out).toContain('Account Factory, Network configuration');
    setFactoryNetwork(service.aws.world, false);
  });
});

describe('a unit with accounts', () => {
  it('gets its controls by a request that somebody approves', async () => {
    service.aws.world.store.transaction(() =>
      service.aws.world.store.put('org/accounts', '909090909090', {
        Id: '909090909090',
        Name: 'old',
        Email: 'aws+old@example.com',
        State: 'ACTIVE',
        ParentId: 'ou-ab12-sandboxes',
        JoinedTimestamp: '2025-01-01T00:00:00.000Z',
      }),
    );
    // The VPC of the test before is in the past for this file.
    const file = changed(
      'controls',
      ['- name: Sandbox', '- { name: Sandbox, controls: [AWS-GR_EBS_OPTIMIZED_INSTANCE] }'],
      ['2026-01-15', today()],
    );
    const planned = await run(plan, file);
    expect(planned.out).toContain(
      'create  control AWS-GR_EBS_OPTIMIZED_INSTANCE on Sandbox (somebody approves it)',
    );
    const applied = await run(apply, file);
    expect(applied).toMatchObject({ code: 0 });
    expect(applied.out).toContain('accepted: /v1/organizational-units/ou-ab12-sandboxes/changes');
    expect((await run(apply, file)).out).toContain('is AWAITING_APPROVAL: /v1/organizational-units/');
  });
});

describe('killed in the middle', () => {
  it('goes on when it is started again: the workflow has gone on meanwhile, and nothing is made twice', async () => {
    const slow = await startService({ timeScale: 600 });
    try {
      const args = [
        '--import',
        'tsx',
        'services/landing-zone/command.task.ts',
        'apply',
        example('regulated'),
      ];
      const start = () =>
        spawn(process.execPath, [...args, '--yes', '--url', slow.url], {
          env: { PATH: process.env.PATH, HOME: folder, DATA_DIR: slow.dataDir },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
      const units = () => slow.aws.world.store.values<{ Name: string }>('org/units').map(({ Name }) => Name);
      const first = start();
      await until('the first unit is made', () => units().includes('Regulated'), 60_000);
      first.kill('SIGKILL');
      const second = start();
      let out = '';
      second.stdout.on('data', (chunk) => (out += chunk));
      second.stderr.on('data', (chunk) => (out += chunk));
      const [code] = await once(second, 'exit');
      expect(out).toContain('An apply is under way');
      expect(code).toBe(0);
      expect(out).toMatch(/req-\S+ accepted: \/v1\/settings\/changes/);
      const made = units().filter((name) => ['Regulated', 'Payments', 'Ledger', 'Suspended'].includes(name));
      expect(made.sort()).toEqual(['Ledger', 'Payments', 'Regulated', 'Suspended']);
    } finally {
      await slow.close();
    }
  }, 300_000);
});

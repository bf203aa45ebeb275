import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openScreen } from '../cli/screen.ts';
import { aft, lza, type Options } from './command-run.task.ts';

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** Imports a folder of the fixtures, as the command does. */
async function run(work: typeof aft, folder: string, more: Partial<Options> = {}) {
  const out = mkdtempSync(join(tmpdir(), 'jetway-import-'));
  made.push(out);
  const said = { out: '', err: '' };
  const screen = openScreen(
    { out: { write: (text) => (said.out += text) }, err: { write: (text) => (said.err += text) } },
    false,
    false,
  );
  const code = await work(
    { screen, config: {} as never },
    { out, team: 'imported', ...more },
    `services/import/fixtures/${folder}`,
  );
  const read = (path: string) => parse(readFileSync(join(out, path), 'utf8'));
  const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).sort();
  return { code, said: said.out, read, files, report: readFileSync(join(out, 'report.md'), 'utf8') };
}

describe('from AFT', async () => {
  const { code, read, files, report } = await run(aft, 'aft');

  it('makes a request of each module block, and lays what lacks something apart', () => {
    expect(code).toBe(0);
    expect(files).toEqual([
      'accounts',
      'accounts/payments-prod.yaml',
      'incomplete',
      'incomplete/sandbox-ana.yaml',
      'landing-zone.yaml',
      'report.md',
    ]);
    expect(read('accounts/payments-prod.yaml')).toEqual({
      account: {
        name: 'payments-prod',
        email: 'aws+payments-prod@example.com',
        organizationalUnitId: 'ou-ab12-workloadsprod',
      },
      team: 'payments',
      owner: { email: 'ana@example.com', firstName: 'Ana', lastName: 'Lopez' },
      justification: 'Card payments, "go-live" in March, asked for by Ana Lopez',
      tags: { 'cost:center': '4711', Team: 'Payments' },
    });
  });

  it('reads of the module of AFT itself what the landing zone is', () => {
    expect(read('landing-zone.yaml')).toMatchObject({
      homeRegion: 'us-east-1',
      accounts: { management: '111122223333', logArchive: '222233334444', audit: '333344445555' },
      organizationalUnits: [{ name: 'Prod' }, { name: 'Sandbox' }],
    });
  });

  it('says with file and line what could not be carried over', () => {
    const at = 'services/import/fixtures/aft/terraform/payments.tf';
    for (const words of [
      `${at}:24:3: /custom_fields fields of AFT`,
      `${at}:28:3: /account_customizations_name customizations are Terraform`,
      `/control_tower_parameters/AccountEmail is computed by Terraform`,
      `${at}:38:3: /account_tags is computed by Terraform`,
      `${at}:41:1: resource aws_s3_bucket own is Terraform of its own`,
      'services/import/fixtures/aft/aft.tf:9:3: /vcs_provider a setting of the pipelines',
    ])
      expect(report).toContain(words);
    expect(report).toContain('/accountFactory is missing');
    expect(report).toContain(
      'incomplete/sandbox-ana.yaml: account.email, account.organizationalUnitId (the id of Sandbox)',
    );
  });

  it('takes ids of units from its arguments', async () => {
    const named = await run(aft, 'aft', { unit: ['Sandbox=ou-ab12-sandboxes'] });
    expect(named.read('incomplete/sandbox-ana.yaml').account.organizationalUnitId).toBe('ou-ab12-sandboxes');
    await expect(run(aft, 'aft', { unit: ['Sandbox'] })).rejects.toThrow('write it as in --unit');
  });
});

describe('from the Landing Zone Accelerator', async () => {
  const unit = ['Workloads/Prod=ou-ab12-workloadsprod', 'Infrastructure=ou-ab12-infrastructure'];
  const { read, report, said } = await run(lza, 'lza', { unit });

  it('makes a landing zone of units, Regions, accounts, controls, people and pools', () => {
    expect(read('landing-zone.yaml')).toMatchObject({
      homeRegion: 'us-east-1',
      governedRegions: ['us-east-1', 'eu-west-1'],
      accounts: { management: '111122223333', logArchive: '222233334444', audit: '333344445555' },
      organizationalUnits: [
        { name: 'Security', takesAccounts: false, register: false },
        { name: 'Infrastructure', takesAccounts: false },
        {
          name: 'Workloads',
          controls: ['AWS-GR_RESTRICT_ROOT_USER'],
          units: [{ name: 'Prod', controls: ['AWS-GR_ENCRYPTED_VOLUMES'] }, { name: 'Test' }],
        },
      ],
      identityCenter: {
        groups: [{ name: 'operators' }],
        permissionSets: [
          {
            name: 'Operators',
            sessionHours: 2,
            managedPolicies: [
              'arn:aws:iam::aws:policy/ReadOnlyAccess',
              'arn:aws:iam::aws:policy/job-function/ViewOnlyAccess',
            ],
            inlinePolicy: { Version: '2012-10-17' },
          },
        ],
      },
      networkPools: [
        { name: 'base', cidr: '10.0.0.0/9' },
        { name: 'base-2', cidr: '10.128.0.0/10' },
      ],
    });
  });

  it('makes requests of the workload accounts, with who may enter them', () => {
    expect(read('incomplete/shop-prod.yaml')).toEqual({
      account: {
        name: 'shop-prod',
        email: 'shop-prod@example.com',
        organizationalUnitId: 'ou-ab12-workloadsprod',
      },
      team: 'imported',
      justification: 'The shop',
      access: [{ group: 'operators', permissionSet: 'Operators' }],
    });
  });

  it('says with file and line what could not be carried over, and what is still to be written', () => {
    for (const words of [
      'accounts-config.yaml:23:5: /workloadAccounts/1/warm',
      'organization-config.yaml:7:1: /quarantineNewAccounts Jetway has a quarantine of its own',
      'organization-config.yaml:10:1: /serviceControlPolicies a policy of your own',
      'global-config.yaml:11:7: /controlTower/controls/1 a control that Jetway does not know',
      'iam-config.yaml:9:7: /identityCenter/identityCenterPermissionSets/1 a part of Identity Center',
      'security-config.yaml:13:11: /awsConfig/ruleSets/0/rules/1 a rule that is no control',
      'security-config.yaml:1:1: /centralSecurityServices a central security service',
      'network-config.yaml:12:1: /vpcs VPCs are the component vpc',
    ])
      expect(report).toContain(words);
    expect(report).toContain('/accountFactory is missing');
    expect(said).toContain('2 requests');
  });
});

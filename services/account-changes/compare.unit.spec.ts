import { describe, expect, it } from 'vitest';
import { contextWith } from '../planning/context.fixture.ts';
import { asStanding } from '../planning/standing.ts';
import { made as before, planned as plan, today, vpc } from './account-change.fixture.ts';
import { comparePlans } from './compare.ts';

describe('an account that is planned again', () => {
  it('is not in its own way, and keeps its block', () => {
    expect(today().network).toEqual(before.network);
    const { summary, warnings, components, policies } = comparePlans(before, today());
    expect(summary).toEqual(['Nothing would change: the account is as it would be planned today.']);
    expect(warnings).toEqual([]);
    expect(components.every((one) => one.action === 'unchanged')).toBe(true);
    expect(policies.every((one) => one.action === 'keep')).toBe(true);
  });

  it('without a VPC gets a free block when it wants one', () => {
    const context = asStanding(contextWith({ takenBlocks: ['10.0.0.0/16'] }), { vpcCidr: null });
    expect(plan({}, context).network?.vpcCidr).toMatch(/^10\.1\./);
  });
});

describe('a change in words', () => {
  const changed = (...wanted: Parameters<typeof today>) => comparePlans(before, today(...wanted));
  const component = (name: string, of: ReturnType<typeof changed>) =>
    of.components.find((one) => one.name === name);

  it('is a new version of a template', () => {
    const digests = new Map(contextWith().templateDigests);
    digests.set('audit-roles', `sha256:${'9'.repeat(64)}`);
    const same = changed({}, { templateDigests: digests });
    expect(component('audit-roles', same)).toEqual({
      name: 'audit-roles',
      region: 'us-east-1',
      action: 'changed',
      changes: [expect.stringMatching(/^template changed within \d+\.\d+\.\d+$/)],
    });
    const upgraded = {
      ...before,
      components: before.components.map((one) =>
        one.name === 'audit-roles' ? { ...one, version: '9.1.0', templateDigest: 'sha256:9' } : one,
      ),
    };
    expect(component('audit-roles', comparePlans(before, upgraded))?.changes).toEqual([
      expect.stringMatching(/^template changed \d+\.\d+\.\d+ → 9\.1\.0$/),
    ]);
  });

  it('is another mirror profile, or another content of the same', () => {
    const mirrored = (profiles: string[]) => plan({ trafficMirroring: { profiles } });
    const words = (was: string[], now: string[]) => comparePlans(mirrored(was), mirrored(now)).summary;
    expect(words(['dns-only'], ['dns-only'])).toEqual([
      'Nothing would change: the account is as it would be planned today.',
    ]);
    expect(words(['dns-only'], ['skip-bulk'])).toEqual([
      'Mirror profile skip-bulk (session number 150): added.',
      'Mirror profile dns-only (session number 200): removed, and its sessions with it.',
    ]);
    const before = mirrored(['dns-only']);
    const longer = { ...before, trafficMirroring: { ...before.trafficMirroring, packetLength: 99 } };
    expect(comparePlans(longer as typeof before, before).summary).toEqual([
      'Mirror profile dns-only (session number 200): changed; its sessions are made anew.',
    ]);
  });

  it('is a parameter, from what to what', () => {
    const change = changed(vpc({ natGateway: true }));
    expect(component('vpc', change)).toMatchObject({
      action: 'changed',
      changes: [
        'parameter NatGateway: false → true',
        expect.stringMatching(/^parameter PublicSubnet1Cidr added: 10\./),
        expect.stringMatching(/^parameter PublicSubnet2Cidr added: 10\./),
      ],
    });
    expect(change.summary).toEqual([
      expect.stringMatching(/^vpc in us-east-1: changed \(parameter NatGateway: false → true; /),
    ]);
    // Subnets that come take nothing away.
    expect(change.warnings).toEqual([]);
  });

  it('warns of what CloudFormation would replace', () => {
    const { warnings } = changed(vpc({ size: 'small' }));
    expect(warnings.join()).toMatch(/CloudFormation replaces what .*VpcCidr of vpc makes/);
    expect(changed(vpc({ availabilityZones: 1 })).warnings.join()).toMatch(
      /CloudFormation deletes what AvailabilityZone2, .* of vpc made/,
    );
  });

  it('warns of a component that goes, with everything that it made', () => {
    const change = changed({ blueprint: { name: 'standard', parameters: { vpc: false } } });
    expect(component('vpc', change)?.action).toBe('removed');
    expect(change.warnings).toContain('The stack of vpc is deleted, and with it everything that it made.');
    const back = comparePlans(today({ blueprint: { name: 'standard', parameters: { vpc: false } } }), before);
    expect(component('vpc', back)?.action).toBe('added');
    expect(back.warnings).toEqual([]);
  });

  it('is policies attached and detached, with their controls', () => {
    const change = changed({ guardrails: ['AWS-GR_ENCRYPTED_VOLUMES', 'AWS-GR_RESTRICT_ROOT_USER'] });
    const attached = change.policies.filter((p) => p.action === 'attach');
    expect(attached.flatMap((p) => p.controls)).toContain('AWS-GR_RESTRICT_ROOT_USER');
    expect(change.controls).toEqual({ gained: ['AWS-GR_RESTRICT_ROOT_USER'], lost: [] });
    expect(change.summary.join()).toMatch(/Policy jetway-\S+: attached/);
  });

  it('is rules that come and go, and warns of controls that are lost', () => {
    const change = changed({ guardrails: ['AWS-GR_RESTRICTED_SSH'] });
    expect(change.rules.map((r) => `${r.control} ${r.action}`).sort()).toEqual([
      'AWS-GR_ENCRYPTED_VOLUMES removed',
      'AWS-GR_RESTRICTED_SSH added',
    ]);
    expect(change.controls).toEqual({
      gained: ['AWS-GR_RESTRICTED_SSH'],
      lost: ['AWS-GR_ENCRYPTED_VOLUMES'],
    });
    expect(change.warnings).toContain('The account loses AWS-GR_ENCRYPTED_VOLUMES.');
    expect(component('guardrails-detective', change)?.action).toBe('changed');
  });

  it('is a rule with other parameters', () => {
    const rule = before.guardrails.detective[0]!;
    const other = { ...rule, parameters: { ...rule.parameters, maxAge: '90' } };
    const after = { ...before, guardrails: { ...before.guardrails, detective: [other] } };
    expect(comparePlans(before, after).rules).toMatchObject([
      { action: 'changed', changes: ['parameter maxAge added: 90'] },
    ]);
    expect(comparePlans(after, before).rules).toMatchObject([
      { action: 'changed', changes: ['parameter maxAge removed: 90'] },
    ]);
  });
});

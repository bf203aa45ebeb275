import { describe, expect, it } from 'vitest';
import { driftChecked, instanceFound, openedGroup, stackFound } from './check.fixture.ts';
import type { DriftChecked } from './check.schema.ts';
import { findingsOf, looksAt } from './findings.ts';

const words = (changes: Partial<DriftChecked>) =>
  findingsOf(driftChecked(changes)).map((f) => [f.rule, f.resourceId, f.control, f.annotation]);

describe('what is not as planned, in words', () => {
  it('is nothing for an account that has everything', () => {
    expect(words({})).toEqual([]);
    expect(words({ rules: [{ ruleName: 'r', control: 'c', state: 'EVALUATING' }] })).toEqual([]);
    expect(words({ controls: [{ control: 'c', state: 'UNDER_CHANGE' }] })).toEqual([]);
  });

  it('is a resource with its properties, and how many more', () => {
    const gone = { ...openedGroup, logicalId: 'Table', physicalId: 'rtb-1', difference: 'DELETED' as const };
    expect(words({ stacks: [stackFound({ resources: [openedGroup, gone], changed: 14 })] })).toEqual([
      ['jetway:stack-drift', 'jetway-vpc', null, '12 further resources of jetway-vpc have drifted.'],
      [
        'jetway:stack-drift',
        'jetway-vpc/Group',
        null,
        'Group (sg-1) of stack jetway-vpc was changed outside of the stack: /SecurityGroupIngress/0/CidrIp is 0.0.0.0/0, planned 10.0.0.0/8; and 1 more.',
      ],
      ['jetway:stack-drift', 'jetway-vpc/Table', null, 'Table (rtb-1) of stack jetway-vpc was deleted.'],
    ]);
  });

  it('is a stack that is gone, broken or of another template', () => {
    const said = (changes: object) => words({ stacks: [stackFound(changes)] }).map((w) => w[3]);
    expect(said({ state: 'MISSING' })).toEqual(['The stack jetway-vpc is not in the account.']);
    expect(said({ state: 'BROKEN', status: 'ROLLBACK_COMPLETE' })).toEqual([
      'The stack jetway-vpc is ROLLBACK_COMPLETE.',
    ]);
    expect(said({ digest: 'sha256:3' })[0]).toMatch(/made from template sha256:3, planned is sha256:2/);
    expect(said({ digest: '' })[0]).toContain('of no known digest');
    expect(said({ state: 'UNKNOWN', digest: '' })).toEqual([]);
  });

  it('is every control of a policy that is detached or changed', () => {
    const policy = driftChecked().policies[0]!;
    expect(words({ policies: [{ ...policy, state: 'MISSING' }] })).toEqual([
      [
        'jetway:control-missing',
        'jetway-aaaa/AWS-GR_RESTRICT_ROOT_USER',
        'AWS-GR_RESTRICT_ROOT_USER',
        'The policy jetway-aaaa, which carries it, is not attached to the account.',
      ],
      [
        'jetway:control-missing',
        'jetway-aaaa/AWS-GR_REGION_DENY',
        'AWS-GR_REGION_DENY',
        'The policy jetway-aaaa, which carries it, is not attached to the account.',
      ],
    ]);
    expect(words({ policies: [{ ...policy, state: 'CHANGED' }] })[0]?.[3]).toContain('another content');
  });

  it('is an instance of another Region: missing with its controls, out of date, or found drifted', () => {
    const found = (changes: Parameters<typeof instanceFound>[0]) =>
      findingsOf(driftChecked({ instances: [instanceFound(changes)] })).map(
        ({ rule, region, control, annotation }) => [rule, region, control, annotation],
      );
    const missing = expect.stringMatching(/has no instance of guardrails-detective .* in eu-west-1\.$/);
    expect(found({ state: 'MISSING' })).toEqual([
      ['jetway:stack-drift', 'eu-west-1', null, missing],
      ['jetway:control-missing', 'eu-west-1', 'AWS-GR_ENCRYPTED_VOLUMES', missing],
    ]);
    expect(found({ state: 'OUTDATED', reason: 'Access denied.' })[0]?.[3]).toMatch(
      /is OUTDATED in eu-west-1: Access denied\.$/,
    );
    expect(found({ drift: 'DRIFTED' })[0]?.[3]).toContain('was changed outside of the stack in eu-west-1');
    expect(found({ state: 'UNKNOWN', drift: 'DRIFTED' })).toEqual([]);
    expect(found({})).toEqual([]);
  });

  it('is a rule and an inherited control, in Config’s and Control Tower’s words', () => {
    const rule = (state: string) => words({ rules: [{ ruleName: 'r', control: 'c', state }] })[0]?.[3];
    expect(rule('MISSING')).toBe('The Config rule r is not in the account.');
    expect(rule('DELETING')).toBe('The Config rule r is DELETING.');
    const control = (state: string) => words({ controls: [{ control: 'c', state }] })[0]?.[3];
    expect(control('MISSING')).toContain('No organizational unit above');
    expect(control('FAILED')).toContain('Control Tower says FAILED');
  });
});

describe('what a check has looked at', () => {
  const region = 'us-east-1';
  const stack = { rule: 'jetway:stack-drift', region, resourceType: 'AWS::CloudFormation::Stack' } as const;
  const group = { rule: 'jetway:stack-drift', region, resourceType: 'AWS::EC2::SecurityGroup' } as const;
  const at = (resourceId: string) => ({ ...group, resourceId });

  it('is everything but what it could not read', () => {
    expect(looksAt(driftChecked(), at('jetway-vpc/Group'))).toBe(true);
    const unknown = driftChecked({ stacks: [stackFound({ state: 'UNKNOWN' })] });
    expect(looksAt(unknown, at('jetway-vpc/Group'))).toBe(false);
    const partly = driftChecked({ stacks: [stackFound({ state: 'PARTLY_COMPARED' })] });
    expect(looksAt(partly, at('jetway-vpc/Group'))).toBe(false);
    expect(looksAt(partly, { ...stack, resourceId: 'jetway-vpc' })).toBe(true);
  });

  it('is a stack that is no longer planned, unless no stack could be read', () => {
    expect(looksAt(driftChecked({ stacks: [] }), at('jetway-budget/Budget'))).toBe(true);
    const trouble = [{ area: 'stacks' as const, error: 'x', cause: '' }];
    expect(looksAt(driftChecked({ stacks: [], trouble }), at('jetway-budget/Budget'))).toBe(false);
  });

  it('is an instance of another Region, but not while an operation is under way', () => {
    const place = (resourceId: string, where = 'eu-west-1') => ({
      rule: 'jetway:stack-drift' as const,
      region: where,
      resourceType: 'AWS::CloudFormation::StackInstance',
      resourceId,
    });
    const set = instanceFound().stackSetName;
    expect(looksAt(driftChecked(), place(`${set}/AWS-GR_ENCRYPTED_VOLUMES`))).toBe(true);
    const busy = driftChecked({ instances: [instanceFound({ state: 'UNKNOWN' })] });
    expect(looksAt(busy, place(set))).toBe(false);
    expect(looksAt(busy, place(set, 'eu-central-1'))).toBe(true);
    const trouble = [{ area: 'instances' as const, error: 'x', cause: '' }];
    expect(looksAt(driftChecked({ instances: [], trouble }), place(set))).toBe(false);
  });

  it('is the area of a control by what carries it', () => {
    const carriers = {
      policies: 'AWS::Organizations::Policy',
      rules: 'AWS::Config::ConfigRule',
      controls: 'AWS::ControlTower::EnabledControl',
    } as const;
    for (const [area, resourceType] of Object.entries(carriers)) {
      const trouble = [{ area: area as 'policies', error: 'x', cause: '' }];
      const seen = Object.values(carriers).filter((type) =>
        looksAt(driftChecked({ trouble }), {
          rule: 'jetway:control-missing',
          region,
          resourceType: type,
          resourceId: 'x',
        }),
      );
      expect(seen).toEqual(Object.values(carriers).filter((type) => type !== resourceType));
    }
  });
});

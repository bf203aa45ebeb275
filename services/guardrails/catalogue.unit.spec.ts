import { describe, expect, it } from 'vitest';
import file from '../../workflows/guardrails/catalogue.json' with { type: 'json' };
import { attachmentOf, CatalogueError, parseCatalogue } from './catalogue.ts';
import { chooseControls } from './choose.ts';
import { parsePolicy } from './policy-document.ts';
import { guardrailLevel } from './simulate.ts';

const catalogue = parseCatalogue(file);
const defaults = { governedRegions: ['us-east-1'], homeRegion: 'us-east-1', organizationId: 'o-exampleorg1' };
const count = (test: (control: (typeof catalogue.controls)[number]) => boolean): number =>
  catalogue.controls.filter(test).length;

describe('the catalogue', () => {
  it('has every control of Control Tower that we know, by guidance and kind, and one of our own', () => {
    expect(catalogue.controls).toHaveLength(264 + 163 + 1);
    expect(count(({ configRule }) => configRule?.source === 'custom')).toBe(1);
    expect(count(({ guidance }) => guidance === 'mandatory')).toBe(26);
    expect(count(({ guidance }) => guidance === 'strongly-recommended')).toBe(14 + 1);
    expect(count(({ implementation }) => implementation.type === 'SCP')).toBe(57);
    expect(count(({ implementation }) => implementation.type === 'RCP')).toBe(9);
    expect(count(({ implementation }) => implementation.type === 'DECLARATIVE_POLICY_EC2')).toBe(4);
    expect(count(({ implementation }) => implementation.type === 'CONFIG_RULE')).toBe(32 + 1);
    expect(count(({ implementation }) => implementation.type === 'CLOUDFORMATION_HOOK')).toBe(162);
    expect(count(({ implementation }) => implementation.type === 'SECURITY_HUB_CONTROL')).toBe(163);
  });

  it('knows how each comes to an account', () => {
    expect(count((control) => attachmentOf(control) === 'policy')).toBe(57);
    expect(count((control) => attachmentOf(control) === 'rule')).toBe(32 + 1);
    expect(count((control) => attachmentOf(control) === 'organizational-unit')).toBe(175 + 163);
  });

  it('makes a readable policy of every preventive control, with no placeholder left', () => {
    const ids = catalogue.controls.filter((control) => control.statements).map(({ id }) => id);
    const choice = chooseControls(catalogue, ids, defaults);
    if ('errors' in choice) throw new Error(JSON.stringify(choice.errors));
    const level = guardrailLevel(choice.controls, '444455556666');
    expect(level.policies).toHaveLength(1 + 66);
    for (const { content } of level.policies) {
      expect(content).not.toMatch(/<[A-Za-z]+>/);
      expect(() => parsePolicy(content)).not.toThrow();
    }
  });

  it('finds controls by the Sid of their statement', () => {
    expect(catalogue.bySid.get('GRCLOUDTRAILENABLED')).toHaveLength(4);
    expect(catalogue.bySid.get('GRREGIONDENY')).toEqual(['AWS-GR_REGION_DENY']);
  });
});

describe('parseCatalogue', () => {
  const control = {
    id: 'CT.S3.PV.99',
    title: 'x',
    guidance: 'elective',
    behavior: 'preventive',
    implementation: { type: 'SCP' },
    defaultScope: 'none',
    apiManageable: true,
    statements: [{ sid: 'A', actions: ['s3:*'], resources: ['*'], conditions: [] as unknown[] }],
  };
  const parse = (...controls: object[]) => parseCatalogue({ about: 'x', sources: ['y'], controls });
  const condition = (values: string[]) => ({ operator: 'StringEquals', key: 'a:k', values });

  it('takes a sound control', () => {
    expect(parse(control).byId.get('CT.S3.PV.99')?.parameters).toEqual([]);
  });
  it.each([
    ['an unknown field', [{ ...control, severity: 'HIGH' }], 'severity'],
    ['an unknown kind', [{ ...control, implementation: { type: 'MAGIC' } }], 'type'],
    ['an id twice', [control, control], 'twice'],
    ['a policy without statements', [{ ...control, statements: undefined }], 'SCP and statements'],
    [
      'a hook with statements',
      [{ ...control, implementation: { type: 'CLOUDFORMATION_HOOK' } }],
      'go together',
    ],
    [
      'a statement without actions',
      [{ ...control, statements: [{ sid: 'A', resources: ['*'], conditions: [] }] }],
      'one of',
    ],
    [
      'a placeholder that nothing fills',
      [{ ...control, statements: [{ ...control.statements[0], conditions: [condition(['<Regions>'])] }] }],
      'nothing fills <Regions>',
    ],
    [
      'a condition twice',
      [
        {
          ...control,
          statements: [{ ...control.statements[0], conditions: [condition(['a']), condition(['b'])] }],
        },
      ],
      'two conditions',
    ],
  ])('refuses %s', (_name, controls, message) => {
    expect(() => parse(...controls)).toThrow(CatalogueError);
    expect(() => parse(...controls)).toThrow(message);
  });
});

import { describe, expect, it } from 'vitest';
import file from '../../workflows/guardrails/catalogue.json' with { type: 'json' };
import { attachmentOf, parseCatalogue } from './catalogue.ts';
import { chooseControls, type RequestedGuardrail } from './choose.ts';
import { explainGuardrails } from './explain.ts';
import { packPolicies } from './pack.ts';

const catalogue = parseCatalogue(file);
const defaults = { governedRegions: ['us-east-1'], homeRegion: 'us-east-1', organizationId: 'o-exampleorg1' };

const explained = (...requested: RequestedGuardrail[]): string[] => {
  const choice = chooseControls(catalogue, requested, defaults);
  if ('errors' in choice) throw new Error(JSON.stringify(choice.errors));
  const packed = packPolicies(choice.controls, { maxPolicies: 100, maxCharacters: 10_240 });
  if ('refused' in packed) throw new Error(packed.refused.reason);
  return explainGuardrails({ preventive: packed.policies, detective: [] }, catalogue);
};

describe('the explanation of a guardrail', () => {
  it('names who is denied what', () => {
    const title = catalogue.byId.get('AWS-GR_RESTRICT_ROOT_USER')?.title;
    expect(explained('AWS-GR_RESTRICT_ROOT_USER')).toEqual([
      `AWS-GR_RESTRICT_ROOT_USER (${title}) denies everything, to the root user`,
    ]);
  });

  it('names every Region that stays open, and who is exempt', () => {
    const parameters = {
      GovernedRegions: ['us-east-1', 'eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-north-1'],
    };
    const [line = ''] = explained({ id: 'AWS-GR_REGION_DENY', parameters });
    expect(line).toMatch(/denies everything but .* and \d+ more/);
    expect(line).toContain(', outside of eu-north-1, eu-west-1, eu-west-2, eu-west-3, us-east-1');
    expect(line).toMatch(/except to .*role\/AWSControlTowerExecution/);
  });

  it('names a statement that controls share once, with all of them', () => {
    const lines = explained('AWS-GR_CLOUDTRAIL_ENABLED', 'AWS-GR_CLOUDTRAIL_VALIDATION_ENABLED');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^AWS-GR_CLOUDTRAIL_ENABLED \(.*\) and AWS-GR_CLOUDTRAIL_VALIDATION_ENABLED \(/);
    expect(lines[0]).toContain('on arn:aws:cloudtrail:*:*:trail/aws-controltower-*');
  });

  it('says that a detective control only reports', () => {
    const detective = [{ control: 'AWS-GR_ENCRYPTED_VOLUMES', regions: ['us-east-1', 'eu-west-1'] }];
    expect(explainGuardrails({ preventive: [], detective }, catalogue)[0]).toMatch(
      /^AWS-GR_ENCRYPTED_VOLUMES \(.*\) reports, and prevents nothing, in us-east-1, eu-west-1$/,
    );
  });

  it('has a line for every control that can be attached', () => {
    const ids = catalogue.controls.filter((c) => attachmentOf(c) === 'policy').map(({ id }) => id);
    const text = explained(...ids).join('\n');
    for (const id of ids) expect(text).toContain(`${id} (`);
  });
});

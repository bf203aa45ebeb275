import { describe, expect, it } from 'vitest';
import file from '../../workflows/guardrails/catalogue.json' with { type: 'json' };
import { type Control, parseCatalogue } from './catalogue.ts';
import { filterControls, type GuardrailFilter, guardrailDetail, guardrailView } from './guardrail-view.ts';

const catalogue = parseCatalogue(file);
const enabledOn = (id: string) =>
  id === 'AWS-GR_ENCRYPTED_VOLUMES' ? [{ target: 'ou-ab12-workloads', status: 'SUCCEEDED' }] : [];
const count = (filter: GuardrailFilter) => filterControls(catalogue, filter, enabledOn).length;
const control = (id: string): Control => catalogue.byId.get(id) as Control;

describe('the list of guardrails', () => {
  it.each<[GuardrailFilter, number]>([
    [{}, 264 + 163 + 1],
    [{ implementation: 'SCP' }, 57],
    [{ behavior: 'proactive' }, 162],
    [{ guidance: 'mandatory' }, 26],
    [{ guidance: 'mandatory', implementation: 'CLOUDFORMATION_HOOK' }, 0],
    [{ q: 'encrypted_VOLUMES' }, 1],
    [{ q: 'no such thing' }, 0],
    [{ enabledOn: 'ou-ab12-workloads' }, 1],
    [{ enabledOn: 'ou-ab12-nowhere00' }, 0],
  ])('with %j has %i', (filter, expected) => {
    expect(count(filter)).toBe(expected);
  });

  it.each([
    ['AWS-GR_ENCRYPTED_VOLUMES', ['account', 'organizational-unit'], false],
    ['AWS-GR_REGION_DENY', ['account'], false],
    ['CT.ACM.PR.1', ['organizational-unit'], true],
    ['SH.ACM.1', ['organizational-unit'], false],
  ])('says where %s may be attached', (id, attachableTo, cloudFormationHook) => {
    expect(guardrailView(control(id), [])).toMatchObject({ id, attachableTo, cloudFormationHook });
  });

  it('says what may be given, and what is taken without it', () => {
    expect(guardrailView(control('AWS-GR_RESTRICTED_COMMON_PORTS'), []).parameters[0]).toEqual({
      name: 'blockedPort1',
      type: 'port',
      required: false,
      default: '20',
    });
  });

  it('shows the statements of one, or its rule', () => {
    expect(guardrailDetail(control('CT.EC2.PV.4'), [])).toMatchObject({
      statements: [{ sid: 'CTEC2PV4', actions: ['ebs:*'], resources: ['*'], conditions: [] }],
    });
    expect(
      guardrailDetail(control('AWS-GR_ENCRYPTED_VOLUMES'), enabledOn('AWS-GR_ENCRYPTED_VOLUMES')),
    ).toMatchObject({
      configRule: { sourceIdentifier: 'ENCRYPTED_VOLUMES' },
      enabledOn: [{ target: 'ou-ab12-workloads', status: 'SUCCEEDED' }],
    });
  });
});

import { expect } from 'vitest';
import { answer, asUsual, refuse, times } from '../../walk.fixture.ts';
import { callsOf, factData, repairedBefore, SMOOTH_FACTS, type Walk, type World } from '../vend.fixture.ts';

const DENIED = refuse('Organizations.AccessDeniedException');
const POLICY = 'jetway-guardrails-aaaa';
const CONTENT = '{"Version":"2012-10-17"}';

const smooth = (name: string, rest: Partial<Walk>): Walk => ({
  name,
  facts: SMOOTH_FACTS,
  ends: 'ACTIVE',
  ...rest,
});
const repaired = (name: string, error: string, rest: Partial<Walk>): Walk => ({
  name,
  facts: repairedBefore('GuardrailsAttached'),
  ends: 'ACTIVE',
  ...rest,
  check: (walked, world) => {
    expect(factData(walked, 'AccountQuarantined')).toMatchObject({ step: 'guardrails', error });
    rest.check?.(walked, world);
  },
});

/** Something is wrong until the account is in quarantine. */
const until = (mend: () => void) => ({
  'fact:AccountQuarantined': [
    (real: () => unknown) => {
      mend();
      return real();
    },
  ],
});

const existing = (content: string) => (world: World) => {
  world.state.policies.push({ Id: 'p-shared0001', Name: POLICY });
  world.state.contents.set('p-shared0001', content);
};

/** Somebody has deleted the policy: to attach it fails for good, and its name is free again. */
const gone = (world: World) => () => {
  world.state.policies = world.state.policies.filter(({ Name }) => Name !== POLICY);
  return refuse('Organizations.PolicyNotFoundException')(() => undefined);
};

const preventive: Walk[] = [
  smooth('the policy is shared with another account', {
    arrange: existing(CONTENT),
    check: (walked) =>
      expect(factData(walked, 'GuardrailsAttached').preventive).toEqual([
        { policyName: POLICY, policyId: 'p-shared0001', controls: ['AWS-GR_RESTRICT_ROOT_USER'] },
      ]),
  }),
  repaired('a policy of this name has another content', 'PolicyContentDiffers', {
    arrange: existing('{"Version":"2008-10-17"}'),
    script: (world) => until(() => world.state.contents.set('p-shared0001', CONTENT)),
    check: (walked) => {
      const [quarantine] = callsOf(walked, 'organizations:attachPolicy').filter(
        ({ arguments: args }) => (args as { PolicyId: string }).PolicyId === 'p-shared0001',
      );
      expect(quarantine).toBeDefined();
      expect(walked.facts.findIndex((fact) => fact.type === 'AccountQuarantined')).toBeGreaterThan(0);
    },
  }),
  smooth('the list of policies lags behind', {
    arrange: existing(CONTENT),
    script: () => ({ 'organizations:listPolicies': [answer({ Policies: [] })] }),
  }),
  repaired('the policy is never listed', 'PolicyNotFound', {
    arrange: existing(CONTENT),
    script: () => ({ 'organizations:listPolicies': times(11, answer({ Policies: [] })) }),
  }),
  smooth('the policy is collected between being found and being attached, and is made again', {
    arrange: existing(CONTENT),
    script: (world) => ({
      'organizations:attachPolicy': [asUsual, ...times(9, gone(world))],
    }),
    check: (walked) =>
      expect(factData(walked, 'GuardrailsAttached').preventive).toEqual([
        {
          policyName: POLICY,
          policyId: expect.stringMatching(/^p-made/),
          controls: ['AWS-GR_RESTRICT_ROOT_USER'],
        },
      ]),
  }),
  repaired('the policy is gone each time before it is attached', 'PolicyNotFound', {
    script: (world) => ({ 'organizations:attachPolicy': [asUsual, ...times(27, gone(world))] }),
    check: (walked) => expect(factData(walked, 'AccountQuarantined').cause).toContain('made 3 times'),
  }),
  repaired('the account has no slot left', 'Organizations.ConstraintViolationException', {
    script: () => ({
      'organizations:attachPolicy': [
        asUsual,
        refuse('Organizations.ConstraintViolationException', 'MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED'),
      ],
    }),
    check: (walked) => expect(factData(walked, 'AccountQuarantined').cause).toContain('MAX_POLICY_TYPE'),
  }),
  smooth('attached in spite of throttling; the first try had gone through', {
    script: (_world) => ({
      'organizations:attachPolicy': [
        asUsual,
        (real) => {
          real();
          return refuse('Organizations.TooManyRequestsException')(real);
        },
      ],
      'organizations:createPolicy': [
        (real) => {
          real();
          return refuse('Organizations.SdkClientException')(real);
        },
      ],
    }),
  }),
];

/** The first page belongs to the fence. */
const FENCE_PAGES = 1;
const LACKING = answer({ Policies: [{ Id: 'p-quarantine1', Name: 'jetway-quarantine' }] });

const readBack: Walk[] = [
  smooth('the attached policies are listed late', {
    script: () => ({
      'organizations:listPoliciesForTarget': [...times(FENCE_PAGES, asUsual), LACKING, LACKING],
    }),
  }),
  repaired('an attached policy is never listed', 'GuardrailNotConfirmed', {
    script: () => ({
      'organizations:listPoliciesForTarget': [...times(FENCE_PAGES, asUsual), ...times(11, LACKING)],
    }),
    check: (walked) => expect(factData(walked, 'AccountQuarantined').cause).toContain(POLICY),
  }),
  repaired('the attached policies cannot be listed', 'Organizations.AccessDeniedException', {
    script: () => ({ 'organizations:listPoliciesForTarget': [...times(FENCE_PAGES, asUsual), DENIED] }),
  }),
  smooth('a rule takes a moment', {
    script: () => ({ 'config:describeConfigRules': [answer({ ConfigRules: [] })] }),
  }),
  repaired('a rule is missing', 'RuleNotConfirmed', {
    arrange: ({ state }) => {
      state.rules = [];
    },
    script: (world) => until(() => void world.state.rules.push('jetway-encrypted-volumes')),
    check: (walked) =>
      expect(factData(walked, 'AccountQuarantined').cause).toContain('jetway-encrypted-volumes'),
  }),
  repaired('the rules cannot be read', 'Config.ConfigException', {
    script: () => ({ 'config:describeConfigRules': times(9, refuse('Config.ConfigException')) }),
  }),
  repaired('a control of the unit is not enforced', 'InheritedControlMissing', {
    arrange: ({ state }) => {
      for (const controls of state.controls.values()) {
        for (const control of controls) if (control.id === 'AWS-GR_REGION_DENY') control.status = 'FAILED';
      }
    },
    script: (world) =>
      until(() => {
        for (const controls of world.state.controls.values())
          for (const one of controls) one.status = 'SUCCEEDED';
      }),
    check: (walked) => expect(factData(walked, 'AccountQuarantined').cause).toContain('AWS-GR_REGION_DENY'),
  }),
  repaired('the controls cannot be read', 'ControlTower.AccessDeniedException', {
    script: () => ({ 'controltower:listEnabledControls': [refuse('ControlTower.AccessDeniedException')] }),
  }),
  repaired('the unit above cannot be read', 'Organizations.AccessDeniedException', {
    script: () => ({ 'organizations:listParents': [asUsual, DENIED] }),
  }),
  repaired('that the guardrails are attached cannot be said', 'SQS.AmazonSQSException', {
    script: () => ({ 'fact:GuardrailsAttached': times(9, refuse('SQS.AmazonSQSException')) }),
  }),
];

export const guarding: Walk[] = [...preventive, ...readBack];

import { expect } from 'vitest';
import { LEAST } from '../../../services/guardrails/slots.ts';
import { answer, refuse } from '../../walk.fixture.ts';
import { examplePlan } from '../plan.fixture.ts';
import { factData, SMOOTH_FACTS, type Walk } from '../vend.fixture.ts';
import { rejected } from './before.fixture.ts';

type Policy = (typeof examplePlan.guardrails.preventive)[number];

/** Service Quotas lists this and nothing about service control policies. */
const accountsAlone = (Value: number) => () => ({
  'servicequotas:listServiceQuotas': [
    answer({ Quotas: [{ QuotaName: 'Default maximum number of accounts', Value }] }),
  ],
});
const ENOUGH = accountsAlone(1_000);
/** Every Region but us-east-1. */
const elsewhere = () => ({
  'servicequotas:listServiceQuotas': [
    refuse(
      'ServiceQuotas.NoSuchResourceException',
      'The request failed because the specified service does not exist.',
    ),
  ],
});
const saying = (limit: number | null, carried = policies(ROOM)): Pick<Walk, 'plan'> => ({
  plan: {
    ...carried.plan,
    quotas: [{ name: 'Default maximum number of accounts, as the settings say', used: 3, limit }],
  },
});

const carrying = (preventive: Policy[]): Pick<Walk, 'plan'> => ({
  plan: { guardrails: { ...examplePlan.guardrails, preventive } },
});
const policies = (count: number) =>
  carrying(
    Array.from({ length: count }, (_, i) => ({
      ...examplePlan.guardrails.preventive[0]!,
      policyName: `jetway-guardrails-${i}`,
    })),
  );
/** A policy of so many characters that says what policies say. */
const policyOf = (characters: number) =>
  carrying([
    {
      ...examplePlan.guardrails.preventive[0]!,
      characters,
      content: '{"Version":"2012-10-17"}'.padEnd(characters),
    },
  ]);

/** Beside what the vend attaches the account has AWS's own policy and the fence. */
const ROOM = LEAST.policies - 2;

/** Where Service Quotas does not know the quotas of policies, the least that AWS ever gave counts. */
export const policyQuotas: Walk[] = [
  {
    name: 'as many policies as there ever was room for, where no quota says more',
    ...policies(ROOM),
    script: ENOUGH,
    facts: SMOOTH_FACTS,
    ends: 'ACTIVE',
  },
  rejected('one policy more, where no quota says that there is room', 'recheck', 'policy-slots', {
    ...policies(ROOM + 1),
    script: ENOUGH,
    check: (walked) =>
      expect(factData(walked, 'RequestRejected').detail).toContain(`${LEAST.policies} may be attached`),
  }),
  {
    name: 'a policy as long as one could ever be, where no quota says more',
    ...policyOf(LEAST.characters),
    script: ENOUGH,
    facts: SMOOTH_FACTS,
    ends: 'ACTIVE',
  },
  rejected('a policy longer than that, where no quota allows it', 'recheck', 'policy-size', {
    ...policyOf(LEAST.characters + 1),
    script: ENOUGH,
    check: (walked) =>
      expect(factData(walked, 'RequestRejected').detail).toContain(`longer than ${LEAST.characters}`),
  }),
  {
    name: 'home tells no quotas of Organizations: the least policies, and room as the settings said',
    ...saying(1_000),
    script: elsewhere,
    facts: SMOOTH_FACTS,
    ends: 'ACTIVE',
  },
  {
    name: 'home tells no quotas, and nobody else does: AWS has the last word',
    ...saying(null),
    script: elsewhere,
    facts: SMOOTH_FACTS,
    ends: 'ACTIVE',
  },
  rejected(
    'home tells no quotas, and the organization is full as the settings said',
    'recheck',
    'account-quota',
    {
      ...saying(3),
      script: elsewhere,
      check: (walked) =>
        expect(factData(walked, 'RequestRejected').detail).toBe(
          'The organization has 3 accounts and may have 3.',
        ),
    },
  ),
  rejected(
    'home tells no quotas, and the account would carry a policy more than ever found room',
    'recheck',
    'policy-slots',
    { ...saying(1_000, policies(ROOM + 1)), script: elsewhere },
  ),
  rejected('the organization is full, whatever is not known about policies', 'recheck', 'account-quota', {
    script: accountsAlone(3),
  }),
];

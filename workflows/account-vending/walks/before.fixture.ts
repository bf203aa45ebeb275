import { expect } from 'vitest';
import { answer, asUsual, loseReply, refuse, times } from '../../walk.fixture.ts';
import { ACCOUNT_ID } from '../answers.fixture.ts';
import { examplePlan } from '../plan.fixture.ts';
import { callsOf, factData, SMOOTH_FACTS, type Walk } from '../vend.fixture.ts';

const DENIED = refuse('Organizations.AccessDeniedException', 'You do not have permissions.');
const UNSENT = times(9, refuse('SQS.AmazonSQSException', 'Service Unavailable'));

/** A walk that ends before the point of no return, with this code. */
export const rejected = (name: string, step: string, code: string, rest: Partial<Walk>): Walk => ({
  name,
  facts: ['RequestRejected'],
  ends: 'NOTHING_MADE',
  ...rest,
  check: (walked, world) => {
    const { title, ...data } = factData(walked, 'RequestRejected');
    expect(data).toMatchObject({ step, code });
    // A code of the approval stage brings its own words.
    if (code !== 'self-approval') expect(title).toMatch(/^[A-Z]/);
    expect(world.state.provisionings).toBe(0);
    rest.check?.(walked, world);
  },
});

const approval: Walk[] = [
  { name: 'denied', asks: { approval: [{ outcome: 'denied' }] }, facts: [], ends: 'NOTHING_MADE' },
  {
    name: 'cancelled while it waits for approval',
    asks: { approval: [{ outcome: 'cancelled' }] },
    facts: [],
    ends: 'NOTHING_MADE',
  },
  {
    name: 'an answer that says nothing is no approval',
    asks: { approval: [{}] },
    facts: [],
    ends: 'NOTHING_MADE',
  },
  {
    name: 'nobody decides in time',
    asks: { approval: ['silence'] },
    facts: ['RequestExpired'],
    ends: 'NOTHING_MADE',
    check: (walked) => expect(walked.atMs).toBe(86_400_000),
  },
  {
    name: 'reminded, escalated, and then approved',
    plan: {
      approvals: {
        ...examplePlan.approvals,
        timers: [
          { seconds: 60, act: 'remind' },
          { seconds: 120, act: 'escalate' },
          { seconds: 240, act: 'expire' },
        ],
      },
    },
    asks: { approval: ['silence', 'silence', { outcome: 'approved' }] },
    facts: SMOOTH_FACTS,
    ends: 'ACTIVE',
    check: (walked) =>
      expect(walked.asks.filter(({ ask }) => ask === 'approval').map(({ data }) => data)).toEqual([
        {},
        { act: 'remind', nth: 1 },
        { act: 'escalate', nth: 2 },
      ]),
  },
  rejected('the approval cannot be asked for', 'approval', 'check-failed', {
    script: () => ({ 'ask:approval': UNSENT }),
  }),
  {
    name: 'an ask that is sent twice has two ids: the second token is the live one',
    script: () => ({ 'ask:approval': [loseReply('SQS.SdkClientException')] }),
    asks: { approval: ['silence', { outcome: 'approved' }] },
    facts: SMOOTH_FACTS,
    ends: 'ACTIVE',
    check: (walked) => {
      const sent = walked.asks.filter((ask) => ask.ask === 'approval');
      expect(new Set(sent.map((ask) => ask.id)).size).toBe(2);
      expect(sent[1]?.order).toBeGreaterThan(sent[0]?.order ?? Number.POSITIVE_INFINITY);
    },
  },
  {
    name: 'cancelled in the queue',
    asks: { admission: [{ outcome: 'cancelled' }] },
    facts: [],
    ends: 'NOTHING_MADE',
  },
  rejected('no slot within a week', 'admission', 'admission-timed-out', { asks: { admission: ['silence'] } }),
  rejected('the slot cannot be asked for', 'admission', 'check-failed', {
    script: () => ({ 'ask:admission': UNSENT }),
  }),
];

const unit: Walk[] = [
  rejected('the unit is gone', 'recheck', 'ou-gone', {
    script: () => ({
      'organizations:describeOrganizationalUnit': [
        refuse('Organizations.OrganizationalUnitNotFoundException'),
      ],
    }),
  }),
  rejected('the unit cannot be read', 'recheck', 'check-failed', {
    script: () => ({ 'organizations:describeOrganizationalUnit': [DENIED] }),
    check: (walked) =>
      expect(factData(walked, 'RequestRejected')).toMatchObject({
        error: 'Organizations.AccessDeniedException',
        cause: 'You do not have permissions.',
      }),
  }),
  rejected('the unit was renamed', 'recheck', 'ou-renamed', {
    arrange: ({ state }) => {
      state.unitName = 'Production';
    },
    check: (walked) => expect(factData(walked, 'RequestRejected').detail).toContain('Production'),
  }),
  rejected('the unit is not registered', 'recheck', 'ou-not-registered', {
    arrange: ({ state }) => {
      state.baseline = 'NONE';
    },
  }),
  {
    name: 'the unit is under change for a moment',
    script: (world) => ({
      'controltower:listEnabledBaselines': [
        (real) => {
          world.state.baseline = 'UNDER_CHANGE';
          return real();
        },
        (real) => {
          world.state.baseline = 'SUCCEEDED';
          return real();
        },
      ],
    }),
    facts: SMOOTH_FACTS,
    ends: 'ACTIVE',
  },
  rejected('the unit stays under change', 'recheck', 'ou-not-registered', {
    arrange: ({ state }) => {
      state.baseline = 'UNDER_CHANGE';
    },
    check: (walked) => expect(callsOf(walked, 'controltower:listEnabledBaselines')).toHaveLength(61),
  }),
  rejected('the baseline cannot be read', 'recheck', 'check-failed', {
    script: () => ({ 'controltower:listEnabledBaselines': [refuse('ControlTower.AccessDeniedException')] }),
  }),
];

const product: Walk[] = [
  rejected('the product version is gone', 'recheck', 'artifact-inactive', {
    script: () => ({
      'servicecatalog:describeProvisioningArtifact': [refuse('ServiceCatalog.ResourceNotFoundException')],
    }),
  }),
  rejected('the product version is inactive', 'recheck', 'artifact-inactive', {
    arrange: ({ state }) => {
      state.versionActive = false;
    },
  }),
  rejected('the product version cannot be read', 'recheck', 'check-failed', {
    script: () => ({
      'servicecatalog:describeProvisioningArtifact': times(
        9,
        refuse('ServiceCatalog.ServiceCatalogException'),
      ),
    }),
  }),
  rejected('the quotas cannot be read', 'recheck', 'check-failed', {
    script: () => ({ 'servicequotas:listServiceQuotas': [refuse('ServiceQuotas.AccessDeniedException')] }),
  }),
  rejected('the accounts cannot be listed', 'recheck', 'check-failed', {
    script: () => ({ 'organizations:listAccounts': [DENIED] }),
  }),
  {
    name: 'the accounts are listed in spite of throttling',
    script: () => ({
      'organizations:listAccounts': [
        refuse('Organizations.TooManyRequestsException'),
        asUsual,
        refuse('States.Timeout'),
      ],
    }),
    facts: SMOOTH_FACTS,
    ends: 'ACTIVE',
  },
  {
    name: 'a quota that AWS does not publish is no limit',
    script: () => ({ 'servicequotas:listServiceQuotas': [answer({ Quotas: [] })] }),
    facts: SMOOTH_FACTS,
    ends: 'ACTIVE',
  },
];

const room: Walk[] = [
  rejected('the address is taken, written otherwise', 'recheck', 'email-taken', {
    arrange: (world) => world.createAccount(),
    // Whose account it is may be another team's affair.
    check: (walked) => {
      const { detail } = factData(walked, 'RequestRejected');
      expect(detail).toContain('belongs to an account of the organization');
      expect(detail).not.toContain(ACCOUNT_ID);
    },
  }),
  rejected('whose the address is cannot be read', 'recheck', 'check-failed', {
    arrange: (world) => world.createAccount(),
    script: () => ({
      'servicecatalog:describeProvisionedProduct': [refuse('ServiceCatalog.InvalidParametersException')],
    }),
  }),
  rejected('the organization is full', 'recheck', 'account-quota', {
    arrange: ({ state }) => {
      state.quotas.accounts = 3;
    },
    check: (walked) => expect(factData(walked, 'RequestRejected').detail).toContain('3 accounts'),
  }),
  rejected('too few policy slots', 'recheck', 'policy-slots', {
    arrange: ({ state }) => {
      state.quotas.policies = 2;
    },
  }),
  rejected('a policy is too long', 'recheck', 'policy-size', {
    arrange: ({ state }) => {
      state.quotas.size = 10;
    },
  }),
  rejected('a component is planned for another Region', 'recheck', 'region-not-supported', {
    plan: {
      components: [{ name: 'vpc', version: '1', mode: 'deploy', region: 'eu-west-1', parameters: {} }],
    },
  }),
];

const confirmation: Walk[] = [
  rejected('the approval is refused', 'confirm', 'self-approval', {
    asks: { 'confirm-approval': [{ outcome: 'refused', code: 'self-approval', detail: 'No.' }] },
    check: (walked) => expect(factData(walked, 'RequestRejected').detail).toBe('No.'),
  }),
  rejected('an answer that says nothing confirms nothing', 'confirm', 'approval-refused', {
    asks: { 'confirm-approval': [{}] },
  }),
  {
    name: 'cancelled at the last moment',
    asks: { 'confirm-approval': [{ outcome: 'cancelled' }] },
    facts: [],
    ends: 'NOTHING_MADE',
  },
  rejected('the approval is not confirmed in time', 'confirm', 'confirmation-timed-out', {
    asks: { 'confirm-approval': ['silence'] },
  }),
  rejected('the confirmation cannot be asked for', 'confirm', 'check-failed', {
    script: () => ({ 'ask:confirm-approval': UNSENT }),
  }),
];

/** Ends before the point of no return, and what does not end there. */
export const before: Walk[] = [...approval, ...unit, ...product, ...room, ...confirmation];

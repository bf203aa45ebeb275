import { describe, expect, it } from 'vitest';
import { MirrorHub } from '../mirroring/hub.ts';
import { requestWith } from '../requests/request.fixture.ts';
import { contextWith } from './context.fixture.ts';
import { planAccount } from './plan.ts';

const [HERE, ONE, TWO] = ['tmt-0123456789abcdef0', 'tmt-0aaaaaaa1', 'tmt-0aaaaaaa2'] as const;
const INTERFACE = { targetId: HERE, cidr: '100.64.0.0/24', type: 'network-interface' };
const ZONES = { 'use1-az1': ONE, 'use1-az2': TWO };

/** The plan of an account with so many instances, or what stands in the way. */
function planned(hub: object, instances?: number, mirrorSources?: number) {
  const { settings, ...context } = contextWith({ mirrorSources });
  const workload = [{ instanceType: 'm5.large', instances: instances ?? 1, inboundMbps: 1, outboundMbps: 1 }];
  const trafficMirroring = {
    profile: 'security-standard',
    ...(instances === undefined ? {} : { workload }),
  };
  const made = planAccount(requestWith({ trafficMirroring }), {
    ...context,
    settings: { ...settings, mirrorHub: MirrorHub.parse(hub) },
  });
  return 'errors' in made ? made : { ...made, words: made.plan.warnings.join('\n') };
}
const refusedFor = (hub: object, instances: number) => {
  const made = planned(hub, instances);
  return 'errors' in made ? made.errors : [];
};

describe('what the targets of the hub take', () => {
  it.each([
    ['an interface', INTERFACE, 10],
    ['an interface of one of the largest', { ...INTERFACE, applianceType: 'c5.24xlarge' }, 100],
    ['an interface for each of two zones', { ...INTERFACE, targetId: ONE, zones: ZONES }, 20],
    ['interfaces of two zones and one for the others', { ...INTERFACE, zones: ZONES }, 30],
  ])('%s takes what AWS says, and a plan for one more is refused', (_what, hub, most) => {
    expect(refusedFor(hub, most)).toEqual([]);
    expect(refusedFor(hub, most + 1)).toEqual([
      {
        pointer: '/trafficMirroring/workload',
        message: expect.stringContaining(
          `is ${most + 1} interfaces, and the targets of the hub take ${most} `,
        ),
      },
    ]);
  });

  it.each(['network-load-balancer', 'gateway-load-balancer-endpoint'])(
    '%s takes any number, up to the sessions of an account',
    (type) => {
      const hub = { ...INTERFACE, type };
      expect(refusedFor(hub, 10_000)).toEqual([]);
      const made = planned(hub, 500);
      expect('plan' in made && made.plan.quotas.map(({ name }) => name).join()).not.toContain('targets');
    },
  );

  it('no account has more than 10,000 sessions', () => {
    const one = { instanceType: 'm5.large', instances: 6_000, inboundMbps: 1, outboundMbps: 1 };
    const request = requestWith({
      trafficMirroring: { profile: 'dns-only', workload: [one, { ...one, instanceType: 'c5.large' }] },
    });
    expect(planAccount(request, contextWith())).toMatchObject({
      errors: [{ pointer: '/trafficMirroring/workload', message: expect.stringContaining('10,000') }],
    });
  });

  it('is told with what others use of it', () => {
    const made = planned({ ...INTERFACE, zones: ZONES }, 3, 28);
    if ('errors' in made) throw new Error('refused');
    expect(made.plan.quotas).toContainEqual({
      ...{ name: 'Traffic Mirroring: sources of the targets', used: 28, limit: 30 },
    });
    expect(made.words).toContain('take 2 more interfaces (28 of 30 are used)');
    expect(made.words).toContain('the target of its zone, which may be full before');
  });
});

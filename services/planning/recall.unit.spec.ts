import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, frozen } from '../kernel/canonical-json.ts';
import { exampleSnapshot } from '../reconciliation/snapshot.fixture.ts';
import { requestWith } from '../requests/request.fixture.ts';
import { contextWith } from './context.fixture.ts';
import { planAccount } from './plan.ts';
import { openRecall } from './recall.ts';

/** Snapshots that follow one another in the life of a process: each is an object of its own, as a reading gives it. */
const snapshots = [
  exampleSnapshot,
  structuredClone(exampleSnapshot),
  { ...exampleSnapshot, governedRegions: exampleSnapshot.governedRegions.slice(0, 1) },
  { ...exampleSnapshot, groups: exampleSnapshot.groups.slice(0, 1) },
  {
    ...exampleSnapshot,
    quotas: exampleSnapshot.quotas.map((q) => (q.service === 'organizations' ? { ...q, value: 4 } : q)),
  },
];

const request = fc
  .record({
    unit: fc.constantFrom('ou-ab12-workloads', 'ou-ab12-workloads', 'ou-ab12-security1'),
    size: fc.constantFrom('small', 'medium', 'large'),
    availabilityZones: fc.integer({ min: 1, max: 3 }),
    guardrails: fc.subarray([
      'AWS-GR_ENCRYPTED_VOLUMES',
      'AWS-GR_RESTRICT_ROOT_USER',
      'AWS-GR_EBS_OPTIMIZED_INSTANCE',
    ]),
    owner: fc.constantFrom('ana@example.com', 'bo@example.com'),
    mirrored: fc.boolean(),
    n: fc.nat(1_000),
  })
  .map(({ unit, size, availabilityZones, guardrails, owner, mirrored, n }) =>
    requestWith({
      account: { name: `account-${n}`, email: `aws+${n}@example.com`, organizationalUnitId: unit },
      owner: { email: owner, firstName: 'Ana', lastName: 'Lopez' },
      blueprint: { name: 'standard', parameters: { vpc: { size, availabilityZones } } },
      guardrails: n % 7 === 0 ? [...guardrails, 'AWS-GR_NOTHING'] : guardrails,
      ...(mirrored ? { trafficMirroring: { profile: 'dns-only' } } : {}),
    }),
  );

describe('what was worked out before', () => {
  it('changes no plan and no refusal, whatever was planned before, and however little is kept', () => {
    const asked = fc.record({
      request,
      snapshot: fc.constantFrom(...snapshots),
      block: fc.constantFrom('10.0.0.0/24', '10.3.0.0/16'),
      pool: fc.constantFrom('10.0.0.0/8', '172.16.0.0/12'),
    });
    let plans = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(asked, { minLength: 2, maxLength: 12 }),
        (most, all) => {
          const recall = openRecall(most);
          const { settings } = contextWith();
          for (const { request, snapshot, block, pool } of all) {
            const context = contextWith({
              snapshot,
              takenBlocks: [block],
              settings: { ...settings, cidrPools: [pool] },
            });
            const fresh = planAccount(request, context);
            const recalled = planAccount(request, { ...context, recall });
            if ('errors' in fresh || 'errors' in recalled) {
              expect(recalled).toEqual(fresh);
              continue;
            }
            plans++;
            const { digest, ...digested } = recalled.plan;
            expect(digest).toBe(fresh.plan.digest);
            // Byte for byte, also what is stored without being written a second time.
            expect(frozen(recalled.plan)).toEqual({
              digest,
              planText: canonicalJson(structuredClone(digested)),
            });
          }
        },
      ),
      { numRuns: 20 },
    );
    expect(plans).toBeGreaterThan(20);
  });
});

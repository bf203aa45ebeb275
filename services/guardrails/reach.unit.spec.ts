import { describe, expect, it } from 'vitest';
import { contextWith } from '../planning/context.fixture.ts';
import { planAccount } from '../planning/plan.ts';
import { exampleSnapshot, snapshotWithUnit } from '../reconciliation/snapshot.fixture.ts';
import { requestWith } from '../requests/request.fixture.ts';

const VOLUMES = 'AWS-GR_ENCRYPTED_VOLUMES';
const VPN = 'AWS-GR_DISALLOW_VPN_CONNECTIONS';

/** Both are enabled on Workloads. */
function planIn(organizationalUnitId: string) {
  const { controls } = exampleSnapshot.units.find((u) => u.id === 'ou-ab12-workloads')!;
  const snapshot = snapshotWithUnit('ou-ab12-workloads', {
    controls: [...controls, ...[VOLUMES, VPN].map((id) => ({ id, status: 'SUCCEEDED' }))],
  });
  const request = requestWith({ account: { organizationalUnitId }, guardrails: [VOLUMES, VPN], access: [] });
  const planned = planAccount(request, contextWith({ snapshot }));
  if ('errors' in planned) throw new Error(JSON.stringify(planned.errors));
  const { inherited, preventive, detective } = planned.plan.guardrails;
  return {
    inherited: inherited.filter((id) => [VOLUMES, VPN].includes(id)),
    own: [...preventive.flatMap((p) => p.controls), ...detective.map((d) => d.control)],
  };
}

describe('a control of a unit', () => {
  it('acts in the accounts of the unit itself', () => {
    expect(planIn('ou-ab12-workloads')).toEqual({ inherited: [VPN, VOLUMES], own: [] });
  });

  it('acts in the units below when it is a policy; a rule comes on the account there', () => {
    expect(planIn('ou-ab12-workloadsprod')).toEqual({ inherited: [VPN], own: [VOLUMES] });
  });
});

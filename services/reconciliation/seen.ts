import type { Assembly } from './assemble.ts';
import type { AccountSnapshot } from './assemble-account.ts';
import { type Observation, ORGANIZATION } from './observation.ts';

/**
 * Everything that a reading of the organization saw, once each: an account that was moved between two pages of the list is
 * in both, and the later one counts.
 */
export function seenInOrganization({ snapshot, accounts, products }: Assembly): Observation[] {
  const scope = ORGANIZATION;
  const once = [...new Map(accounts.map((account) => [account.accountId, account])).values()];
  return [
    ...once.flatMap(({ accountId: key, name, email, parentId, state }): Observation[] => [
      { scope, kind: 'account-unit', key, value: { organizationalUnitId: parentId } },
      { scope, kind: 'account-identity', key, value: { name, email } },
      { scope, kind: 'account-state', key, value: { state } },
    ]),
    ...[...new Map(products.map((product) => [product.id, product])).values()].map(
      ({ id, name, status, accountId }): Observation => ({
        scope,
        kind: 'product',
        key: id,
        value: { name, status, accountId },
      }),
    ),
    ...snapshot.units.flatMap((unit): Observation[] => [
      ...unit.policies.map(({ id, name }) => attachment(scope, unit.id, id, name)),
      ...unit.controls.map(
        ({ id, status }): Observation => ({
          scope,
          kind: 'control',
          key: `${unit.id}/${id}`,
          value: { status },
        }),
      ),
    ]),
  ];
}

/** Everything that a reading of one account saw, but for what Config has found. */
export function seenInAccount({
  accountId: scope,
  policies,
  stacks,
  instances,
}: AccountSnapshot): Observation[] {
  return [
    ...policies.map(({ id, name }) => attachment(scope, scope, id, name)),
    ...stacks.map(
      ({ name, status }): Observation => ({
        scope,
        kind: 'stack',
        key: `${scope}/${name}`,
        value: { status },
      }),
    ),
    ...instances.map(
      ({ stackSetName, region, status }): Observation => ({
        scope,
        kind: 'instance',
        key: `${scope}/${stackSetName}/${region}`,
        value: { status },
      }),
    ),
  ];
}

const attachment = (scope: string, targetId: string, policyId: string, policyName: string): Observation => ({
  scope,
  kind: 'attachment',
  key: `${targetId}/${policyId}`,
  value: { policyName },
});

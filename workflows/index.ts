/** The state machines: their names on AWS, and their committed text, as a path from the package's root. */
export const WORKFLOWS = [
  { name: 'account-vending', path: 'workflows/account-vending/account-vending.asl.json' },
  { name: 'account-change', path: 'workflows/account-change/account-change.asl.json' },
  { name: 'account-fence', path: 'workflows/account-fence/account-fence.asl.json' },
  { name: 'account-drift', path: 'workflows/account-drift/account-drift.asl.json' },
  { name: 'account-reconcile', path: 'workflows/account-reconcile/account-reconcile.asl.json' },
  {
    name: 'organization-reconcile',
    path: 'workflows/organization-reconcile/organization-reconcile.asl.json',
  },
  {
    name: 'organizational-unit-change',
    path: 'workflows/organizational-unit-change/organizational-unit-change.asl.json',
  },
  { name: 'settings-change', path: 'workflows/settings-change/settings-change.asl.json' },
  { name: 'control-exception', path: 'workflows/control-exception/control-exception.asl.json' },
  { name: 'mirror-attach', path: 'workflows/mirror-attach/mirror-attach.asl.json' },
  { name: 'landing-zone', path: 'workflows/landing-zone/landing-zone.asl.json' },
  { name: 'policy-collection', path: 'workflows/policy-collection/policy-collection.asl.json' },
] as const;

export type WorkflowName = (typeof WORKFLOWS)[number]['name'];

/**
 * The IAM role that a machine runs as: each its own, with the rights that its text asks for and no others.
 * @example machineRole('account-vending') === 'jetway-vend'
 */
export const machineRole = (machine: string): string =>
  machine === 'account-vending' ? 'jetway-vend' : `jetway-${machine}`;

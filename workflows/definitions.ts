import { accountChange } from './account-change/definition.ts';
import { accountDrift } from './account-drift/definition.ts';
import { accountFence } from './account-fence/definition.ts';
import { accountReconcile } from './account-reconcile/definition.ts';
import { accountVending } from './account-vending/definition.ts';
import type { Definition } from './asl/definition.ts';
import { controlException } from './control-exception/definition.ts';
import { WORKFLOWS, type WorkflowName } from './index.ts';
import { landingZone } from './landing-zone/definition.ts';
import { mirrorAttach } from './mirror-attach/definition.ts';
import { organizationReconcile } from './organization-reconcile/definition.ts';
import { organizationalUnitChange } from './organizational-unit-change/definition.ts';
import { policyCollection } from './policy-collection/definition.ts';
import { settingsChange } from './settings-change/definition.ts';

const BY_NAME: Record<WorkflowName, Definition> = {
  'account-vending': accountVending,
  'account-change': accountChange,
  'account-fence': accountFence,
  'account-drift': accountDrift,
  'account-reconcile': accountReconcile,
  'organization-reconcile': organizationReconcile,
  'organizational-unit-change': organizationalUnitChange,
  'mirror-attach': mirrorAttach,
  'landing-zone': landingZone,
  'policy-collection': policyCollection,
  'settings-change': settingsChange,
  'control-exception': controlException,
};

/** Every machine with its source; the running service reads only the rendered text. */
export const DEFINITIONS = WORKFLOWS.map((workflow) => ({ ...workflow, definition: BY_NAME[workflow.name] }));

import type { Control } from './catalogue.ts';

/**
 * Does a control that is enabled on a unit act in the units below it as well? Policies bind the whole subtree; Control
 * Tower's Config rules, hooks and Security Hub's controls are deployed to the accounts that lie in the unit itself ("Considerations for controls
 * and OUs" of the controls reference names preventive controls only, and so do we).
 */
export function reachesBelow(control: Control): boolean {
  switch (control.implementation.type) {
    case 'SCP':
    case 'RCP':
    case 'DECLARATIVE_POLICY_EC2':
      return true;
    case 'CONFIG_RULE':
    case 'CLOUDFORMATION_HOOK':
    case 'SECURITY_HUB_CONTROL':
      return false;
  }
}

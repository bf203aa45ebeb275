import type { Definition } from '../asl/definition.ts';
import { machine } from '../asl/machine.ts';
import { access } from './access.ts';
import { halfMade, waitForAccount } from './account.ts';
import { activate } from './activate.ts';
import { approval, endsWithoutAccount } from './approval.ts';
import { blueprint } from './blueprint.ts';
import { confirm } from './confirm.ts';
import { BEGIN_ENFORCED, readEnforced } from './enforced.ts';
import { enrol } from './enrol.ts';
import { VEND_DESK } from './failures.ts';
import { fence } from './fence.ts';
import { attached, guardrails, readInherited, readRules } from './guardrails.ts';
import { provision } from './provision.ts';
import { recheck } from './recheck.ts';
import { repair } from './repair.ts';
import { start } from './start.ts';
import { verify } from './verify.ts';

/** From an approved plan to an account that people may enter. Read from top to bottom, this is the smooth vend. */
export const accountVending: Definition = machine({
  comment:
    'Vends one AWS account: approve, provision, fence, blueprint, guardrails, verify, activate, and people last. Past the point of no return it ends ACTIVE or QUARANTINED.',
  startAt: 'Read the input',
  stages: [
    start,
    approval,
    recheck,
    confirm,
    provision,
    waitForAccount,
    fence,
    blueprint,
    guardrails,
    readRules(VEND_DESK),
    readInherited(VEND_DESK),
    attached,
    verify(VEND_DESK, { fenced: true, next: 'List the policies of the account', assign: BEGIN_ENFORCED }),
    readEnforced(VEND_DESK, 'Say that the account is active'),
    activate,
    access,
    // What is off the smooth path.
    halfMade,
    enrol,
    repair,
    endsWithoutAccount,
  ],
});

import type { RequestKind } from '../requests/kinds.ts';
import type { Fact } from './fact.ts';
import {
  ACCOUNT_CHANGE_WORDS,
  ACCOUNT_WORDS,
  EXCEPTION_WORDS,
  type FailureWords,
  SETTINGS_CHANGE_WORDS,
  UNIT_CHANGE_WORDS,
} from './failure-words.ts';
import type { RequestStatus } from './request-view.ts';

type FactType = Fact['type'];

/** How the requests of one kind run: which fact leads to which status, and how the way is cut into steps. */
export type Course = {
  /** Facts in the order in which a request passes them; the workflow's own counter decides, never arrival. */
  phaseAfter: Partial<Record<FactType, RequestStatus>>;
  /** Any of them says that the point of no return is passed: no end before it counts any more. */
  begun: readonly FactType[];
  /** After it nothing is left that could break. */
  last: FactType;
  stopped: FactType;
  resumed: FactType;
  /** What was carried out is over, where that can be. */
  closed?: readonly FactType[];
  /** Ends a request that stopped half-way, where that is allowed. */
  givenUp?: FactType;
  /** Where a resume at a step leads; `resumedInto` for any other step. */
  phaseOfStep: Record<string, RequestStatus>;
  resumedInto: RequestStatus;
  steps: readonly { name: string; title: string; begins: FactType; ends: FactType }[];
  words: FailureWords;
};

const ACCOUNT: Course = {
  phaseAfter: {
    ApprovalRequested: 'AWAITING_APPROVAL',
    AccountQueued: 'QUEUED',
    ProvisioningStarted: 'PROVISIONING',
    AccountProvisioned: 'APPLYING_BLUEPRINT',
    BlueprintApplied: 'ATTACHING_GUARDRAILS',
    GuardrailsAttached: 'VERIFYING',
    AccountVended: 'ACTIVE',
    AccessAssigned: 'ACTIVE',
    AccountQuarantined: 'QUARANTINED',
  },
  begun: ['ProvisioningStarted', 'AccountProvisioned'],
  last: 'AccessAssigned',
  stopped: 'AccountQuarantined',
  resumed: 'VendResumed',
  phaseOfStep: {
    blueprint: 'APPLYING_BLUEPRINT',
    guardrails: 'ATTACHING_GUARDRAILS',
    verify: 'VERIFYING',
    activate: 'VERIFYING',
    access: 'ACTIVE',
  },
  resumedInto: 'PROVISIONING',
  steps: [
    { name: 'plan', title: 'Plan', begins: 'AccountRequested', ends: 'AccountPlanned' },
    { name: 'approval', title: 'Approval', begins: 'AccountPlanned', ends: 'ApprovalDecided' },
    { name: 'queue', title: 'A free slot', begins: 'ApprovalDecided', ends: 'AdmissionGranted' },
    { name: 'provision', title: 'Account', begins: 'AdmissionGranted', ends: 'AccountProvisioned' },
    { name: 'blueprint', title: 'Blueprint', begins: 'AccountProvisioned', ends: 'BlueprintApplied' },
    { name: 'guardrails', title: 'Guardrails', begins: 'BlueprintApplied', ends: 'GuardrailsAttached' },
    { name: 'verify', title: 'Verification', begins: 'GuardrailsAttached', ends: 'AccountVended' },
    { name: 'access', title: 'Access', begins: 'AccountVended', ends: 'AccessAssigned' },
  ],
  words: ACCOUNT_WORDS,
};

/** QUARANTINED of a change fences nobody: it stopped half-way, needs a person, and is resumed from there. */
const UNIT_CHANGE: Course = {
  phaseAfter: {
    ApprovalRequested: 'AWAITING_APPROVAL',
    ChangeStarted: 'ATTACHING_GUARDRAILS',
    ControlChanged: 'ATTACHING_GUARDRAILS',
    GuardrailsAttached: 'VERIFYING',
    ChangeCompleted: 'ACTIVE',
    ChangeStopped: 'QUARANTINED',
  },
  begun: ['ChangeStarted'],
  last: 'ChangeCompleted',
  stopped: 'ChangeStopped',
  resumed: 'ChangeResumed',
  phaseOfStep: { verify: 'VERIFYING' },
  resumedInto: 'ATTACHING_GUARDRAILS',
  steps: [
    { name: 'plan', title: 'Plan', begins: 'ChangeRequested', ends: 'ChangePlanned' },
    { name: 'approval', title: 'Approval', begins: 'ChangePlanned', ends: 'ApprovalDecided' },
    { name: 'guardrails', title: 'Guardrails', begins: 'ApprovalDecided', ends: 'GuardrailsAttached' },
    { name: 'verify', title: 'Verification', begins: 'GuardrailsAttached', ends: 'ChangeCompleted' },
  ],
  words: UNIT_CHANGE_WORDS,
};

const ACCOUNT_CHANGE: Course = {
  phaseAfter: {
    ApprovalRequested: 'AWAITING_APPROVAL',
    ChangeStarted: 'APPLYING_BLUEPRINT',
    BlueprintApplied: 'ATTACHING_GUARDRAILS',
    GuardrailsAttached: 'VERIFYING',
    AccountChanged: 'ACTIVE',
    ChangeStopped: 'QUARANTINED',
  },
  begun: ['ChangeStarted', 'ChangeStopped'],
  last: 'AccountChanged',
  stopped: 'ChangeStopped',
  resumed: 'ChangeResumed',
  givenUp: 'ChangeGivenUp',
  phaseOfStep: { guardrails: 'ATTACHING_GUARDRAILS', verify: 'VERIFYING' },
  resumedInto: 'APPLYING_BLUEPRINT',
  steps: [
    { name: 'plan', title: 'Plan', begins: 'ChangeRequested', ends: 'ChangePlanned' },
    { name: 'approval', title: 'Approval', begins: 'ChangePlanned', ends: 'ApprovalDecided' },
    { name: 'blueprint', title: 'Blueprint', begins: 'ApprovalDecided', ends: 'BlueprintApplied' },
    { name: 'guardrails', title: 'Guardrails', begins: 'BlueprintApplied', ends: 'GuardrailsAttached' },
    { name: 'verify', title: 'Verification', begins: 'GuardrailsAttached', ends: 'AccountChanged' },
  ],
  words: ACCOUNT_CHANGE_WORDS,
};

/** There is nothing between the confirmation and the end: both are one transaction. */
const SETTINGS_CHANGE: Course = {
  phaseAfter: { ApprovalRequested: 'AWAITING_APPROVAL', SettingsChanged: 'ACTIVE' },
  begun: ['SettingsChanged'],
  last: 'SettingsChanged',
  stopped: 'ChangeStopped',
  resumed: 'ChangeResumed',
  phaseOfStep: {},
  resumedInto: 'QUEUED',
  steps: [
    { name: 'plan', title: 'Plan', begins: 'ChangeRequested', ends: 'ChangePlanned' },
    { name: 'approval', title: 'Approval', begins: 'ChangePlanned', ends: 'ApprovalDecided' },
    { name: 'apply', title: 'In force', begins: 'ApprovalDecided', ends: 'SettingsChanged' },
  ],
  words: SETTINGS_CHANGE_WORDS,
};

/** In force with its confirmation, and closed when it is over; if its execution breaks before, the service sees to the end. */
const EXCEPTION: Course = {
  phaseAfter: { ApprovalRequested: 'AWAITING_APPROVAL', ExceptionGranted: 'ACTIVE' },
  begun: ['ExceptionGranted'],
  last: 'ExceptionGranted',
  closed: ['ExceptionExpired', 'ExceptionRevoked'],
  stopped: 'ChangeStopped',
  resumed: 'ChangeResumed',
  phaseOfStep: {},
  resumedInto: 'QUEUED',
  steps: [
    { name: 'plan', title: 'Plan', begins: 'ChangeRequested', ends: 'ChangePlanned' },
    { name: 'approval', title: 'Approval', begins: 'ChangePlanned', ends: 'ApprovalDecided' },
    { name: 'apply', title: 'In force', begins: 'ApprovalDecided', ends: 'ExceptionGranted' },
  ],
  words: EXCEPTION_WORDS,
};

export const COURSES: Record<RequestKind, Course> = {
  account: ACCOUNT,
  'organizational-unit-change': UNIT_CHANGE,
  'account-change': ACCOUNT_CHANGE,
  'settings-change': SETTINGS_CHANGE,
  'control-exception': EXCEPTION,
};

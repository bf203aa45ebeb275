import { z } from 'zod';
import { apiCall, serviceEvent } from './cloudtrail.schema.ts';
import { AccountId, Arn, Instant, Name, Region, Words } from './common.schema.ts';

const State = z.enum(['SUCCEEDED', 'FAILED']);
const Unit = z.object({ organizationalUnitName: Name.optional(), organizationalUnitId: Name });
const ended = { state: State, message: Words.optional(), completedTimestamp: Instant };

const ManagedAccountStatus = z.object({
  organizationalUnit: Unit,
  account: z.object({ accountName: Name, accountId: z.string() }),
  state: State,
  message: Words.optional(),
  completedTimestamp: Instant.optional(),
});

/** Create, or Update when a failed creation was retried. */
export const AccountDetail = serviceEvent(
  ['CreateManagedAccount', 'UpdateManagedAccount'],
  z.object({
    createManagedAccountStatus: ManagedAccountStatus.optional(),
    updateManagedAccountStatus: ManagedAccountStatus.optional(),
  }),
);

const ControlStatus = z.object({
  ...ended,
  arn: Arn.optional(),
  parentIdentifier: Arn.optional(),
  controlIdentifier: Arn,
  targetIdentifier: Arn,
});

export const ControlDetail = serviceEvent(
  ['EnableControl', 'DisableControl', 'UpdateEnabledControl', 'ResetEnabledControl'],
  z.object({
    enableControlStatus: ControlStatus.optional(),
    disableControlStatus: ControlStatus.optional(),
    updateEnabledControlStatus: ControlStatus.optional(),
    resetEnabledControlStatus: ControlStatus.optional(),
  }),
);

/** The older pair of events, which comes beside that of `ControlDetail`: many controls on many units at once. */
const GuardrailStatus = z.object({
  ...ended,
  organizationalUnits: z.array(Unit).min(1).max(100),
  guardrails: z
    .array(z.object({ guardrailId: Name }))
    .min(1)
    .max(10),
});

export const GuardrailDetail = serviceEvent(
  ['EnableGuardrail', 'DisableGuardrail'],
  z.object({
    enableGuardrailStatus: GuardrailStatus.optional(),
    disableGuardrailStatus: GuardrailStatus.optional(),
  }),
);

const BaselineStatus = z.object({
  enabledBaselineDetails: z.object({
    arn: Arn,
    parentIdentifier: Arn.optional(),
    targetIdentifier: Arn,
    baselineIdentifier: Arn,
    baselineVersion: Name.optional(),
    statusSummary: z.object({ lastOperationIdentifier: Name, status: State }),
  }),
  completedTimestamp: Instant,
});

export const BaselineDetail = serviceEvent(
  ['EnableBaseline', 'DisableBaseline', 'UpdateEnabledBaseline', 'ResetEnabledBaseline'],
  z.object({
    enableBaselineStatus: BaselineStatus.optional(),
    disableBaselineStatus: BaselineStatus.optional(),
    updateEnabledBaselineStatus: BaselineStatus.optional(),
    resetEnabledBaselineStatus: BaselineStatus.optional(),
  }),
);

const FailedPrechecks = z.array(Name).max(50);
const UnitStatus = z.object({ ...ended, organizationalUnit: Unit });
const PrecheckStatus = z.object({
  ...ended,
  organizationalUnit: Unit.extend({ failedPrechecks: FailedPrechecks.optional() }),
  accounts: z
    .array(z.object({ accountId: AccountId, failedPrechecks: FailedPrechecks }))
    .max(1_000)
    .optional(),
});

export const UnitDetail = serviceEvent(
  ['RegisterOrganizationalUnit', 'DeregisterOrganizationalUnit', 'PrecheckOrganizationalUnit'],
  z.object({
    registerOrganizationalUnitStatus: UnitStatus.optional(),
    deregisterOrganizationalUnitStatus: UnitStatus.optional(),
    precheckOrganizationalUnitStatus: PrecheckStatus.optional(),
  }),
);

const LandingZoneStatus = z.object({
  ...ended,
  organizationalUnits: z.array(z.unknown()).optional(),
  accounts: z.array(z.unknown()).optional(),
});

export const LandingZoneDetail = serviceEvent(
  ['SetupLandingZone', 'UpdateLandingZone'],
  z.object({
    setupLandingZoneStatus: LandingZoneStatus.optional(),
    updateLandingZoneStatus: LandingZoneStatus.optional(),
  }),
);

/** Landing zones from 4.0 on say it on the bus, older ones through SNS with members that begin in upper case. */
export const DriftDetail = z.object({
  managementAccountId: AccountId,
  driftType: z.string().regex(/^[A-Z][A-Z_]{1,63}$/),
  message: Words.optional(),
  remediationStep: Words.optional(),
  accountId: AccountId.optional(),
  organizationalUnitId: Name.optional(),
  targetIdentifier: Arn.optional(),
  policyId: Name.optional(),
  controlId: Name.optional(),
  enabledControlIdentifier: Arn.optional(),
  /** In AWS's own sample it holds an account where its text speaks of a unit: shown, never relied on. */
  sourceId: Name.optional(),
  destinationId: Name.optional(),
  region: Region.optional(),
});

const Operation = z.object({ operationIdentifier: Name.optional(), arn: Arn.optional() });

export const CallDetail = apiCall(
  [
    'CreateManagedAccount',
    'UpdateManagedAccount',
    'DeregisterManagedAccount',
    'EnableControl',
    'DisableControl',
    'UpdateEnabledControl',
    'ResetEnabledControl',
    'EnableBaseline',
    'DisableBaseline',
    'UpdateEnabledBaseline',
    'ResetEnabledBaseline',
    'UpdateLandingZone',
    'ResetLandingZone',
  ],
  z
    .object({
      accountName: Name.optional(),
      parentOrganizationalUnitName: Name.optional(),
      controlIdentifier: Arn.optional(),
      baselineIdentifier: Arn.optional(),
      enabledControlIdentifier: Arn.optional(),
      enabledBaselineIdentifier: Arn.optional(),
      targetIdentifier: Arn.optional(),
    })
    .nullish(),
  Operation.nullish(),
);

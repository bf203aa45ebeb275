import { page } from '../paging.ts';
import { AwsError, type Operation, type ServiceModule, type World } from '../world.ts';
import { baselineOperations } from './control-tower/baseline-operations.ts';
import { controlOperations } from './control-tower/control-operations.ts';
import {
  BASELINE_VERSION,
  BASELINES,
  baselineArn,
  type EnabledBaseline,
  LANDING_ZONE,
} from './control-tower/state.ts';
import { managementOnly } from './organizations/tree.ts';

const PAGE = 50;

/** AWS Control Tower: one landing zone, its baselines, and controls of organizational units. */
export function controlTowerService(world: World): ServiceModule {
  const operations = {
    ...landingZoneOperations(world),
    ...baselineOperations(world),
    ...controlOperations(world),
  };
  return { shape: 'controltower', operations: managementOnly(world, operations) };
}

export type LandingZoneDoc = { arn: string; version: string; latestAvailableVersion: string; status: string };

function landingZoneOperations({ store, landingZone }: World): Record<string, Operation> {
  const showBaseline = (baseline: EnabledBaseline) => ({
    arn: baseline.arn,
    baselineIdentifier: baselineArn(landingZone),
    baselineVersion: BASELINE_VERSION,
    targetIdentifier: baseline.target,
    parentIdentifier: baseline.parent,
    statusSummary: { status: baseline.status },
  });
  return {
    ListLandingZones: () => ({
      landingZones: store.values<LandingZoneDoc>(LANDING_ZONE).map(({ arn }) => ({ arn })),
    }),
    GetLandingZone(input: { landingZoneIdentifier: string }) {
      const zone = store
        .values<LandingZoneDoc>(LANDING_ZONE)
        .find(({ arn }) => arn === input.landingZoneIdentifier);
      if (!zone) throw notFound('The landing zone does not exist.');
      const manifest = {
        governedRegions: landingZone.governedRegions,
        centralizedLogging: { accountId: landingZone.logArchiveAccountId, enabled: true },
        securityRoles: { accountId: landingZone.auditAccountId },
        accessManagement: { enabled: true },
      };
      return { landingZone: { ...zone, driftStatus: { status: 'IN_SYNC' }, manifest } };
    },
    ListBaselines: () => ({
      baselines: [
        {
          arn: baselineArn(landingZone),
          name: 'AWSControlTowerBaseline',
          description: 'Sets up resources and mandatory controls for member accounts.',
        },
      ],
    }),
    ListEnabledBaselines(input: ListBaselinesInput) {
      const found = store.values<EnabledBaseline>(BASELINES).filter(wanted(input, baselineArn(landingZone)));
      const { items, nextToken } = page(found, input.nextToken, input.maxResults ?? PAGE);
      return { enabledBaselines: items.map(showBaseline), nextToken };
    },
    GetEnabledBaseline(input: { enabledBaselineIdentifier: string }) {
      const all = store.values<EnabledBaseline>(BASELINES);
      const found = all.find(({ arn }) => arn === input.enabledBaselineIdentifier);
      if (!found) throw notFound('The enabled baseline does not exist.');
      return { enabledBaselineDetails: showBaseline(found) };
    },
  };
}

type ListBaselinesInput = {
  filter?: {
    targetIdentifiers?: string[];
    baselineIdentifiers?: string[];
    parentIdentifiers?: string[];
    statuses?: string[];
  };
  includeChildren?: boolean;
  nextToken?: string;
  maxResults?: number;
};

const wanted =
  ({ filter, includeChildren }: ListBaselinesInput, baseline: string) =>
  ({ targetId, target, parent, status }: EnabledBaseline): boolean =>
    // An account has the baseline as a child of its unit.
    (includeChildren === true || !/^\d{12}$/.test(targetId)) &&
    (filter?.targetIdentifiers?.includes(target) ?? true) &&
    (filter?.baselineIdentifiers?.includes(baseline) ?? true) &&
    (filter?.parentIdentifiers?.includes(parent ?? '') ?? true) &&
    (filter?.statuses?.includes(status) ?? true);

const notFound = (message: string) => new AwsError('ResourceNotFoundException', message, 404);

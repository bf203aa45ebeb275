import type { Store } from '../store.ts';
import { AwsError, type Caller, type ServiceModule, type World } from '../world.ts';
import { type AccountResource, listResources } from './account-resources.ts';

/** The organization's trail as one account has it: its own copy in a member, the real one in management. */
type OrganizationTrail = { isLogging: boolean; startedAt: string; stoppedAt?: string };

const SHADOWS = 'cloudtrail/organization-trail';
const TRAIL_TYPE = 'AWS::CloudTrail::Trail';
export const ORGANIZATION_TRAIL = 'aws-controltower-BaselineCloudTrail';

/** CloudTrail, for reading: the organization's trail as every enrolled account sees it, and trails made by stacks. */
export function cloudTrailService(world: World): ServiceModule {
  return {
    shape: 'cloudtrail',
    operations: {
      DescribeTrails: (
        input: { trailNameList?: string[]; includeShadowTrails?: boolean },
        caller: Caller,
      ) => {
        const isMember = caller.accountId !== world.landingZone.managementAccountId;
        const all = trailsOf(world, caller).filter(
          (trail) => input.includeShadowTrails !== false || !(isMember && trail.IsOrganizationTrail),
        );
        const asked = input.trailNameList ?? [];
        const trailList =
          asked.length === 0
            ? all
            : all.filter((trail) => asked.some((name) => isNamed(caller, trail, name)));
        return { trailList };
      },
      GetTrailStatus: (input: { Name: string }, caller: Caller) => {
        const trail = trailsOf(world, caller).find((one) => isNamed(caller, one, input.Name));
        if (!trail)
          throw new AwsError(
            'TrailNotFoundException',
            `Unknown trail: ${input.Name} for the user: ${caller.accountId}`,
          );
        return status(world, caller, trail);
      },
    },
  };
}

type Trail = ReturnType<typeof organizationTrail> & { KmsKeyId?: string };

function trailsOf(world: World, caller: Caller): Trail[] {
  const own = listResources(world.store, caller.accountId, caller.region, TRAIL_TYPE).map(describeOwn);
  const shared = world.store.get(SHADOWS, caller.accountId) === undefined ? [] : [organizationTrail(world)];
  return [...shared, ...own];
}

function organizationTrail(world: World) {
  const { homeRegion, managementAccountId, logArchiveAccountId, organizationId } = world.landingZone;
  return {
    Name: ORGANIZATION_TRAIL,
    S3BucketName: `aws-controltower-logs-${logArchiveAccountId}-${homeRegion}`,
    S3KeyPrefix: organizationId,
    IncludeGlobalServiceEvents: true,
    IsMultiRegionTrail: true,
    HomeRegion: homeRegion,
    TrailARN: `arn:aws:cloudtrail:${homeRegion}:${managementAccountId}:trail/${ORGANIZATION_TRAIL}`,
    LogFileValidationEnabled: true,
    HasCustomEventSelectors: false,
    HasInsightSelectors: false,
    IsOrganizationTrail: true,
  };
}

function describeOwn({ id, region, properties, attributes }: AccountResource): Trail {
  const isTrue = (name: string) => String(properties[name]) === 'true';
  return {
    Name: id,
    S3BucketName: String(properties.S3BucketName),
    S3KeyPrefix: String(properties.S3KeyPrefix ?? ''),
    ...(properties.KMSKeyId === undefined ? {} : { KmsKeyId: String(properties.KMSKeyId) }),
    IncludeGlobalServiceEvents: isTrue('IncludeGlobalServiceEvents'),
    IsMultiRegionTrail: isTrue('IsMultiRegionTrail'),
    HomeRegion: region,
    TrailARN: String(attributes.Arn),
    LogFileValidationEnabled: isTrue('EnableLogFileValidation'),
    HasCustomEventSelectors: properties.EventSelectors !== undefined,
    HasInsightSelectors: false,
    IsOrganizationTrail: isTrue('IsOrganizationTrail'),
  };
}

/** A member knows the organization's trail by its ARN alone: the name belongs to the management account. */
function isNamed(caller: Caller, trail: Trail, name: string): boolean {
  const owner = trail.TrailARN.split(':')[4];
  return name === trail.TrailARN || (owner === caller.accountId && name === trail.Name);
}

function status(world: World, caller: Caller, trail: Trail) {
  const shadow = trail.IsOrganizationTrail && world.store.get<OrganizationTrail>(SHADOWS, caller.accountId);
  const own = listResources(world.store, caller.accountId, caller.region, TRAIL_TYPE).find(
    (one) => one.id === trail.Name,
  );
  const isLogging = shadow ? shadow.isLogging : String(own?.properties.IsLogging) === 'true';
  const startedAt = shadow ? shadow.startedAt : (own?.createdAt ?? '');
  const delivered = new Date(world.scheduler.now()).toISOString();
  return {
    IsLogging: isLogging,
    StartLoggingTime: startedAt,
    ...(shadow && shadow.stoppedAt !== undefined ? { StopLoggingTime: shadow.stoppedAt } : {}),
    ...(isLogging ? { LatestDeliveryTime: delivered, LatestDigestDeliveryTime: delivered } : {}),
  };
}

/** Gives an account its copy of the organization's trail. */
export function putOrganizationTrail(world: World, accountId: string): void {
  const startedAt = new Date(world.scheduler.now()).toISOString();
  world.store.put(SHADOWS, accountId, { isLogging: true, startedAt } satisfies OrganizationTrail);
}

/** Knob: stops or starts the organization's trail in one account. */
export function setTrailLogging(world: World, accountId: string, isLogging: boolean): void {
  const now = new Date(world.scheduler.now()).toISOString();
  const old = world.store.get<OrganizationTrail>(SHADOWS, accountId) ?? { isLogging, startedAt: now };
  const next: OrganizationTrail = isLogging
    ? { isLogging, startedAt: now }
    : { isLogging, startedAt: old.startedAt, stoppedAt: now };
  world.store.transaction(() => world.store.put(SHADOWS, accountId, next));
}

export function trailIsLogging(store: Store, accountId: string): boolean {
  return store.get<OrganizationTrail>(SHADOWS, accountId)?.isLogging === true;
}

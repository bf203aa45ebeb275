import type { AwsEvent, Caller, LandingZone, World } from './world.ts';

/**
 * CloudTrail records as EventBridge delivers them: what a service did by itself ("AWS Service Event") and what
 * somebody asked of it ("AWS API Call"). Only the management account's home Region sees them.
 */
type NewEvent = Parameters<World['emit']>[0];

export type ServiceEvent = {
  /** 'controltower', 'organizations' */
  service: string;
  eventName: string;
  eventVersion: string;
  serviceEventDetails: Record<string, unknown>;
  /** Newer records carry the members of management events as well. */
  managementEvent?: boolean;
  invokedBy?: string;
};

export function serviceEvent(world: World, event: ServiceEvent): NewEvent {
  const { landingZone, random, scheduler } = world;
  const invokedBy = event.invokedBy ?? 'AWS Internal';
  return envelope(landingZone, event.service, 'AWS Service Event via CloudTrail', {
    eventVersion: event.eventVersion,
    userIdentity: { accountId: landingZone.managementAccountId, invokedBy },
    eventTime: isoSeconds(scheduler.now()),
    eventSource: `${event.service}.amazonaws.com`,
    eventName: event.eventName,
    awsRegion: landingZone.homeRegion,
    sourceIPAddress: invokedBy,
    userAgent: invokedBy,
    ...(event.managementEvent ? { requestParameters: null, responseElements: null } : {}),
    eventID: random.uuid(),
    readOnly: false,
    eventType: 'AwsServiceEvent',
    ...(event.managementEvent
      ? { managementEvent: true, recipientAccountId: landingZone.managementAccountId }
      : {}),
    serviceEventDetails: event.serviceEventDetails,
    ...(event.managementEvent ? { eventCategory: 'Management' } : {}),
  });
}

export type ApiCallEvent = {
  service: string;
  eventName: string;
  caller: Caller;
  requestParameters: Record<string, unknown> | null;
  responseElements?: Record<string, unknown> | null;
};

export function apiCallEvent(world: World, event: ApiCallEvent): NewEvent {
  const { landingZone, random, scheduler } = world;
  const time = isoSeconds(scheduler.now());
  return envelope(landingZone, event.service, 'AWS API Call via CloudTrail', {
    eventVersion: '1.11',
    userIdentity: userIdentity(event.caller, time),
    eventTime: time,
    eventSource: `${event.service}.amazonaws.com`,
    eventName: event.eventName,
    awsRegion: landingZone.homeRegion,
    sourceIPAddress: 'states.amazonaws.com',
    userAgent: 'states.amazonaws.com',
    requestParameters: event.requestParameters,
    responseElements: event.responseElements ?? null,
    requestID: random.uuid(),
    eventID: random.uuid(),
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: landingZone.managementAccountId,
    eventCategory: 'Management',
  });
}

function userIdentity(caller: Caller, time: string) {
  const userName = caller.principalArn.split('/').at(-1) ?? '';
  const principalId = `AROA${Buffer.from(userName).toString('hex').toUpperCase().slice(0, 17).padEnd(17, '0')}`;
  return {
    type: 'AssumedRole',
    principalId: `${principalId}:session`,
    arn: `arn:aws:sts::${caller.accountId}:assumed-role/${userName}/session`,
    accountId: caller.accountId,
    accessKeyId: 'ASIAEXAMPLEKEY000000',
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId,
        arn: caller.principalArn,
        accountId: caller.accountId,
        userName,
      },
      webIdFederationData: {},
      attributes: { creationDate: time, mfaAuthenticated: 'false' },
    },
  };
}

function envelope(
  landingZone: LandingZone,
  service: string,
  detailType: string,
  detail: AwsEvent['detail'],
): NewEvent {
  return {
    'detail-type': detailType,
    source: `aws.${service}`,
    account: landingZone.managementAccountId,
    region: landingZone.homeRegion,
    resources: [],
    detail,
  };
}

/** `2026-03-04T10:15:30Z` */
export const isoSeconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** `2026-03-04T10:15:30+0000`, as Control Tower writes times into its events. */
export const offsetTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}+0000`;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Mar 4, 2026 9:58:12 AM` (UTC), as Organizations and Service Catalog write times into their events. */
export function spokenTime(ms: number): string {
  const date = new Date(ms);
  const two = (n: number) => String(n).padStart(2, '0');
  const hour = date.getUTCHours();
  const clock = `${hour % 12 === 0 ? 12 : hour % 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  const day = `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
  return `${day} ${clock} ${hour < 12 ? 'AM' : 'PM'}`;
}

import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { INBOX_URL } from '../asl/message.ts';
import { firstPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { elseGiveUp, GIVE_UP, part } from './parts.ts';

/** The organization itself, and the landing zone on it. */
export const organization: States = {
  'Read the input': pass({
    assign: {
      inbox: INBOX_URL,
      region: expr("$split($states.context.StateMachine.Id, ':')[3]"),
      snapshotId: expr('$states.input.snapshotId'),
      order: 1,
      part: 1,
      units: 0,
      toRead: [],
      failure: expr("{'error': '', 'cause': ''}"),
      ...firstPage('page'),
    },
    next: 'Read the organization',
  }),
  'Read the organization': sdk('organizations:describeOrganization', {
    retry: whilePassing('organizations'),
    catch: [elseGiveUp],
    assign: { organization: expr('$states.result.Organization') },
    next: 'Read the root',
  }),
  'Read the root': sdk('organizations:listRoots', {
    retry: whilePassing('organizations'),
    catch: [elseGiveUp],
    assign: { root: expr("$states.result.Roots[0].{'Id': Id, 'Arn': Arn, 'Name': Name}") },
    next: 'Look for the landing zone',
  }),
  'Look for the landing zone': sdk('controltower:listLandingZones', {
    retry: whilePassing('controltower'),
    catch: [elseGiveUp],
    assign: {
      landingZones: expr('$count($states.result.LandingZones)'),
      landingZoneArn: expr(
        "$exists($states.result.LandingZones[0]) ? $states.result.LandingZones[0].Arn : ''",
      ),
    },
    next: 'Is there a landing zone?',
  }),
  'Is there a landing zone?': choice({
    rules: [when('$landingZones > 0', 'Read the landing zone')],
    assign: {
      failure: { error: 'NoLandingZone', cause: 'Control Tower has no landing zone in this Region.' },
    },
    otherwise: GIVE_UP,
  }),
  'Read the landing zone': sdk('controltower:getLandingZone', {
    arguments: { LandingZoneIdentifier: expr('$landingZoneArn') },
    retry: whilePassing('controltower'),
    catch: [elseGiveUp],
    assign: {
      landingZone: expr(
        `$states.result.LandingZone.{'arn': $landingZoneArn, 'version': Version, 'status': Status,
          'latestAvailableVersion': LatestAvailableVersion, 'governedRegions': [Manifest.governedRegions]}`,
      ),
    },
    next: 'Part: the organization',
  }),
  'Part: the organization': part(
    'organization',
    `{'Organization': $organization, 'Root': $root, 'LandingZone': $landingZone, 'HomeRegion': $region,
      'ReadFrom': $states.context.Execution.StartTime}`,
    {
      assign: { queue: expr("[$merge([$root, {'ParentId': null, 'Path': ''}])]") },
      next: 'Is there another unit?',
    },
  ),
};

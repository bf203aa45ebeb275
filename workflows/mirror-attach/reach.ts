import { otherwise } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { asMirror, TAG } from './filter.ts';

/**
 * Whether a route table leads to the hub: of the routes that hold all of its block the narrowest decides, and it has to go
 * over a transit gateway, a peering, or stay within the VPC (subnets that are shared). IPv4.
 */
const REACHES = `(
  $n := function($address) { $reduce([$split($address, '.').$number($)], function($sum, $octet) { $sum * 256 + $octet }) };
  $holds := function($cidr) { (
    $of := $split($cidr, '/'); $in := $split($hub, '/'); $size := $power(2, 32 - $number($of[1]));
    $number($of[1]) <= $number($in[1]) and $floor($n($of[0]) / $size) = $floor($n($in[0]) / $size)) };
  [$states.result.RouteTables.{
    'vpc': VpcId,
    'main': $count(Associations[Main = true]) > 0,
    'subnets': [Associations.SubnetId],
    'reaches': $hub = '' ? true : (
      $ways := [Routes[$exists(DestinationCidrBlock)][$holds(DestinationCidrBlock)]];
      $way := $sort($ways, function($l, $r) {
        $number($split($l.DestinationCidrBlock, '/')[1]) < $number($split($r.DestinationCidrBlock, '/')[1]) })[0];
      $exists($way) and $way.State = 'active'
        and ($exists($way.TransitGatewayId) or $exists($way.VpcPeeringConnectionId) or $way.GatewayId = 'local'))
  }]
)`;

/** Is the target shared with this account, and do its route tables lead to the hub? Copies follow them. */
export const reach: States = {
  'Look for the targets': sdk('ec2:describeTrafficMirrorTargets', {
    comment:
      'An account sees the targets that are shared with it; a filter finds those, where ids fail for one that it does not see.',
    as: asMirror,
    arguments: {
      Filters: [
        {
          Name: 'traffic-mirror-target-id',
          Values: expr(
            `$distinct([$append($targetId, $zones = '' ? [] : $map($split($zones, ' '), function($one) { $split($one, '=')[1] }))])`,
          ),
        },
      ],
    },
    retry: whilePassing('ec2'),
    catch: [
      otherwise('List the route tables', {
        notShared: expr(
          "'the target ' & $targetId & ' cannot be seen: ' & $substring($string($states.errorOutput.Cause), 0, 200)",
        ),
      }),
    ],
    assign: {
      seen: expr('[$states.result.TrafficMirrorTargets.TrafficMirrorTargetId]'),
      notShared: expr(
        `$count($states.result.TrafficMirrorTargets) = 0 ? 'the target ' & $targetId & ' is not shared with the account' : ''`,
      ),
    },
    next: 'List the route tables',
  }),
  'List the route tables': sdk('ec2:describeRouteTables', {
    as: asMirror,
    arguments: pageOf("{'MaxResults': 100}", { variable: 'page' }),
    retry: whilePassing('ec2'),
    assign: { tables: expr(`[$append($tables, ${REACHES})]`), ...turnPage('page') },
    next: 'Are there more route tables?',
  }),
  'Are there more route tables?': choice({
    rules: [when(morePages('page'), 'List the route tables')],
    otherwise: 'Can the hub be reached?',
  }),
  'Can the hub be reached?': pass({
    comment: 'An account without a network has nothing that could fail to reach it.',
    assign: {
      refusal: expr(
        `$notShared != '' ? $notShared
          : $count($tables) > 0 and $count($tables[reaches]) = 0
            ? 'no route table leads to the hub ' & $hub & ' over a transit gateway or a peering' : ''`,
      ),
    },
    next: 'Is it armed?',
  }),
  'Take the subnets': choice({
    rules: [when(`$zones != '' or $exists($lookup($filterTags, '${TAG}tiers'))`, 'List the subnets')],
    otherwise: 'List the interfaces',
  }),
  'List the subnets': sdk('ec2:describeSubnets', {
    comment: 'The VPC of the blueprint names its subnets jetway-<tier>-<zone>.',
    as: asMirror,
    arguments: pageOf("{'MaxResults': 100}", { variable: 'page' }),
    retry: whilePassing('ec2'),
    assign: {
      subnets: expr(
        `[$append($subnets, ($asked := $lookup($filterTags, '${TAG}tiers');
          $tiers := $exists($asked) ? $split($asked, ' ') : [];
          $states.result.Subnets[
            $contains(Tags[Key = 'Name'].Value, /^jetway-/) and $split(Tags[Key = 'Name'].Value, '-')[1] in $tiers
          ].SubnetId))]`,
      ),
      zoneOf: expr(
        "$zones = '' ? {} : $merge([$zoneOf, $states.result.Subnets.{SubnetId: AvailabilityZoneId}])",
      ),
      ...turnPage('page'),
    },
    next: 'Are there more subnets?',
  }),
  'Are there more subnets?': choice({
    rules: [when(morePages('page'), 'List the subnets')],
    otherwise: 'List the interfaces',
  }),
};

import { otherwise } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { asMirror } from './filter.ts';

/** Reasons that are told of an account; they are alike mostly. */
const MOST_REASONS = 3;

/** Whether a block holds all of the hub's. IPv4. */
const HOLDS = `
  $n := function($address) { $reduce([$split($address, '.').$number($)], function($sum, $octet) { $sum * 256 + $octet }) };
  $holds := function($cidr) { (
    $of := $split($cidr, '/'); $in := $split($hub, '/'); $size := $power(2, 32 - $number($of[1]));
    $number($of[1]) <= $number($in[1]) and $floor($n($of[0]) / $size) = $floor($n($in[0]) / $size)) };`;

/**
 * Why a route table does not lead to the hub, '' where it does: of the routes that hold all of its block the narrowest decides,
 * and it has to go over a transit gateway, a peering, or stay within the VPC (subnets that are shared). Over which, where the VPC is
 * the account's own: of another's VPC it sees the routes only.
 */
const ROUTES = `(${HOLDS}
  [$states.result.RouteTables.(
    $table := $;
    $ways := $hub = '' ? [] : [Routes[$exists(DestinationCidrBlock)][$holds(DestinationCidrBlock)]];
    $way := $sort($ways, function($l, $r) {
      $number($split($l.DestinationCidrBlock, '/')[1]) < $number($split($r.DestinationCidrBlock, '/')[1]) })[0];
    $over := $exists($way.TransitGatewayId) ? $way.TransitGatewayId : $way.VpcPeeringConnectionId;
    $of := 'the route ' & $way.DestinationCidrBlock & ' of ' & $table.RouteTableId;
    $other := [$way.NatGatewayId, $way.GatewayId, $way.NetworkInterfaceId, $way.CoreNetworkArn, 'something else'][0];
    {
      'vpc': $table.VpcId,
      'main': $count($table.Associations[Main = true]) > 0,
      'subnets': [$table.Associations.SubnetId],
      'way': $exists($over) and $way.State = 'active' and $table.OwnerId = $accountId ? $over : '',
      'why': $hub = '' ? ''
        : $not($exists($way)) ? 'no route of ' & $table.RouteTableId & ' leads to the hub ' & $hub & ': add one over a transit gateway or a peering'
        : $way.State != 'active' ? $of & ' leads nowhere (' & $way.State & '): its attachment or peering is gone; make it anew, and the route'
        : $exists($over) or $way.GatewayId = 'local' ? ''
        : $of & ' leads to ' & $other & ', not to the hub ' & $hub & ': add a narrower one over a transit gateway or a peering'
    })
  ]
)`;

/** The same with what the account's own attachments and peerings are: an active route may lead over one that does not work yet. */
const WEIGHED = `(${HOLDS}
  [$tables.(
    $table := $;
    $over := $attachments[on = $table.way & ' ' & $table.vpc];
    $peering := $peerings[id = $table.way][0];
    $wrong := $table.why != '' or $table.way = '' ? $table.why
      : $substring($table.way, 0, 4) = 'tgw-' ? (
        $count($over[state in ['available', 'modifying']]) > 0 ? ''
        : $exists($over) ? 'the attachment ' & $over[0].id & ' of ' & $table.vpc & ' to ' & $table.way & ' is ' & $over[0].state
          & ($over[0].state = 'pendingAcceptance' ? ': accept it in the account of the transit gateway' : ': wait for it, or make it anew')
        : $table.vpc & ' is not attached to ' & $table.way & ': attach it')
      : $not($exists($peering)) ? 'the peering ' & $table.way & ' is gone: make it anew, and the route'
      : $peering.state != 'active' ? 'the peering ' & $table.way & ' is ' & $peering.state
          & ($peering.state = 'pending-acceptance' ? ': accept it in the account of the hub' : ': make it anew')
      : $count($distinct($peering.regions)) > 1 ? 'the peering ' & $table.way & ' leads to another Region: AWS mirrors within one'
      : $count($filter($peering.cidrs, $holds)) = 0 ? 'the peering ' & $table.way & ' joins ' & $join($peering.cidrs, ' and ')
          & ': neither holds the hub ' & $hub
      : '';
    $merge([$table, {'why': $wrong}])
  )]
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
      isHidden: expr('$count($states.result.TrafficMirrorTargets) = 0'),
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
    assign: { tables: expr(`[$append($tables, ${ROUTES})]`), ...turnPage('page') },
    next: 'Are there more route tables?',
  }),
  'Are there more route tables?': choice({
    rules: [
      when(morePages('page'), 'List the route tables'),
      when('$count($tables[$contains(way, /^tgw-/)]) > 0', 'List the attachments'),
      when("$count($tables[way != '']) > 0", 'List the peerings'),
    ],
    otherwise: 'Can the hub be reached?',
  }),
  'List the attachments': sdk('ec2:describeTransitGatewayVpcAttachments', {
    comment: 'Who may not look, as with a role from before, is believed the routes.',
    as: asMirror,
    arguments: pageOf("{'MaxResults': 100}", { variable: 'page' }),
    retry: whilePassing('ec2'),
    catch: [otherwise('Can the hub be reached?', { page: expr("''") })],
    assign: {
      attachments: expr(
        `[$append($attachments, $states.result.TransitGatewayVpcAttachments.{
            'on': TransitGatewayId & ' ' & VpcId, 'id': TransitGatewayAttachmentId, 'state': State})]`,
      ),
      ...turnPage('page'),
    },
    next: 'Are there more attachments?',
  }),
  'Are there more attachments?': choice({
    rules: [when(morePages('page'), 'List the attachments')],
    otherwise: 'List the peerings',
  }),
  'List the peerings': sdk('ec2:describeVpcPeeringConnections', {
    as: asMirror,
    arguments: pageOf("{'MaxResults': 100}", { variable: 'page' }),
    retry: whilePassing('ec2'),
    catch: [otherwise('Can the hub be reached?', { page: expr("''") })],
    assign: {
      peerings: expr(
        `[$append($peerings, $states.result.VpcPeeringConnections.{
            'id': VpcPeeringConnectionId, 'state': Status.Code,
            'regions': [RequesterVpcInfo.Region, AccepterVpcInfo.Region],
            'cidrs': [RequesterVpcInfo.CidrBlockSet.CidrBlock, AccepterVpcInfo.CidrBlockSet.CidrBlock]})]`,
      ),
      ...turnPage('page'),
    },
    next: 'Are there more peerings?',
  }),
  'Are there more peerings?': choice({
    rules: [when(morePages('page'), 'List the peerings')],
    otherwise: 'Weigh the ways',
  }),
  'Weigh the ways': pass({ assign: { tables: expr(WEIGHED) }, next: 'Can the hub be reached?' }),
  'Can the hub be reached?': pass({
    comment:
      'An account without a network has nothing that could fail to reach it. What is nearest to working is told first.',
    assign: {
      refusal: expr(
        `$notShared != '' ? $notShared
          : $count($tables) > 0 and $count($tables[why = '']) = 0
            ? $join($filter($distinct([$tables[way != ''].why, $tables.why]), function($one, $i) { $i < ${MOST_REASONS} }), '; ') : ''`,
      ),
    },
    next: 'Is it known why it is not shared?',
  }),
  'Is it known why it is not shared?': choice({
    rules: [when('$count($filters) = 0 and $not($isEvent) and $isHidden', 'Is sharing switched on?')],
    otherwise: 'Is it armed?',
  }),
  'Is sharing switched on?': sdk('organizations:listAWSServiceAccessForOrganization', {
    comment: 'Without it no share with the organization reaches anybody. Asked in the management account.',
    arguments: pageOf("{'MaxResults': 20}", { variable: 'page' }),
    retry: whilePassing('organizations'),
    catch: [otherwise('Is it armed?', { page: expr("''") })],
    assign: {
      shares: expr(
        `$shares or $count($states.result.EnabledServicePrincipals[ServicePrincipal = 'ram.amazonaws.com']) > 0`,
      ),
      ...turnPage('page'),
    },
    next: 'Are there more services?',
  }),
  'Are there more services?': choice({
    rules: [when(morePages('page'), 'Is sharing switched on?')],
    otherwise: 'Say where it is to be shared',
  }),
  'Say where it is to be shared': pass({
    assign: {
      refusal: expr(
        `$notShared & ($shares
          ? ': its share, in the account of the hub (RAM console, Shared by me), has to name the organization'
          : ': sharing with the organization is off; switch it on in the management account (aws ram enable-sharing-with-aws-organization)')`,
      ),
    },
    next: 'Is it armed?',
  }),
  'Take the subnets': choice({
    rules: [when("$zones != '' or $count($filters.tiers) > 0", 'List the subnets')],
    otherwise: 'List the interfaces',
  }),
  'List the subnets': sdk('ec2:describeSubnets', {
    comment: 'The VPC of the blueprint names its subnets jetway-<tier>-<zone>.',
    as: asMirror,
    arguments: pageOf("{'MaxResults': 100}", { variable: 'page' }),
    retry: whilePassing('ec2'),
    assign: {
      subnets: expr(
        `[$append($subnets, $states.result.Subnets[$contains(Tags[Key = 'Name'].Value, /^jetway-/)].{
          'id': SubnetId, 'tier': $split(Tags[Key = 'Name'].Value, '-')[1]})]`,
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

import { deepEqual, equal, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import type { Send } from './judge-infra.ts';
import { REGION } from './moto-deployment.ts';
import type { Report } from './report.ts';

const TOPIC = 'mirror hub';
const STACK = 'jetway-mirror-hub';
const ZONES = [`${REGION}a`, `${REGION}b`] as const;
/** What only a Network Load Balancer or a Gateway Load Balancer has, and what moto's CloudFormation has no type for. */
const NO_TYPE = ['AWS::EC2::TrafficMirrorTarget', 'AWS::RAM::ResourceShare'];

type Kind = 'network-interface' | 'network-load-balancer' | 'gateway-load-balancer-endpoint';
type Template = { Resources: Record<string, { Type: string; Condition?: string }>; Outputs: object };

/**
 * The hub's template deployed by moto as far as it goes, then its targets and a filter by the API: that they are taken as
 * the template and `mirror-attach` write them, and found again as `mirror-attach` asks for them.
 */
export function judgeMirrorHub(report: Report, send: Send): void {
  const path = join(packageRoot(), 'infra', 'aws', 'mirror-hub.template.json');
  const template = JSON.parse(readFileSync(path, 'utf8')) as Template;
  const made = judgeStack(report, send, template);
  for (const kind of ['network-load-balancer', 'gateway-load-balancer-endpoint'] as const)
    report.cannotJudge(TOPIC, `TargetKind ${kind}: moto knows no UDP or GENEVE`, () => {
      const answer = create(send, `${STACK}-${kind.slice(0, 7)}`, template, kind);
      return !('output' in answer);
    });
  for (const type of NO_TYPE)
    report.cannotJudge(TOPIC, `${type}: moto's CloudFormation has no such type`, () =>
      Object.entries(template.Resources).every(([id, { Type }]) => Type !== type || !made.has(id)),
    );
  judgeTargets(report, send, made);
  judgeFilter(report, send);
}

/** Outputs name what moto has no type for, so they are left out. */
function create(send: Send, StackName: string, { Outputs: _outputs, ...template }: Template, kind: Kind) {
  const parameters = {
    ...{
      OrganizationArn: 'arn:aws:organizations::111122223333:organization/o-exampleorg1',
      TargetKind: kind,
    },
    ...{ AvailabilityZone1: ZONES[0], AvailabilityZone2: ZONES[1] },
  };
  return send('cloudformation', 'CreateStack', {
    StackName,
    TemplateBody: JSON.stringify(template),
    Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    })),
  });
}

/** @returns physical ids by logical ids */
function judgeStack(report: Report, send: Send, template: Template): Map<string, string> {
  const made = new Map<string, string>();
  report.check(TOPIC, 'is made with an interface in each zone', () => {
    const answer = create(send, STACK, template, 'network-interface');
    ok('output' in answer, JSON.stringify(answer).slice(0, 500));
    const found = outputOf(send('cloudformation', 'DescribeStackResources', { StackName: STACK }));
    for (const { LogicalResourceId: id, PhysicalResourceId: physical } of found.StackResources)
      if (id !== undefined) made.set(id, physical);
    const wanted = Object.entries(template.Resources)
      .filter(
        ([, { Type, Condition }]) =>
          !NO_TYPE.includes(Type) && (Condition ?? 'IsInterface') === 'IsInterface',
      )
      .map(([id]) => id);
    deepEqual([...made.keys()].sort(), wanted.sort());
    const { NetworkInterfaces } = outputOf(
      send('ec2', 'DescribeNetworkInterfaces', {
        NetworkInterfaceIds: [made.get('Interface'), made.get('Interface2')],
      }),
    );
    deepEqual(NetworkInterfaces.map((one: { AvailabilityZone: string }) => one.AvailabilityZone).sort(), [
      ...ZONES,
    ]);
  });
  return made;
}

/** As the template writes them, and found by the filter that `mirror-attach` asks with. */
function judgeTargets(report: Report, send: Send, made: ReadonlyMap<string, string>): void {
  report.check(TOPIC, 'a target for each interface is found by its id, and none that is not there', () => {
    const ids = ['Interface', 'Interface2'].map((id) => {
      const { TrafficMirrorTarget } = outputOf(
        send('ec2', 'CreateTrafficMirrorTarget', { NetworkInterfaceId: made.get(id), Description: id }),
      );
      equal(TrafficMirrorTarget.Type, 'network-interface');
      return TrafficMirrorTarget.TrafficMirrorTargetId as string;
    });
    const find = (Values: string[]) =>
      outputOf(
        send('ec2', 'DescribeTrafficMirrorTargets', {
          Filters: [{ Name: 'traffic-mirror-target-id', Values }],
        }),
      ).TrafficMirrorTargets.map((one: { TrafficMirrorTargetId: string }) => one.TrafficMirrorTargetId);
    deepEqual(find([...ids, 'tmt-0fedcba9876543210']).sort(), [...ids].sort());
    deepEqual(find(['tmt-0fedcba9876543210']), []);
  });
}

function judgeFilter(report: Report, send: Send): void {
  let filterId = '';
  report.check(
    TOPIC,
    'a filter is made once for its token, and found by the tag that arms an account',
    () => {
      const filter = {
        Description: 'Jetway: oracle',
        ClientToken: 'oracle-filter',
        TagSpecifications: [
          {
            ResourceType: 'traffic-mirror-filter',
            Tags: [{ Key: 'jetway:mirror-profile', Value: 'security-standard' }],
          },
        ],
      };
      const { TrafficMirrorFilter } = outputOf(send('ec2', 'CreateTrafficMirrorFilter', filter));
      filterId = TrafficMirrorFilter.TrafficMirrorFilterId;
      const { TrafficMirrorFilters } = outputOf(
        send('ec2', 'DescribeTrafficMirrorFilters', {
          Filters: [{ Name: 'tag-key', Values: ['jetway:mirror-profile'] }],
        }),
      );
      deepEqual(
        TrafficMirrorFilters.map((one: { TrafficMirrorFilterId: string }) => one.TrafficMirrorFilterId),
        [filterId],
      );
    },
  );
  const rule = {
    ...{
      TrafficMirrorFilterId: filterId,
      TrafficDirection: 'ingress',
      RuleNumber: 100,
      RuleAction: 'accept',
    },
    ...{ SourceCidrBlock: '0.0.0.0/0', DestinationCidrBlock: '0.0.0.0/0' },
  };
  report.cannotJudge(
    TOPIC,
    'rules: moto has none',
    () => !('output' in send('ec2', 'CreateTrafficMirrorFilterRule', rule)),
  );
  report.cannotJudge(
    TOPIC,
    'sessions: moto has none, nor shares of targets with another account',
    () => !('output' in send('ec2', 'DescribeTrafficMirrorSessions')),
  );
}

// biome-ignore lint/suspicious/noExplicitAny: answers of many operations; each check knows its own
function outputOf(answer: ReturnType<Send>): any {
  if ('output' in answer) return answer.output;
  throw new Error(JSON.stringify(answer).slice(0, 500));
}

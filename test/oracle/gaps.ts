import type { LocalAws } from '../../infra/local/index.ts';
import { type Ask, askIn } from './judges/ask.ts';
import type { Moto } from './moto.ts';
import type { MotoAbilities } from './moto-server.ts';
import type { Report } from './report.ts';
import { managementRoleOf } from './twin.ts';

const TOPIC = 'gaps';

type Place = { moto: Moto; aws: LocalAws; url: string; abilities: MotoAbilities };

/** What moto 5.2.1 lacks. Each line proves that it still does. */
export function judgeGaps(report: Report, place: Place & { member: string; bystander: string }): void {
  const { moto, aws, member, bystander, abilities } = place;
  for (const what of abilities.filled) {
    report.cannotJudge(TOPIC, `${what}, without what the oracle lends it`, () => true);
  }
  for (const what of abilities.learnt) report.cannotJudge(TOPIC, what, () => false);
  report.cannotJudge(
    TOPIC,
    'whether a role may be assumed (the oracle reads the trust document itself)',
    () => {
      const roleArn = `arn:aws:iam::${member}:role/there-is-no-such-role`;
      return moto.call('sts', 'GetCallerIdentity', {}, { roleArn, region: aws.region }).Account === member;
    },
  );
  report.cannotJudge(TOPIC, 'what a service control policy denies', () => scpIsIgnored(place, bystander));
  report.cannotJudge(
    TOPIC,
    'stack sets for one account of a unit (the embedded ones serve; of each instance moto makes the stack)',
    () => wholeUnitIsTaken(place, member, bystander),
  );
  report.cannotJudge(TOPIC, "the organization's trail seen from a member (the oracle puts one there)", () => {
    const { trailList } = askIn(moto, bystander, aws.region)('cloudtrail', 'DescribeTrails');
    return trailList.every((trail: { TrailARN: string }) => trail.TrailARN.split(':')[4] === bystander);
  });
  report.cannotJudge(TOPIC, 'what a Config rule finds', () =>
    refuses(() => askIn(moto, member, aws.region)('config', 'DescribeComplianceByConfigRule')),
  );
  const ask = askIn(moto, bystander, aws.region);
  report.cannotJudge(TOPIC, 'allowed patterns of template parameters, and capabilities', () => {
    made(ask, ROLE_PROBE, [{ ParameterKey: 'P', ParameterValue: 'no digit' }], () => undefined);
    return true;
  });
  report.cannotJudge(TOPIC, 'EnableDnsHostnames and MapPublicIpOnLaunch of a template', () =>
    made(ask, NETWORK_PROBE, [], ([vpc, subnet]) => {
      const attribute = { VpcId: vpc, Attribute: 'enableDnsHostnames' };
      const names = ask('ec2', 'DescribeVpcAttribute', attribute).EnableDnsHostnames.Value;
      const [{ MapPublicIpOnLaunch }] = ask('ec2', 'DescribeSubnets', { SubnetIds: [subnet] }).Subnets;
      return names === false && MapPublicIpOnLaunch === true;
    }),
  );
}

const ROLE_PROBE = {
  Parameters: { P: { Type: 'String', AllowedPattern: '[0-9]+' } },
  Resources: {
    R: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'probe', AssumeRolePolicyDocument: {} } },
  },
};

const NETWORK_PROBE = {
  Resources: {
    A: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.9.0.0/16', EnableDnsHostnames: true } },
    B: {
      Type: 'AWS::EC2::Subnet',
      Properties: {
        VpcId: { Ref: 'A' },
        CidrBlock: '10.9.0.0/24',
        AvailabilityZone: 'us-east-1a',
        MapPublicIpOnLaunch: false,
      },
    },
  },
};

/** Makes a stack, looks at its resources by their ids in the order of their names, and deletes it. */
function made<T>(ask: Ask, template: object, Parameters: object[], look: (ids: string[]) => T): T {
  const StackName = 'probe';
  ask('cloudformation', 'CreateStack', { StackName, TemplateBody: JSON.stringify(template), Parameters });
  const { StackResources } = ask('cloudformation', 'DescribeStackResources', { StackName });
  const ids = (StackResources as { LogicalResourceId: string; PhysicalResourceId: string }[])
    .sort((a, b) => a.LogicalResourceId.localeCompare(b.LogicalResourceId))
    .map(({ PhysicalResourceId }) => PhysicalResourceId);
  const seen = look(ids);
  ask('cloudformation', 'DeleteStack', { StackName });
  return seen;
}

/** Asked for one account of a unit, moto's stack set goes into all of them. */
function wholeUnitIsTaken({ moto, aws }: Place, member: string, bystander: string): boolean {
  const as = { roleArn: managementRoleOf(aws), region: aws.region };
  const ask: Ask = (action, operation, input = {}) => moto.call(action, operation, input, as);
  const [{ Id }] = ask('organizations', 'ListParents', { ChildId: member }).Parents;
  const StackSetName = 'probe';
  const TemplateBody = JSON.stringify({ Resources: { T: { Type: 'AWS::SNS::Topic' } } });
  ask('cloudformation', 'CreateStackSet', { StackSetName, TemplateBody, PermissionModel: 'SERVICE_MANAGED' });
  const only = { OrganizationalUnitIds: [Id], Accounts: [member], AccountFilterType: 'INTERSECTION' };
  const target = { StackSetName, DeploymentTargets: only, Regions: [aws.region] };
  ask('cloudformation', 'CreateStackInstances', target);
  const { Summaries } = ask('cloudformation', 'ListStackInstances', { StackSetName });
  return Summaries.some(({ Account }: { Account: string }) => Account === bystander);
}

/** Denied everything, the account is still served. */
function scpIsIgnored({ moto, aws }: Place, accountId: string): boolean {
  const as = { roleArn: managementRoleOf(aws), region: aws.region };
  const Content = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }],
  });
  const policy = { Name: 'deny-all', Description: 'gap', Content, Type: 'SERVICE_CONTROL_POLICY' };
  const { Policy } = moto.call('organizations', 'CreatePolicy', policy, as);
  const attachment = { PolicyId: Policy.PolicySummary.Id, TargetId: accountId };
  moto.call('organizations', 'AttachPolicy', attachment, as);
  const isIgnored = !refuses(() => askIn(moto, accountId, aws.region)('ec2', 'DescribeVpcs'));
  moto.call('organizations', 'DetachPolicy', attachment, as);
  return isIgnored;
}

function refuses(ask: () => unknown): boolean {
  try {
    ask();
    return false;
  } catch {
    return true;
  }
}

/** Services that moto has not at all, or not the part that matters: a call is not answered as AWS would. */
export async function judgeMissingServices(report: Report, url: string): Promise<void> {
  const asked: [what: string, service: string, target: string][] = [
    [
      'Account Factory (Service Catalog provisions nothing)',
      'servicecatalog',
      'AWS242ServiceCatalogService.ProvisionProduct',
    ],
    ['Service Quotas of Organizations', 'servicequotas', 'ServiceQuotasV20190624.GetServiceQuota'],
  ];
  for (const [what, service, target] of asked) {
    const status = await statusOf(url, service, target);
    report.cannotJudge(TOPIC, what, () => status >= 400);
  }
  const controlTower = await statusOf(`${url}/list-enabled-controls`, 'controltower', undefined);
  report.cannotJudge(TOPIC, 'Control Tower', () => controlTower >= 400);
}

async function statusOf(url: string, service: string, target: string | undefined): Promise<number> {
  const scope = `nobody/20260304/us-east-1/${service}/aws4_request`;
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      ...(target && { 'x-amz-target': target }),
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify({ ServiceCode: 'organizations', QuotaCode: 'L-E619E033' }),
  });
  await response.arrayBuffer();
  return response.status;
}

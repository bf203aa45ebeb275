import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import { lint, withoutLint } from '../../workflows/blueprints/contract.fixture.ts';

const path = join(packageRoot(), 'infra/aws/mirror-hub.template.json');
const template = JSON.parse(readFileSync(path, 'utf8'));
const { Resources } = template;
const VXLAN = 4789;

type Rule = { IpProtocol: string; FromPort: unknown; CidrIp: unknown };

describe('the mirror hub', () => {
  it.skipIf(withoutLint)('passes cfn-lint', () => {
    expect(lint(path)).toEqual({ status: 0, output: '' });
  });

  it('listens on UDP 4789 and asks another port whether an appliance lives', () => {
    expect(Resources.Listener.Properties).toMatchObject({ Protocol: 'UDP', Port: VXLAN });
    for (const group of ['Appliances', 'GatewayAppliances'])
      expect(Resources[group].Properties.HealthCheckProtocol).toEqual({ Ref: 'HealthCheckProtocol' });
    expect(template.Parameters.HealthCheckProtocol.AllowedValues).toEqual(['TCP', 'HTTP']);
    const rules: Rule[] = Resources.ApplianceGroup.Properties.SecurityGroupIngress;
    expect(rules).toContainEqual(
      expect.objectContaining({ IpProtocol: 'tcp', FromPort: { Ref: 'HealthCheckPort' } }),
    );
  });

  it('takes copies of the accounts and nothing of anybody else', () => {
    const rules: Rule[] = ['ApplianceGroup', 'LoadBalancerGroup'].flatMap(
      (group) => Resources[group].Properties.SecurityGroupIngress,
    );
    expect(rules.filter(({ FromPort }) => FromPort === VXLAN).length).toBeGreaterThan(2);
    for (const { CidrIp } of rules)
      expect([{ Ref: 'SourceCidr' }, { Ref: 'VpcCidr' }]).toContainEqual(CidrIp);
  });

  it('has a target in each zone where the kind lies in one, and one for all behind the load balancer', () => {
    const { Condition, Properties } = Resources.Target2;
    expect([Condition, template.Conditions.IsZonal]).toEqual([
      'IsZonal',
      { 'Fn::Not': [{ Condition: 'IsLoadBalancer' }] },
    ]);
    expect(Properties.NetworkLoadBalancerArn).toBeUndefined();
    const place = (id: string) => Resources[id].Properties.SubnetId ?? Resources[id].Properties.SubnetIds[0];
    for (const [first, second] of [
      ['Interface', 'Interface2'],
      ['GatewayEndpoint', 'GatewayEndpoint2'],
    ] as const)
      expect([place(first), place(second)]).toEqual([{ Ref: 'Subnet1' }, { Ref: 'Subnet2' }]);
    expect(template.Outputs.Zones.Value['Fn::Sub']).toBe(
      ['1', '2'].map((n) => `$\{Subnet${n}.AvailabilityZoneId}=$\{Target${n === '1' ? '' : n}}`).join(','),
    );
    // A zone whose appliances are all ill goes on in the others.
    expect(Resources.LoadBalancer.Properties.LoadBalancerAttributes).toContainEqual({
      ...{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' },
    });
  });

  it('has one target of the kind that was asked for, shared with the organization alone', () => {
    const { NetworkLoadBalancerArn, NetworkInterfaceId, GatewayLoadBalancerEndpointId } =
      Resources.Target.Properties;
    const kinds = [NetworkLoadBalancerArn, NetworkInterfaceId, GatewayLoadBalancerEndpointId];
    expect(kinds.map((one) => one['Fn::If'][0])).toEqual(['IsLoadBalancer', 'IsInterface', 'IsGateway']);
    expect(Resources.Share.Properties).toMatchObject({
      AllowExternalPrincipals: false,
      Principals: [{ Ref: 'OrganizationArn' }],
    });
    expect(JSON.stringify(Resources.Share.Properties.ResourceArns)).toMatch(/Target\}.*IsZonal.*Target2\}/);
  });
});

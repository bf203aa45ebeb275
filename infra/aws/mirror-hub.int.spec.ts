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

  it('has one target of the kind that was asked for, shared with the organization alone', () => {
    const { NetworkLoadBalancerArn, NetworkInterfaceId, GatewayLoadBalancerEndpointId } =
      Resources.Target.Properties;
    const kinds = [NetworkLoadBalancerArn, NetworkInterfaceId, GatewayLoadBalancerEndpointId];
    expect(kinds.map((one) => one['Fn::If'][0])).toEqual(['IsLoadBalancer', 'IsInterface', 'IsGateway']);
    expect(Resources.Share.Properties).toMatchObject({
      AllowExternalPrincipals: false,
      Principals: [{ Ref: 'OrganizationArn' }],
    });
  });
});

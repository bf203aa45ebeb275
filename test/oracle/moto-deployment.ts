import { readMachines } from '../../infra/aws/machines.node.ts';
import type { SynthesizedStack, Template } from '../../infra/aws/synth.node.ts';
import type { Send } from './judge-infra.ts';

/** moto's own account, and where everything is deployed here. */
export const MOTO_ACCOUNT = '123456789012';
export const REGION = 'us-east-1';

/** What a person would say. */
const PARAMETERS: Record<string, string> = {
  OrganizationId: 'o-abcdefghij',
  RootId: 'r-ab12',
  HomeRegion: REGION,
  PortfolioId: 'port-abc',
  ProductId: 'prod-abc',
  AuditAccountId: '333344445555',
  LogArchiveAccountId: '222233334444',
  CertificateArn: `arn:aws:acm:${REGION}:${MOTO_ACCOUNT}:certificate/oracle`,
  PublicUrl: 'https://jetway.example.com',
  ImageUri: `${MOTO_ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/jetway@sha256:${'0'.repeat(64)}`,
  OidcIssuer: 'https://idp.example.com',
  OidcAudience: 'jetway',
  OidcClientId: 'dashboard',
  PlatformEmail: 'platform@example.com',
};

export type Deployed = {
  /** Why there is no stack. */
  failure?: string;
  /** Logical ids of what moto made. */
  made: string[];
  /** What moto does not read, and had to be said otherwise. */
  adapted: string[];
};

/** Stacks that moto has no class for the heart of, or that import from one of them. */
const IMPOSSIBLE: Record<string, string> = {
  'jetway-data': 'moto has no AWS::RDS::DBCluster in CloudFormation',
  'jetway-service': 'imports from jetway-data',
  'jetway-alarms': 'imports from jetway-service, and moto has no alarms in CloudFormation',
};

/** Deploys one stack, as `aws cloudformation deploy` would. */
export function deployOnMoto({ name, template }: SynthesizedStack, send: Send): Deployed {
  const { adapted, text } = forMoto(template);
  const Parameters = Object.keys(template.Parameters ?? {})
    .filter((ParameterKey) => PARAMETERS[ParameterKey] !== undefined)
    .map((ParameterKey) => ({ ParameterKey, ParameterValue: PARAMETERS[ParameterKey] }));
  const stack = { StackName: name, TemplateBody: text, Parameters, Capabilities: ['CAPABILITY_NAMED_IAM'] };
  const answer = send('cloudformation', 'CreateStack', stack);
  if (!('output' in answer)) {
    const reason = IMPOSSIBLE[name];
    if (reason === undefined) throw new Error(`${name}: ${JSON.stringify(answer).slice(0, 1_000)}`);
    return { failure: reason, made: [], adapted };
  }
  if (IMPOSSIBLE[name] !== undefined) throw new Error(`${name}: moto has learnt it: take the exception out`);
  const found = send('cloudformation', 'DescribeStackResources', { StackName: name });
  if (!('output' in found)) throw new Error(`${name}: ${JSON.stringify(found)}`);
  const { StackResources } = found.output as { StackResources: { LogicalResourceId?: string }[] };
  // What moto has no type for is listed without a name.
  const made = StackResources.flatMap(({ LogicalResourceId: id }) => (id === undefined ? [] : [id]));
  return { made, adapted };
}

/** The template with the two things that moto does not read said in words that it does. */
function forMoto(template: Template): { text: string; adapted: string[] } {
  const adapted = new Set<string>();
  const texts = new Map(readMachines().map(({ fileName, text }) => [fileName, text]));
  const resources = Object.fromEntries(
    Object.entries(template.Resources).map(([id, resource]) => {
      if (resource.Type !== 'AWS::StepFunctions::StateMachine') return [id, resource];
      const { DefinitionS3Location, ...rest } = resource.Properties as {
        DefinitionS3Location: { Key: string };
      };
      adapted.add('DefinitionS3Location given as DefinitionString: moto reads no other');
      return [
        id,
        { ...resource, Properties: { ...rest, DefinitionString: texts.get(DefinitionS3Location.Key) } },
      ];
    }),
  );
  const text = JSON.stringify(withoutCidr({ ...template, Resources: resources }, adapted));
  return { text, adapted: [...adapted] };
}

/** The eight blocks of the network, reckoned here. */
const BLOCKS = Array.from({ length: 8 }, (_, i) => `10.255.${240 + Math.floor(i / 2)}.${(i % 2) * 128}/25`);

function withoutCidr(node: unknown, adapted: Set<string>): unknown {
  if (Array.isArray(node)) return node.map((one) => withoutCidr(one, adapted));
  if (typeof node !== 'object' || node === null) return node;
  if ('Fn::Cidr' in node) {
    adapted.add('Fn::Cidr reckoned beforehand: moto has no such function');
    return BLOCKS;
  }
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withoutCidr(value, adapted)]));
}

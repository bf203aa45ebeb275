import { CfnParameter, type Stack } from 'aws-cdk-lib';

/** What a person has to say. Each stack declares what it needs itself, so that a template can be deployed alone. */
const PARAMETERS = {
  OrganizationId: {
    type: 'String',
    allowedPattern: 'o-[a-z0-9]{10,32}',
    description: 'Accounts of this organization, and no others, are trusted.',
  },
  RootId: {
    type: 'String',
    allowedPattern: 'r-[a-z0-9]{4,32}',
    description: 'The root of the organization: the fence is attached there.',
  },
  HomeRegion: {
    type: 'String',
    allowedPattern: '[a-z]{2}(-[a-z]+)+-[0-9]',
    description: 'The Region that Control Tower and Jetway live in.',
  },
  PortfolioId: {
    type: 'String',
    allowedPattern: 'port-[a-z0-9]+',
    description: 'Portfolio "AWS Control Tower Account Factory Portfolio" of Service Catalog.',
  },
  ProductId: {
    type: 'String',
    allowedPattern: 'prod-[a-z0-9]+',
    description: 'Product "AWS Control Tower Account Factory" of Service Catalog.',
  },
  AuditAccountId: {
    type: 'String',
    allowedPattern: '[0-9]{12}',
    description: 'The audit account of the landing zone.',
  },
  LogArchiveAccountId: {
    type: 'String',
    allowedPattern: '[0-9]{12}',
    description: 'The log-archive account of the landing zone.',
  },
  VpcCidr: {
    type: 'String',
    default: '10.255.240.0/22',
    allowedPattern: '([0-9]{1,3}\\.){3}[0-9]{1,3}/(1[6-9]|2[0-2])',
    description: 'Addresses of the service itself; outside of the pool that accounts are given blocks of.',
  },
  MirrorTargetId: {
    type: 'String',
    default: '',
    allowedPattern: '(tmt-[0-9a-f]{8,17})?',
    description: 'Output TargetId of jetway-mirror-hub; empty: no account is mirrored.',
  },
  MirrorHubCidr: {
    type: 'String',
    default: '',
    allowedPattern: '(in-vpc|([0-9]{1,3}\\.){3}[0-9]{1,3}/[0-9]{1,2})?',
    description: 'Output HubCidr of jetway-mirror-hub, which route tables have to lead to; or in-vpc.',
  },
  MirrorTargetType: {
    type: 'String',
    default: '',
    allowedPattern: '(network-load-balancer|network-interface|gateway-load-balancer-endpoint)?',
    description: 'Output TargetType of jetway-mirror-hub.',
  },
  MirrorZones: {
    type: 'String',
    default: '',
    allowedPattern: '([a-z0-9-]+=tmt-[0-9a-f]{8,17},?)*',
    description: 'Output Zones of jetway-mirror-hub, where each zone has a target.',
  },
  MirrorApplianceType: {
    type: 'String',
    default: '',
    allowedPattern: '([a-z0-9-]+\\.[a-z0-9-]+)?',
    description:
      'Instance type of appliances behind interfaces; the largest take a hundred sources, others ten.',
  },
  CertificateArn: {
    type: 'String',
    allowedPattern: 'arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/.+',
    description: 'Certificate of the public address, in this Region.',
  },
  PublicUrl: {
    type: 'String',
    allowedPattern: 'https://[a-z0-9.-]+',
    description: 'Where people find the service: https, without a path.',
  },
  AllowedCidr: {
    type: 'String',
    default: '10.0.0.0/8',
    allowedPattern: '([0-9]{1,3}\\.){3}[0-9]{1,3}/[0-9]{1,2}',
    description:
      'Who reaches the load balancer. Chat callbacks come from the Internet: 0.0.0.0/0 together with a web ACL.',
  },
  WebAclArn: {
    type: 'String',
    default: '',
    allowedPattern: '(arn:aws[a-z-]*:wafv2:[a-z0-9-]+:[0-9]{12}:regional/webacl/.+)?',
    description: 'Web ACL of WAF in front of the load balancer; empty: none.',
  },
  ImageUri: {
    type: 'String',
    allowedPattern:
      '[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com(\\.cn)?/[a-z0-9/_-]+@sha256:[0-9a-f]{64}',
    description: 'Image of the service by its digest: what was tested is what runs.',
  },
  OidcIssuer: {
    type: 'String',
    allowedPattern: 'https://.+',
    description: 'The identity provider that people sign in with.',
  },
  OidcAudience: { type: 'String', minLength: 1, description: 'Audience of the tokens of the API.' },
  OidcClientId: {
    type: 'String',
    minLength: 1,
    description: 'Client of the dashboard at the identity provider.',
  },
  PlatformEmail: {
    type: 'String',
    allowedPattern: '[^@ ]+@[^@ ]+',
    description: 'The locked platform identity that Account Factory gives each account to.',
  },
  CidrPool: {
    type: 'String',
    default: '10.0.0.0/8',
    allowedPattern: '([0-9]{1,3}\\.){3}[0-9]{1,3}/[0-9]{1,2}',
    description: 'Accounts are given blocks of it.',
  },
  AlarmEmail: {
    type: 'String',
    default: '',
    allowedPattern: '([^@ ]+@[^@ ]+)?',
    description: 'Who is told of alarms by e-mail; empty: subscribe to the topic otherwise.',
  },
  AdoptedAccounts: {
    type: 'CommaDelimitedList',
    default: '',
    description:
      'Accounts that Jetway did not make and shall govern: they get the execution role and event forwarding.',
  },
  GovernedRegions: {
    type: 'CommaDelimitedList',
    default: 'us-east-1',
    description: 'The Regions that the landing zone governs, the home Region among them.',
  },
} as const;

export type ParameterName = keyof typeof PARAMETERS;

/** The value of a parameter, which the stack declares at its first use. */
export function parameter(stack: Stack, name: ParameterName): CfnParameter {
  const known = stack.node.tryFindChild(name);
  if (known) return known as CfnParameter;
  return new CfnParameter(stack, name, PARAMETERS[name]);
}

export const textOf = (stack: Stack, name: ParameterName): string => parameter(stack, name).valueAsString;

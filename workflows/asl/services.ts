/**
 * The AWS SDK integrations in use: the service's name in a Resource, the first part of its error names, and the file
 * in infra/api-shapes that describes its operations.
 */
export const SERVICES = {
  organizations: { errors: 'Organizations', shapes: 'organizations' },
  servicecatalog: { errors: 'ServiceCatalog', shapes: 'servicecatalog' },
  controltower: { errors: 'ControlTower', shapes: 'controltower' },
  controlcatalog: { errors: 'ControlCatalog', shapes: 'controlcatalog' },
  servicequotas: { errors: 'ServiceQuotas', shapes: 'service-quotas' },
  ssoadmin: { errors: 'SsoAdmin', shapes: 'sso-admin' },
  identitystore: { errors: 'Identitystore', shapes: 'identitystore' },
  cloudformation: { errors: 'CloudFormation', shapes: 'cloudformation' },
  config: { errors: 'Config', shapes: 'config' },
  cloudtrail: { errors: 'CloudTrail', shapes: 'cloudtrail' },
  iam: { errors: 'Iam', shapes: 'iam' },
  ec2: { errors: 'Ec2', shapes: 'ec2' },
} as const;

export type Service = keyof typeof SERVICES;

export const isService = (name: string): name is Service => Object.hasOwn(SERVICES, name);

/**
 * What Step Functions calls an error that the operation does not declare; AWS's own code is then in the Cause.
 *
 * @example undeclared('cloudformation') === 'CloudFormation.CloudFormationException'
 */
export const undeclared = (service: Service): string =>
  `${SERVICES[service].errors}.${SERVICES[service].errors}Exception`;

/** IAM's prefix where it is not the name of the api-shapes file. */
const PREFIXES: Readonly<Record<string, string>> = {
  'sso-admin': 'sso',
  s3control: 's3',
  'service-quotas': 'servicequotas',
  stepfunctions: 'states',
};

/** Calls whose IAM action has another name than the operation. */
const ACTIONS: Readonly<Record<string, string>> = {
  's3:ListObjectVersions': 's3:ListBucketVersions',
  's3control:GetPublicAccessBlock': 's3:GetAccountPublicAccessBlock',
  's3control:PutPublicAccessBlock': 's3:PutAccountPublicAccessBlock',
};

/**
 * The action that IAM checks for an API call.
 * @param service name of the api-shapes file
 * @example iamAction('sso-admin', 'ListInstances') === 'sso:ListInstances'
 */
export const iamAction = (service: string, action: string): string =>
  ACTIONS[`${service}:${action}`] ?? `${PREFIXES[service] ?? service}:${action}`;

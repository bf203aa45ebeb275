/** What a deployment says in its environment, for processes that work against the embedded AWS at its endpoint. */
export const deploymentSettings = (given: {
  awsUrl: string;
  databaseUrl: string;
  checkpoints: string;
}): Record<string, string> => ({
  JETWAY_AWS: 'real',
  AWS_ENDPOINT_URL: given.awsUrl,
  DATABASE_URL: given.databaseUrl,
  AWS_REGION: 'us-east-1',
  JETWAY_MANAGEMENT_ACCOUNT_ID: '111122223333',
  JETWAY_AUDIT_ACCOUNT_ID: '333344445555',
  JETWAY_LOG_ARCHIVE_ACCOUNT_ID: '222233334444',
  JETWAY_ROOT_SECRET: 'r'.repeat(64),
  JETWAY_APPROVALS_KEY: 'arn:aws:kms:us-east-1:111122223333:key/0a1b',
  JETWAY_PUBLIC_URL: 'https://jetway.example.com',
  JETWAY_OIDC_ISSUER: 'https://idp.example.com',
  JETWAY_OIDC_AUDIENCE: 'jetway',
  JETWAY_OIDC_CLIENT_ID: 'dashboard',
  JETWAY_PLATFORM_EMAIL: 'platform@example.com',
  JETWAY_CIDR_POOL: '10.0.0.0/8',
  JETWAY_CHECKPOINTS: given.checkpoints,
});

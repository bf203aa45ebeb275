/**
 * Names that a deployment has, on AWS and in the embedded AWS alike. What another account, the service or a template
 * of a component has to find, has a fixed name; everything else is named by CloudFormation.
 */
export const ARTIFACT_BUCKET_PREFIX = 'jetway-artifacts';
/** Names the version that was deployed last, so that an older one can be named again (docs/operations.md). */
export const MACHINE_ALIAS = 'live';
export const LOG_RETENTION_DAYS = 365;

/** Nobody, the root user included, removes a checkpoint of the ledger earlier. */
export const CHECKPOINT_LOCK_DAYS = 400;
export const checkpointBucketName = (accountId: string, region: string): string =>
  `jetway-checkpoints-${accountId}-${region}`;

/** @example artifactBucketName('111122223333', 'eu-west-1') === 'jetway-artifacts-111122223333-eu-west-1' */
export const artifactBucketName = (accountId: string, region: string): string =>
  `${ARTIFACT_BUCKET_PREFIX}-${accountId}-${region}`;

import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { CfnAlias, CfnKey } from 'aws-cdk-lib/aws-kms';
import {
  CfnDBCluster,
  CfnDBClusterParameterGroup,
  CfnDBInstance,
  CfnDBSubnetGroup,
} from 'aws-cdk-lib/aws-rds';
import { CfnBucket, CfnBucketPolicy } from 'aws-cdk-lib/aws-s3';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { JetwayStack } from '../jetway-stack.ts';
import { CHECKPOINT_LOCK_DAYS, checkpointBucketName } from '../names.ts';
import { closedBucket, onlyTls, policy } from './artifacts.ts';
import type { NetworkStack } from './network.ts';

export const DATABASE_NAME = 'jetway';
/** The login that owns the tables and migrates them; RDS keeps and rotates its password. */
export const DATABASE_LOGIN = 'jetway_owner';

/** What must not be lost: the ledger, the root secret, and the keys. Everything here outlives its stack. */
export class DataStack extends JetwayStack {
  readonly endpoint: string;
  readonly databaseSecretArn: string;
  readonly rootSecretArn: string;
  readonly keyArn: string;
  readonly signingKeyArn: string;
  readonly clusterId: string;
  readonly checkpointBucket: string;
  readonly checkpointBucketArn: string;

  constructor(scope: Construct, network: NetworkStack) {
    super(scope, 'data', { account: 'management', region: 'home' }, 'database, secrets and keys');
    const key = this.key();
    this.keyArn = key.attrArn;
    this.signingKeyArn = this.signingKey();
    this.rootSecretArn = this.rootSecret(key);
    this.checkpoints();
    this.checkpointBucket = checkpointBucketName(Aws.ACCOUNT_ID, Aws.REGION);
    this.checkpointBucketArn = `arn:${Aws.PARTITION}:s3:::${this.checkpointBucket}`;
    const cluster = this.cluster(key, network);
    this.endpoint = cluster.attrEndpointAddress;
    this.databaseSecretArn = cluster.attrMasterUserSecretSecretArn;
    this.clusterId = cluster.ref;
  }

  /** What the ledger was, where who may write the database can take nothing back: under Object Lock, for nobody to shorten. */
  private checkpoints(): void {
    const bucket = new CfnBucket(this, 'Checkpoints', {
      ...closedBucket(checkpointBucketName(Aws.ACCOUNT_ID, Aws.REGION)),
      versioningConfiguration: { status: 'Enabled' },
      objectLockEnabled: true,
      objectLockConfiguration: {
        objectLockEnabled: 'Enabled',
        rule: { defaultRetention: { mode: 'COMPLIANCE', days: CHECKPOINT_LOCK_DAYS } },
      },
      loggingConfiguration: {
        destinationBucketName: `jetway-access-logs-${Aws.ACCOUNT_ID}-${Aws.REGION}`,
        logFilePrefix: 's3/checkpoints/',
      },
    });
    bucket.applyRemovalPolicy(RemovalPolicy.RETAIN);
    new CfnBucketPolicy(this, 'CheckpointsPolicy', {
      bucket: bucket.ref,
      policyDocument: policy([onlyTls(bucket.attrArn)]),
    });
  }

  private key(): CfnKey {
    const key = new CfnKey(this, 'Key', {
      description: 'Jetway: database and secrets',
      enableKeyRotation: true,
      pendingWindowInDays: 30,
      keyPolicy: ofThisAccount(),
    });
    key.applyRemovalPolicy(RemovalPolicy.RETAIN);
    new CfnAlias(this, 'KeyAlias', { aliasName: 'alias/jetway-data', targetKeyId: key.ref });
    return key;
  }

  /** Signs decisions. Auditors can have the public half; nobody can have the other. */
  private signingKey(): string {
    const key = new CfnKey(this, 'SigningKey', {
      description: 'Jetway: signatures of decisions',
      keySpec: 'ECC_NIST_P256',
      keyUsage: 'SIGN_VERIFY',
      pendingWindowInDays: 30,
      keyPolicy: ofThisAccount(),
    });
    key.applyRemovalPolicy(RemovalPolicy.RETAIN);
    new CfnAlias(this, 'SigningKeyAlias', { aliasName: 'alias/jetway-decisions', targetKeyId: key.ref });
    return key.attrArn;
  }

  /** Seals task tokens and signs sessions. Another one would make every parked ask unreadable. */
  private rootSecret(key: CfnKey): string {
    const secret = new CfnSecret(this, 'RootSecret', {
      name: 'jetway/root-secret',
      description: 'Root secret of Jetway: every key of the service is derived from it',
      kmsKeyId: key.attrArn,
      generateSecretString: { passwordLength: 64, excludePunctuation: true, includeSpace: false },
    });
    secret.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return secret.ref;
  }

  private cluster(key: CfnKey, { vpc, databaseGroup }: NetworkStack): CfnDBCluster {
    const subnets = new CfnDBSubnetGroup(this, 'Subnets', {
      dbSubnetGroupDescription: 'Jetway: where nothing leads out',
      subnetIds: vpc.isolatedSubnets.map(({ subnetId }) => subnetId),
    });
    const parameters = new CfnDBClusterParameterGroup(this, 'Parameters', {
      family: 'aurora-postgresql16',
      description: 'Jetway: TLS alone, statements that change tables are logged',
      parameters: { 'rds.force_ssl': '1', log_statement: 'ddl', log_connections: '1' },
    });
    const cluster = new CfnDBCluster(this, 'Cluster', {
      engine: 'aurora-postgresql',
      engineVersion: '16.6',
      databaseName: DATABASE_NAME,
      masterUsername: DATABASE_LOGIN,
      manageMasterUserPassword: true,
      masterUserSecret: { kmsKeyId: key.attrArn },
      serverlessV2ScalingConfiguration: { minCapacity: 0.5, maxCapacity: 8 },
      dbSubnetGroupName: subnets.ref,
      dbClusterParameterGroupName: parameters.ref,
      vpcSecurityGroupIds: [databaseGroup.securityGroupId],
      storageEncrypted: true,
      kmsKeyId: key.attrArn,
      backupRetentionPeriod: 35,
      preferredBackupWindow: '02:00-03:00',
      preferredMaintenanceWindow: 'sun:03:30-sun:04:30',
      copyTagsToSnapshot: true,
      deletionProtection: true,
      enableIamDatabaseAuthentication: true,
      enableCloudwatchLogsExports: ['postgresql'],
      port: 5432,
    });
    cluster.applyRemovalPolicy(RemovalPolicy.SNAPSHOT);
    for (const id of ['Writer', 'Standby']) {
      const instance = new CfnDBInstance(this, id, {
        dbClusterIdentifier: cluster.ref,
        dbInstanceClass: 'db.serverless',
        engine: 'aurora-postgresql',
        publiclyAccessible: false,
        autoMinorVersionUpgrade: true,
        caCertificateIdentifier: 'rds-ca-rsa2048-g1',
        enablePerformanceInsights: true,
        performanceInsightsKmsKeyId: key.attrArn,
        promotionTier: id === 'Writer' ? 0 : 1,
      });
      instance.applyRemovalPolicy(RemovalPolicy.RETAIN);
    }
    return cluster;
  }
}

const ofThisAccount = () => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'Account',
      Effect: 'Allow',
      Principal: { AWS: `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
  ],
});

import { basename, join } from 'node:path';
import type { Config } from '../config.ts';
import { checkpointFileName } from './checkpoint.ts';
import { checkpointFile } from './checkpoints.node.ts';
import type { CheckpointStore } from './checkpoints.port.ts';

type Where = Pick<Config, 'checkpoints' | 'databaseUrl' | 'region' | 'awsEndpointUrl'>;

/** Where the settings say. The client of S3 is loaded where there is a bucket. */
export async function openCheckpoints(config: Where): Promise<CheckpointStore> {
  const { checkpoints, databaseUrl, region, awsEndpointUrl } = config;
  const file = checkpointFileName(databaseUrl);
  if ('folder' in checkpoints) return checkpointFile(join(checkpoints.folder, file));
  const [{ s3Client }, { checkpointBucket }] = await Promise.all([
    import('./archives.aws.ts'),
    import('./checkpoints.aws.ts'),
  ]);
  return checkpointBucket(s3Client(region, awsEndpointUrl), checkpoints, basename(file, '.jsonl'));
}

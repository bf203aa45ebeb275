import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliConfig } from '../cli/config.ts';
import { Failed } from '../cli/explain.ts';
import type { LandingZoneFile } from './landing-zone.schema.ts';
import type { MachinePlace } from './machine.aws.ts';

/** Where the machine is: the file says account and Region, the environment whether it is real. @throws Failed */
export function machinePlace({ aws }: CliConfig, file: LandingZoneFile): MachinePlace {
  const place = { region: file.homeRegion, accountId: file.accounts.management };
  if (aws.real) return { ...place, endpoint: undefined };
  const note = join(aws.dataDir, 'aws-endpoint');
  const endpoint = aws.endpointUrl ?? (existsSync(note) ? readFileSync(note, 'utf8').trim() : undefined);
  if (endpoint) return { ...place, endpoint };
  throw new Failed(
    `No AWS is known here: ${aws.dataDir} is not the data folder of a service that has been started.\nWhat to do: npm start (in another terminal), or set DATA_DIR, AWS_ENDPOINT_URL, or JETWAY_AWS=real.`,
  );
}

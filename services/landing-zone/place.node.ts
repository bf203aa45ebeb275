import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliConfig } from '../cli/config.ts';
import { Failed } from '../cli/explain.ts';
import type { MachinePlace } from './machine.aws.ts';
import type { WrittenLandingZone } from './read-file.ts';

/** Where the machine is: the file says account and Region, the environment whether it is real. @throws Failed */
export function machinePlace({ aws }: CliConfig, { file, at }: WrittenLandingZone): MachinePlace {
  const { homeRegion: region, accounts } = file;
  const said = `${at('/homeRegion')} says home Region ${region}, ${at('/accounts/management')} management account ${accounts.management}`;
  const place = { region, accountId: accounts.management, said };
  if (aws.real) return { ...place, endpoint: undefined };
  const note = join(aws.dataDir, 'aws-endpoint');
  const endpoint = aws.endpointUrl ?? (existsSync(note) ? readFileSync(note, 'utf8').trim() : undefined);
  if (endpoint) return { ...place, endpoint };
  throw new Failed(
    `No AWS is known here: ${aws.dataDir} is not the data folder of a service that has been started.\nWhat to do: npm start (in another terminal), or set DATA_DIR, AWS_ENDPOINT_URL, or JETWAY_AWS=real.`,
  );
}

import { parseArgs } from 'node:util';
import { readArtifacts } from '../../workflows/artifacts.node.ts';
import { openLocalAws } from './open.ts';

/**
 * The embedded AWS as a process of its own, so that the service can be measured and killed apart from it.
 *
 * @example node dist/infra/local/serve.js --port 4599 --data-dir .data/aws --time-scale 60
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      'data-dir': { type: 'string' },
      'time-scale': { type: 'string', default: '60' },
      seed: { type: 'string' },
      'home-region': { type: 'string' },
    },
  });
  const artifacts = new Map(readArtifacts().map(({ fileName, text }) => [fileName, text]));
  const aws = await openLocalAws({
    dataDir: values['data-dir'] ?? null,
    timeScale: numberOf('time-scale', values['time-scale']),
    port: numberOf('port', values.port),
    ...(values.seed === undefined ? {} : { seed: numberOf('seed', values.seed) }),
    ...(values['home-region'] === undefined ? {} : { homeRegion: values['home-region'] }),
    artifact: (fileName) => artifacts.get(fileName),
  });
  const stop = () => void aws.close().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  // The one line that whoever started this process waits for.
  process.stdout.write(`${aws.endpointUrl}\n`);
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`--${name} must be a number, 0 or more`);
}

await main();

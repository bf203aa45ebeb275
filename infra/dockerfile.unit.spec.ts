import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../services/kernel/package-root.node.ts';
import { START_FLAGS } from './start-flags.mjs';

/** What can be said of the image without an engine that builds it. */
const lines = readFileSync(join(packageRoot(), 'Dockerfile'), 'utf8')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => /^[A-Z]+ /.test(line));
const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
const of = (word: string, where = last) => where.filter((line) => line.startsWith(`${word} `));

describe('the Dockerfile', () => {
  it('names its base once, by an argument that a digest can be given to, and never the newest', () => {
    const bases = of('FROM', lines).map((line) => line.split(' ')[1]);
    expect(new Set(bases)).toEqual(new Set(['${NODE_IMAGE}']));
    const [base = ''] = of('ARG', lines);
    expect(base).toMatch(/^ARG NODE_IMAGE=node:\d+-/);
    expect(base).not.toContain('latest');
  });

  it('ends as somebody without a name and without rights', () => {
    expect(of('USER')).toEqual(['USER 10001:10001']);
    // Nothing that root does comes after.
    expect(last.indexOf('USER 10001:10001')).toBeGreaterThan(
      last.findLastIndex((l) => /^(COPY|RUN) /.test(l)),
    );
  });

  it('takes only what was built from the first stage, runs no scripts of packages, and fetches nothing', () => {
    for (const copy of of('COPY'))
      if (!copy.startsWith('COPY rds-global-bundle.pem ')) expect(copy).toMatch(/^COPY --from=build \/app\//);
    for (const run of of('RUN', lines)) {
      expect(run).not.toMatch(/curl|wget|apt-get|ADD /);
      if (/npm (ci|prune)/.test(run)) expect(run).toContain('--ignore-scripts');
    }
    expect(of('ADD', lines)).toEqual([]);
  });

  it('has Node started as npm start has it', () => {
    const { scripts } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(of('ENV')).toContain(`ENV NODE_OPTIONS="${START_FLAGS.join(' ')}"`);
    expect(scripts.start).toBe(`node ${START_FLAGS.join(' ')} dist/services/main.js`);
  });

  it('has no secret in it, is asked for its health, and starts the service without a shell', () => {
    for (const line of [...of('ENV', lines), ...of('ARG', lines)])
      expect(line).not.toMatch(/SECRET|PASSWORD|TOKEN|_KEY=/);
    expect(of('HEALTHCHECK').join()).toContain('/healthz');
    expect(of('ENTRYPOINT')).toEqual(['ENTRYPOINT ["node"]']);
    expect(of('CMD')).toEqual(['CMD ["dist/services/main.js"]']);
  });
});

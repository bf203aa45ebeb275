import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import { type Build, buildService } from '../chaos/service-process.ts';
import { startService, type TestService, until } from '../support/jetway.ts';
import { blocksOf, differs, printedIn, shell, typed, unvarying } from '../support/printed.ts';

/** The folder that a reader stands in: only what commands of the documents name, so that what they write lies here. */
const folder = mkdtempSync(join(tmpdir(), 'jetway-docs-'));
for (const name of ['examples', 'services', 'package.json'])
  symlinkSync(join(packageRoot(), name), join(folder, name));

let build: Build;
let jetway: TestService;
beforeAll(async () => {
  build = buildService();
  jetway = await startService();
}, 120_000);
afterAll(async () => {
  await jetway?.close();
  build?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const HERE = /http:\/\/127\.0\.0\.1:8080/g;
const run = (command: string) =>
  shell(typed(command.replace(HERE, jetway.url), build.dir), folder, {
    JETWAY_URL: jetway.url,
    DATA_DIR: jetway.dataDir,
  });

/** Runs the command as the document has it. */
async function asPrinted(document: string, start: string, code = 0): Promise<void> {
  const found = printedIn(document).find(({ command }) => command.startsWith(start));
  if (!found) throw new Error(`${document} has no command ${start}`);
  const outcome = await run(found.command);
  expect(differs(found.lines, outcome.text)).toBeUndefined();
  expect(outcome.code).toBe(code);
}

/** What the sentences of a document say of a command, beside its blocks. */
const sentences = (document: string) =>
  readFileSync(join(packageRoot(), document), 'utf8').replace(/\s+/g, ' ');

describe('docs/landing-zone.md', () => {
  const DOCUMENT = 'docs/landing-zone.md';

  it('has no block with a command that is not run here', () => {
    expect(printedIn(DOCUMENT).map(({ command }) => command)).toEqual([
      'npm run landing-zone -- plan examples/landing-zone/small.yaml',
      'npm run landing-zone -- apply examples/landing-zone/small.yaml --yes',
      'npm run landing-zone -- plan broken.yaml',
    ]);
  });

  it('plans and applies the small example with the words that are printed', async () => {
    await asPrinted(DOCUMENT, 'npm run landing-zone -- plan examples');
    await asPrinted(DOCUMENT, 'npm run landing-zone -- apply');
    expect(sentences(DOCUMENT)).toContain(
      '`--approve-as bo@example.com` does at once), a second apply says `Nothing to do.`',
    );
    const apply = 'npm run landing-zone -- apply examples/landing-zone/small.yaml --yes';
    expect((await run(`${apply} --approve-as bo@example.com`)).code).toBe(0);
    const second = await run(apply);
    expect(second.text).toContain('Nothing to do.');
    expect(second.code).toBe(0);
  });

  it('refuses a file that lacks an account with the line that is printed', async () => {
    const small = readFileSync(join(packageRoot(), 'examples/landing-zone/small.yaml'), 'utf8');
    writeFileSync(join(folder, 'broken.yaml'), small.replace(/^ +audit:.*\n/m, ''));
    await asPrinted(DOCUMENT, 'npm run landing-zone -- plan broken.yaml', 2);
  });

  it('ends with the codes that it lists', async () => {
    expect(sentences(DOCUMENT)).toContain(
      'Exit codes: 0 done or nothing to do, 2 wrong use or a file that is not accepted, 3 something `cannot` be or a person said no, 4 it failed or nobody answers, 5 time was up.',
    );
    const plan = 'npm run landing-zone -- plan';
    const small = readFileSync(join(packageRoot(), 'examples/landing-zone/small.yaml'), 'utf8');
    writeFileSync(join(folder, 'region.yaml'), small.replace('[us-east-1, eu-west-1]', '[us-east-1]'));
    expect((await run(plan)).code).toBe(2);
    expect((await run(`${plan} region.yaml`)).code).toBe(3);
    expect((await run(`DATA_DIR=/nowhere ${plan} examples/landing-zone/small.yaml`)).code).toBe(4);
  });
});

describe('docs/import.md', () => {
  const DOCUMENT = 'docs/import.md';

  it('has no block with a command that is not run here', () => {
    expect(printedIn(DOCUMENT)).toHaveLength(1);
  });

  it('imports the repository of AFT with the words that are printed, into the folders of its table', async () => {
    await asPrinted(DOCUMENT, 'npm run import -- aft');
    const named = [...sentences(DOCUMENT).matchAll(/\| `([a-z-]+(?:\/|\.yaml|\.md))` \|/g)].map(
      ([, name]) => name!,
    );
    expect(named).toEqual(['landing-zone.yaml', 'accounts/', 'incomplete/', 'report.md']);
    const written = readdirSync(join(folder, 'imported'), { withFileTypes: true });
    expect(written.map((one) => (one.isDirectory() ? `${one.name}/` : one.name)).sort()).toEqual(
      [...named].sort(),
    );
  });

  it('has requests that can be planned, by the command that the table says', async () => {
    const command = 'jetway apply -f imported/accounts --dry-run';
    expect(sentences(DOCUMENT)).toContain(`\`${command}\``);
    const outcome = await run(command.replace('jetway', `node ${build.dir}/services/cli/jetway.js`));
    expect({ ...outcome, text: '' }).toEqual({ code: 0, text: '' });
    expect(outcome.text).toContain('1 account: 1 new');
  });
});

describe('README.md', () => {
  const blocks = blocksOf('README.md');
  const block = (start: string) => {
    const found = blocks.find((one) => one.startsWith(start));
    if (!found) throw new Error(`the README has no block that begins with ${start}`);
    return found;
  };

  it('shows the demo as it is printed: every line of the tour, whatever the order in which things end', async () => {
    const script = typed('npm run demo --', build.dir);
    const { code, text } = await shell(script, folder, {
      TIME_SCALE: '2000',
      DATA_DIR: join(folder, 'demo'),
    });
    expect(code, text).toBe(0);
    const written = new Set(text.split('\n').map(unvarying));
    const missing = block('Starting a local Jetway')
      .split('\n')
      .map(unvarying)
      .filter((line) => !written.has(line));
    expect(missing).toEqual([]);
  }, 120_000);

  it('vends a first account by its command and a click in the chat', async () => {
    const vending = run(block('npm run vend'));
    let id = '';
    await until('the chat shows it', async () => {
      const { items } = (await jetway.as('operator').get('/v1/account-requests')).body;
      id =
        items.find((one: { account?: { name: string } }) => one.account?.name === 'payments-prod')?.id ?? '';
      return id !== '';
    });
    await jetway.click(await jetway.message(id), 'approve');
    const { code, text } = await vending;
    expect(text).toContain('payments-prod');
    expect(code).toBe(0);
  }, 120_000);

  it('asks over REST by calls that are answered, each with what was asked for', async () => {
    const calls = blocks.filter((one) => /^(TOKEN=|curl |ACCOUNT=)/.test(one));
    expect(calls).toHaveLength(3);
    // One shell, as a reader has it: the token of the first block is used by the others.
    const { code, text } = await run(`set -e; ${calls.join('\necho; echo ---;\n')}`);
    expect(code, text).toBe(0);
    const answers = text.split(/^---$/m).map((part) => part.trim());
    const [reads, simulated, changed] = answers;
    const known = jsonsIn(reads!);
    expect(known).toMatchObject([
      {
        items: expect.arrayContaining([
          expect.objectContaining({ account: expect.objectContaining({ name: 'payments-prod' }) }),
        ]),
      },
      { ok: true },
      { accounts: expect.anything(), compliance: expect.anything() },
    ]);
    expect(JSON.stringify(jsonsIn(simulated!))).toContain('"denied"');
    expect(jsonsIn(changed!)).toMatchObject([
      { id: expect.stringMatching(/^req-/), status: expect.stringMatching(/^(PLANNED|AWAITING_APPROVAL)$/) },
    ]);
  });

  it('names files that are there', () => {
    const text = readFileSync(join(packageRoot(), 'README.md'), 'utf8');
    const links = [...text.matchAll(/\]\(([\w./-]+)\)/g)].map(([, path]) => path!);
    expect(links.length).toBeGreaterThan(15);
    expect(links.filter((path) => !existsSync(join(packageRoot(), path)))).toEqual([]);
  });
});

/** Answers that curl has printed one behind the other. */
function jsonsIn(text: string): unknown[] {
  const found: unknown[] = [];
  let depth = 0;
  let start = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '\\') i++;
      else if (c === '"') quoted = false;
      continue;
    }
    if (c === '"') quoted = true;
    else if (c === '{' && depth++ === 0) start = i;
    else if (c === '}' && --depth === 0) found.push(JSON.parse(text.slice(start, i + 1)));
  }
  return found;
}

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { requestBody, startService, type TestService } from '../support/jetway.ts';

const folder = mkdtempSync(join(tmpdir(), 'jetway-cli-'));
let jetway: TestService;

beforeAll(async () => {
  expect(await run(['infra/build.mjs'])).toMatchObject({ code: 0 });
  jetway = await startService();
}, 60_000);
afterAll(async () => {
  await jetway?.close();
  rmSync(folder, { recursive: true, force: true });
});

type Ran = { code: number | null; out: string; err: string };

/** The built program, as a person runs it, with its output piped. */
function run(args: string[], env: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { env: { ...process.env, ...env } });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

const vend = (...args: string[]) =>
  run(['dist/services/cli/jetway.js', 'vend', ...args, '--url', jetway.url]);

let files = 0;
function file(...bodies: object[]): string {
  const path = join(folder, `${++files}.yaml`);
  writeFileSync(path, bodies.map((body) => stringify(body)).join('---\n'));
  return path;
}

describe('vend', () => {
  it('shows a line for each change, and ends with 0 when the account is usable', async () => {
    const body = requestBody('cli');
    const { code, out, err } = await vend(file(body), '--approve-as', 'bo@example.com');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out.trim().split('\n');
    expect(lines[0]).toMatch(/^req-[0-9a-f-]+ accepted$/);
    expect(lines).toContain(`${body.account.name}: ACTIVE`);
    expect(lines).toEqual(expect.arrayContaining([expect.stringMatching(/^ {2}Blueprint: succeeded \(/)]));
    expect(lines.at(-1)).toMatch(new RegExp(`^${body.account.name} is account \\d{12}$`));
    // No cursor movement and no colours in a pipe.
    expect(out).not.toContain('\u001b');
  });

  it('sent again joins the request that was sent; --again does not', async () => {
    const path = file(requestBody('again'));
    const first = await vend(path, '--approve-as', 'bo@example.com');
    const second = await vend(path, '--approve-as', 'bo@example.com');
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(second.out).toMatch(/^req-\S+ was sent before with the same content; joining it/);
    expect(second.out.split('\n')[0]?.split(' ')[0]).toBe(first.out.split(' ')[0]);
    const third = await vend(path, '--again');
    expect(third.code).toBe(2);
    expect(third.err).toContain('/account/email');
  });

  it('takes several documents, and prints one JSON object a line with --json', async () => {
    const path = file(requestBody('one'), requestBody('two'));
    const { code, out } = await vend(path, '--approve-as', 'bo@example.com', '--json');
    expect(code).toBe(0);
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const results = events.filter((e) => e.event === 'result');
    expect(results.map((r) => r.status)).toEqual(['ACTIVE', 'ACTIVE']);
  });

  it('--detach only sends', async () => {
    const { code, out } = await vend(file(requestBody('detached')), '--detach');
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^req-\S+ accepted\n$/) });
  });

  it('ends with 3 when the request ends without an account, and says what to do', async () => {
    const body = requestBody('denied');
    const asked = await jetway.submit(body);
    await jetway.decide(asked, 'deny');
    const path = file(requestBody('denied'));
    const running = vend(path);
    const denied = new Set<string>();
    const deny = setInterval(async () => {
      const { body: list } = await jetway.as('operator').get('/v1/account-requests?status=AWAITING_APPROVAL');
      for (const one of list.items) {
        if (!one.account.name.startsWith('denied') || denied.has(one.id)) continue;
        denied.add(one.id);
        await jetway.decide(one, 'deny', 'not now');
      }
    }, 50);
    const { code, out, err } = await running;
    clearInterval(deny);
    expect(code).toBe(3);
    expect(out).toContain('waiting for an approver: http');
    expect(err).toMatch(/DENIED\. The request was denied\n {2}.*not now\n {2}What to do: /);
  });

  it('ends with 4 when the account is in quarantine', async () => {
    const body = requestBody('stuck');
    jetway.aws.scenario({ accountName: body.account.name, outcome: 'fail-under-root' });
    const { code, err } = await vend(file(body), '--approve-as', 'bo@example.com');
    expect(code).toBe(4);
    expect(err).toMatch(/QUARANTINED\. .*\n {2}.*Try again in one hour.*\n {2}What to do: /);
  });

  it('ends with 5 when the time is up, and the vend goes on', async () => {
    const { code, err } = await vend(file(requestBody('patient')), '--timeout', '0.01');
    expect(code).toBe(5);
    expect(err).toMatch(/Time is up; req-\S+ goes on/);
  });

  it('ends with 2 and says why, when it cannot even ask', async () => {
    const wrong = join(folder, 'wrong.yaml');
    writeFileSync(wrong, 'account: [unclosed\n');
    const empty = join(folder, 'empty.yaml');
    writeFileSync(empty, '');
    const attempts: [string[], RegExp][] = [
      [[wrong], /wrong\.yaml:\d+:\d+: /],
      [[empty], /holds no request|not an object/],
      [[join(folder, 'absent.yaml')], /absent\.yaml cannot be read/],
      [[file({ ...requestBody('unknown'), colour: 'red' })], /colour|unrecognized/i],
      [
        [file(requestBody('nowhere', { organizationalUnitId: 'ou-ab12-nosuchunit' }))],
        /organizationalUnitId/,
      ],
      [[file(requestBody('x')), '--colour'], /unknown option/],
      [[file(requestBody('x')), '--timeout', 'soon'], /must be a number of minutes/],
    ];
    for (const [args, why] of attempts) {
      const { code, err } = await vend(...args);
      expect({ code, err }, args.join(' ')).toEqual({ code: 2, err: expect.stringMatching(why) });
      expect(err).not.toMatch(/\n\s+at /);
    }
    const nobody = await run([
      'dist/services/cli/jetway.js',
      'vend',
      wrong.replace('wrong', '1'),
      '--url',
      'http://127.0.0.1:9',
    ]);
    expect(nobody).toMatchObject({ code: 2, err: expect.stringContaining('npm start') });
  });
});

describe('demo', () => {
  it('does the main job from nothing, and ends with 0', async () => {
    const { code, out, err } = await run(['dist/services/cli/demo.js'], { TIME_SCALE: '2000' });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const part of [
      'The plan, frozen before anyone is asked',
      'Approved in the local chat by approver@example.com',
      'payments-prod: ACTIVE',
      'is ACTIVE in ou-ab12-workloads',
      'AWS-GR_REGION_DENY',
      'The ledger, in order',
      'AccessAssigned',
    ]) {
      expect(out).toContain(part);
    }
  });
});

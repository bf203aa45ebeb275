import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { VERSION } from '../../services/kernel/version.ts';
import { buildCommandLine, type CommandLine } from '../support/command-line.ts';
import { requestBody, startService, type TestService, unique } from '../support/jetway.ts';

let cli: CommandLine;
let jetway: TestService;
const fakes: Server[] = [];

beforeAll(async () => {
  [cli, jetway] = await Promise.all([buildCommandLine(), startService()]);
}, 120_000);
afterAll(async () => {
  for (const fake of fakes) fake.close();
  await jetway?.close();
  cli?.remove();
});

const run = (...args: string[]) => cli.run(args, { JETWAY_URL: jetway.url });
const json = async (...args: string[]) => {
  const { code, out, err } = await run(...args, '--json');
  const lines = out.split('\n').filter(Boolean);
  return { code, err, values: lines.map((line) => JSON.parse(line)) };
};
let files = 0;
function file(...bodies: object[]): string {
  const path = join(cli.folder, `${++files}.yaml`);
  writeFileSync(path, bodies.map((body) => stringify(body)).join('---\n'));
  return path;
}
/** Sends it and comes back with its id. */
async function sent(body: object): Promise<string> {
  const { code, values } = await json('request', file(body), '--detach');
  expect(code).toBe(0);
  return values[0].id;
}

describe('what is there without a service', () => {
  it('--help of every command shows how it is used, with examples, and loads neither AWS nor a database', async () => {
    const help = await cli.run(['--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    const commands = [...help.out.matchAll(/^ {2}([a-z]+) [[<]/gm)]
      .map(([, name]) => name!)
      .filter((name) => name !== 'help');
    expect(commands).toEqual(expect.arrayContaining(['request', 'watch', 'approve', 'account', 'login']));
    for (const command of [
      ...commands,
      'ledger verify',
      'exception request',
      'exception revoke',
      'guardrails simulate',
      'mirror evaluate',
      'mirror listen',
    ])
      expect(await cli.run([...command.split(' '), '--help'])).toMatchObject({
        code: 0,
        out: expect.stringMatching(/Examples:\n {2}\$ (jetway|npm run vend) /),
        err: '',
      });
    const { bytes, sources } = eagerlyLoaded(cli.program);
    expect(sources.filter((s) => /@aws-sdk|pglite|drizzle|node_modules\/(pg|zod|hono)\//.test(s))).toEqual(
      [],
    );
    expect(bytes).toBeLessThan(150_000);
  });

  it.each<[string[], RegExp]>([
    [['nonsense'], /unknown command 'nonsense'/],
    [['watch'], /missing required argument 'requestId'/],
    [['accounts', '--colour'], /unknown option '--colour'/],
    [['accounts', '--limit', '0'], /whole number from 1 to 100/],
    [['watch', 'req-1', '--timeout', 'soon'], /number of minutes/],
    [['compliance', '--status', 'GOOD'], /Allowed choices/],
    [['request'], /Name a file/],
    [['exception', 'revoke', 'req-1'], /required option '--reason/],
    [['request', 'nowhere.yaml'], /nowhere\.yaml cannot be read/],
    [['accounts', '--url', 'http://jetway.example.com'], /https/],
  ])('%j is wrong use: 2', async (args, words) => {
    expect(await cli.run(args)).toEqual({ code: 2, out: '', err: expect.stringMatching(words) });
  });
});

/** The code that is read before any command runs: the entry point and what it imports, not what it may import later. */
function eagerlyLoaded(entry: string): { bytes: number; sources: string[] } {
  const seen = new Map<string, string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    const text = readFileSync(path, 'utf8');
    seen.set(path, text);
    for (const [, from] of text.matchAll(/(?:^|[;}])(?:import|export)(?:[^;"'()]*from)?"(\.[^"]+)"/gm))
      visit(resolve(dirname(path), from!));
  };
  visit(entry);
  return {
    bytes: [...seen.values()].reduce((sum, text) => sum + text.length, 0),
    sources: [...seen.keys()].flatMap((path) => JSON.parse(readFileSync(`${path}.map`, 'utf8')).sources),
  };
}

describe('an account, from the request to the ledger', () => {
  it('is asked for, planned, approved, watched and read', async () => {
    const body = requestBody('tour');
    const { name } = body.account;
    const dry = await run('request', file(body), '--dry-run');
    expect(dry).toMatchObject({ code: 0, err: '', out: expect.stringContaining(`account     ${name}`) });
    const id = await sent(body);
    const plan = await json('plan', id);
    expect(plan).toMatchObject({ code: 0, values: [{ digest: expect.stringMatching(/^sha256:/) }] });

    // Nobody is there to be asked, and the plan of another one is not this one.
    const unasked = await run('approve', id);
    expect(unasked).toMatchObject({ code: 2, err: expect.stringMatching(/--yes, or --digest/) });
    const other = await run('approve', id, '--digest', `sha256:${'0'.repeat(64)}`);
    expect(other).toMatchObject({ code: 2, err: expect.stringMatching(/jetway plan req-/) });

    const approved = await run('approve', id, '--digest', plan.values[0].digest, '--watch');
    expect(approved).toMatchObject({ code: 0, err: '' });
    expect(approved.out).toMatch(/ Blueprint: succeeded \([\s\S]*is account \d{12}\n$/);
    expect(approved.out).not.toContain('\u001b');
    const again = await run('approve', id, '--yes');
    expect(again).toMatchObject({
      code: 3,
      err: expect.stringMatching(/approver@example\.com.*\n.*watch req-/),
    });

    const list = await json('accounts', '--search', name);
    const [{ accountId }] = list.values[0].items;
    const account = await run('account', name);
    expect(account).toMatchObject({ code: 0, err: '' });
    expect(account.out).toMatch(new RegExp(`^${name} {2}${accountId} {2}ACTIVE\n`));
    expect(account.out).toContain('AccountVended');
    expect((await json('account', accountId)).values[0]).toMatchObject({
      account: { name },
      compliance: { accountId },
      timeline: expect.arrayContaining([expect.objectContaining({ type: 'AccessAssigned' })]),
    });
    expect((await run('compliance', name)).out).toContain('guardrails, 0 violated');
    expect((await json('compliance')).values[0].accounts.total).toBeGreaterThan(0);
    expect(await run('compliance', '--findings', '--check')).toMatchObject({ code: 0 });
    const verified = await json('ledger', 'verify');
    expect(verified).toMatchObject({ code: 0, values: [{ ok: true }] });
    for (const act of ['cancel', 'resume'])
      expect(await run(act, id)).toMatchObject({ code: 3, err: expect.stringMatching(/no longer possible/) });
  });

  it('has an exception asked for, listed and ended early', async () => {
    const body = requestBody('excepted', { guardrails: ['AWS-GR_RESTRICTED_SSH'] });
    const vend = await jetway.order(body);
    await jetway.reachesActive(vend.id);
    const { name } = body.account;
    expect(await run('exceptions', name)).toMatchObject({ code: 0, out: 'No exceptions.\n', err: '' });
    const until = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
    const wish = [
      'exception',
      'request',
      name,
      '--control',
      'AWS-GR_RESTRICTED_SSH',
      '--reason',
      'Old bastion',
    ];
    const late = await run(...wish, '--until', '2020-01-31');
    expect(late).toMatchObject({
      code: 2,
      err: expect.stringMatching(/\/expiresAt has to be in the future/),
    });
    const dry = await run(...wish, '--until', until, '--dry-run');
    expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('asks for an exception from') });
    const asked = await json(...wish, '--until', until, '--detach');
    const { id } = asked.values[0];
    const early = await run('exception', 'revoke', id, '--reason', 'Gone');
    expect(early).toMatchObject({ code: 3, err: expect.stringMatching(/Cancel its request instead/) });
    expect(await run('approve', id, '--yes', '--watch')).toMatchObject({ code: 0, err: '' });
    const list = await run('exceptions', name, '--state', 'active');
    expect(list.out).toMatch(new RegExp(`${id} +${name} +AWS-GR_RESTRICTED_SSH +- +ACTIVE +${until}`));
    const ended = await run('exception', 'revoke', id, '--reason', 'The bastion is gone');
    expect(ended).toMatchObject({ code: 0, out: `AWS-GR_RESTRICTED_SSH in ${name}: REVOKED\n`, err: '' });
    const again = await run('exception', 'revoke', id, '--reason', 'Once more');
    expect(again).toMatchObject({ code: 3, err: expect.stringMatching(/over already/) });
    expect(await run('exception', 'revoke', vend.id, '--reason', 'x')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/is no exception/),
    });
    expect((await run('exception', 'revoke', 'req-nope', '--reason', 'x')).code).toBe(3);
  });

  it('can be asked for in arguments', async () => {
    const name = unique('args');
    const { code, values } = await json(
      ...['request', '--name', name, '--email', `aws+${name}@example.com`, '--ou', 'ou-ab12-workloads'],
      ...['--team', 'payments', '--owner', 'Ana Lopez <ana@example.com>', '--justification', 'x'],
      ...['--blueprint', 'sandbox', '--guardrail', 'AWS-GR_RESTRICTED_SSH', '--detach'],
    );
    expect(code).toBe(0);
    expect(values[0]).toMatchObject({ account: { name }, team: 'payments', requestedBy: 'ana@example.com' });
  });

  it('that is denied ends with 3 and says why; one that is cancelled too', async () => {
    const id = await sent(requestBody('denied'));
    const watching = cli.start(['watch', id], { JETWAY_URL: jetway.url });
    await watching.says('ApprovalRequested');
    expect(await run('deny', id, '--comment', 'not now')).toMatchObject({ code: 0 });
    expect(await watching.ended).toMatchObject({
      code: 3,
      err: expect.stringMatching(/DENIED[\s\S]*not now/),
    });
    const other = await sent(requestBody('cancelled'));
    expect(await run('cancel', other)).toMatchObject({ code: 0, out: expect.stringContaining('cancelled') });
    expect((await run('watch', other)).code).toBe(3);
  });

  it('in quarantine ends with 4, and is resumed', async () => {
    const id = await sent(requestBody('stuck', { guardrails: ['AWS-GR_RESTRICT_ROOT_USER'] }));
    jetway.aws.faults.inject({
      service: 'organizations',
      action: 'CreatePolicy',
      kind: 'error',
      code: 'ConstraintViolationException',
      message: 'You have reached the maximum number of policies',
      times: Number.POSITIVE_INFINITY,
    });
    const first = await run('approve', id, '--yes', '--watch');
    jetway.aws.faults.clear();
    expect(first).toMatchObject({ code: 4, err: expect.stringMatching(/QUARANTINED[\s\S]*What to do: /) });
    const resumed = await run('resume', id, '--watch');
    expect(resumed).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/is account \d{12}\n$/) });
  });

  it('with a field that is wrong is refused with its line: 2', async () => {
    const path = file({
      ...requestBody('wrong', { organizationalUnitId: 'ou-ab12-nosuchunit' }),
      colour: 'red',
    });
    const lines = readFileSync(path, 'utf8').split('\n');
    const line = lines.findIndex((text) => text.startsWith('colour:')) + 1;
    const { code, err } = await run('request', path);
    expect(code).toBe(2);
    expect(err).toContain(`${path}:${line}:1: /colour is not a known field`);
    const told = await json('request', path);
    expect(JSON.parse(told.err)).toMatchObject({
      error: { status: 422, errors: [{ pointer: '/colour', at: `${path}:${line}:1` }] },
    });
  });
});

describe('watching', () => {
  it('is left with Ctrl-C, cancels nothing, and goes on behind the last event', async () => {
    const id = await sent(requestBody('left'));
    const first = cli.start(['watch', id, '--json'], { JETWAY_URL: jetway.url });
    await first.says('ApprovalRequested');
    await first.says('AWAITING_APPROVAL');
    first.child.kill('SIGINT');
    const left = await first.ended;
    expect(left.code).toBe(130);
    const { again, after } = JSON.parse(left.err);
    expect(again).toBe(`jetway watch ${id} --after ${after}`);
    expect((await jetway.request(id)).status).toBe('AWAITING_APPROVAL');

    expect((await run('approve', id, '--yes')).code).toBe(0);
    const second = await run(...again.split(' ').slice(1), '--json');
    expect(second.code).toBe(0);
    const facts = [left, second].map(({ out }) =>
      out
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
        .filter((value) => value.event === 'fact')
        .map((value) => value.seq),
    );
    // None is missing, none is there twice; what comes when the account is usable is nobody's waiting.
    const seen = facts.flat();
    const told = await jetway.timeline(id);
    expect(seen).toEqual(told.slice(0, seen.length).map((fact) => fact.seq));
    expect(told.slice(0, seen.length).map((fact) => fact.type)).toContain('AccessAssigned');
    expect(facts[0]!.length).toBeGreaterThan(1);
  });

  it('ends with 5 when the time is up, and the request goes on', async () => {
    const id = await sent(requestBody('patient'));
    const { code, err } = await run('watch', id, '--timeout', '0.01');
    expect(code).toBe(5);
    expect(err).toMatch(/Time is up; req-\S+ goes on\. Watch it again: jetway watch req-\S+ --after \d+/);
  });
});

it('words of others never reach the terminal as they are', async () => {
  const team = requestBody('hostile', { justification: 'x\u001b[2J\u009b31m\u202ereversed' });
  const id = await sent(team);
  await run('deny', id, '--comment', 'no\u001b]0;owned\u0007');
  const { err } = await run('watch', id);
  expect(err).toContain('no\\x1b]0;owned\\x07');
  const outputs = [err, (await run('watch', id, '--json')).out, (await run('plan', id)).out];
  for (const text of outputs) expect(text).not.toMatch(/[\p{Cf}]|(?!\n)[\p{Cc}]/u);
});

describe('a server that is none, or not as it should be', () => {
  async function fake(answer: RequestListener): Promise<string> {
    const server = createServer(answer);
    fakes.push(server);
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const problem =
    (status: number, body: object): RequestListener =>
    (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body));
    };
  const ask = (url: string, ...args: string[]) =>
    cli.run(args.length > 0 ? args : ['accounts'], { JETWAY_URL: url, JETWAY_TOKEN: 'secret-token' });

  it('missing: 4, with what to do', async () => {
    const { code, err } = await ask('http://127.0.0.1:9');
    expect({ code, err }).toEqual({
      code: 4,
      err: expect.stringMatching(/Nothing answers[\s\S]*JETWAY_URL/),
    });
    expect(await ask('https://nowhere.invalid')).toMatchObject({
      code: 4,
      err: expect.stringMatching(/name/),
    });
  });

  it('an expired token: 3, with how to get another', async () => {
    const url = await fake(problem(401, { title: 'Sign in first', detail: 'Expired.', code: 'bad-token' }));
    const { code, err } = await ask(url);
    expect({ code, err }).toEqual({ code: 3, err: expect.stringMatching(/Expired\.[\s\S]*jetway login/) });
    expect(err).not.toContain('secret-token');
    const told = await ask(url, 'accounts', '--json');
    expect(JSON.parse(told.err)).toMatchObject({ error: { status: 401, code: 'bad-token' } });
  });

  it('an unknown id: 3', async () => {
    const { code, err } = await run('watch', 'req-nope');
    expect({ code, err }).toEqual({ code: 3, err: expect.stringMatching(/Not found[\s\S]*Check the id/) });
    expect(await run('account', '000000000000')).toMatchObject({ code: 3 });
    expect(await run('account', 'nobody')).toMatchObject({ code: 2, err: expect.stringMatching(/--search/) });
  });

  it('slow: 5', async () => {
    const url = await fake(() => {});
    const { code, err } = await ask(url, 'accounts', '--patience', '0.3');
    expect({ code, err }).toEqual({ code: 5, err: expect.stringMatching(/within 0\.3 s[\s\S]*--patience/) });
  });

  it('of another version, or another thing: 4 or 3, and it says so', async () => {
    const other = await fake(
      (_request, response) => void response.end('{"items":[{"id":1}],"nextCursor":null}'),
    );
    expect(await ask(other)).toMatchObject({ code: 4, err: expect.stringMatching(/another shape/) });
    const page = await fake((_request, response) => void response.end('<html>'));
    expect(await ask(page)).toMatchObject({ code: 4, err: expect.stringMatching(/not JSON/) });
    const older = await fake(problem(404, { title: 'Not found', detail: 'None.', code: 'no-route' }));
    expect(await ask(older, 'compliance')).toMatchObject({
      code: 3,
      err: expect.stringMatching(/has no GET \/v1\/compliance\/summary/),
    });
  });

  it('of a version that does not fit: the command says which one would', async () => {
    const answers = (version: string) =>
      fake(
        ({ url }, response) =>
          void response.end(
            url?.startsWith('/.well-known/')
              ? JSON.stringify({ jetway_version: version })
              : '{"accounts":[]}',
          ),
      );
    const newer = await ask(await answers('9.1.0'));
    expect(newer).toMatchObject({
      code: 4,
      err: expect.stringMatching(/another shape[\s\S]*service is version 9\.1\.0.*Install version 9\.1\.0/),
    });
    const told = await ask(await answers('9.1.0'), 'accounts', '--json');
    expect(JSON.parse(told.err)).toMatchObject({ reason: expect.stringMatching(/9\.1\.0/) });
    expect((await ask(await answers(VERSION))).err).not.toMatch(/do not fit/);
  });

  it('that asks for patience gets it', async () => {
    let calls = 0;
    const url = await fake((request, response) => {
      if (++calls === 1) return void response.writeHead(429, { 'retry-after': '1' }).end('{}');
      expect(request.headers.authorization).toBe('Bearer secret-token');
      response.end('{"items":[],"nextCursor":null}');
    });
    expect(await ask(url)).toEqual({ code: 0, out: 'No accounts.\n', err: '' });
    expect(calls).toBe(2);
  });
});

describe('apply', () => {
  const folder = () => {
    const path = join(cli.folder, `apply-${++files}`);
    mkdirSync(join(path, 'more'), { recursive: true });
    return path;
  };

  it('asks for what is not there, leaves what is, changes what differs, and tells what cannot be', async () => {
    const [one, two] = [requestBody('apply'), requestBody('apply')];
    const place = folder();
    writeFileSync(join(place, 'one.yaml'), stringify(one));
    writeFileSync(join(place, 'more', 'two.json'), JSON.stringify(two));
    writeFileSync(join(place, 'README.md'), 'no request');

    // Nobody can be asked here, so nothing is sent.
    const shown = await run('apply', '-f', place);
    expect(shown).toMatchObject({ code: 2, err: expect.stringContaining('--yes') });
    expect(shown.out).toContain('2 accounts: 2 new');
    const first = await json('apply', '-f', place, '--yes');
    expect(first.code).toBe(0);
    const ids = first.values.filter((v) => v.event === 'sent').map((v) => v.request.id);
    expect(ids).toHaveLength(2);
    const underWay = await run('apply', '-f', place, '--yes');
    expect(underWay).toMatchObject({ code: 0, out: expect.stringContaining('2 accounts: 2 under way') });
    for (const id of ids) expect((await run('approve', id, '--yes', '--watch')).code).toBe(0);
    const again = await run('apply', '-f', place, '--yes');
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('2 accounts: 2 unchanged') });

    writeFileSync(join(place, 'one.yaml'), stringify({ ...one, guardrails: ['AWS-GR_RESTRICTED_SSH'] }));
    writeFileSync(join(place, 'more', 'two.json'), JSON.stringify({ ...two, tags: { 'cost-center': '1' } }));
    const changed = await json('apply', '-f', place, '--yes');
    expect(changed.code).toBe(3);
    expect(changed.values[0].items).toMatchObject([
      { name: two.account.name, state: 'not possible', differences: [{ member: 'tags' }] },
      { name: one.account.name, state: 'changed', differences: [{ member: 'guardrails' }] },
    ]);
    const [sentChange] = changed.values.filter((v) => v.event === 'sent');
    expect(sentChange.request).toMatchObject({ kind: 'account-change', account: { name: one.account.name } });
    // Denied, it can be asked for again: once, not twice.
    expect((await run('deny', sentChange.request.id)).code).toBe(0);
    const anew = await json('apply', '-f', place, '--yes');
    const [second] = anew.values.filter((v) => v.event === 'sent');
    expect(second.request.id).not.toBe(sentChange.request.id);
  });

  it('sends nothing when one of the files is refused, or a name is there twice', async () => {
    const place = folder();
    const good = requestBody('good');
    writeFileSync(join(place, 'a.yaml'), stringify(good));
    writeFileSync(join(place, 'b.yaml'), stringify({ ...requestBody('bad'), guardrails: ['NO-SUCH'] }));
    const bad = await run('apply', '-f', place, '--yes');
    expect(bad).toMatchObject({ code: 2, err: expect.stringMatching(/b\.yaml:\d+:\d+: \/guardrails\/0/) });
    writeFileSync(join(place, 'b.yaml'), stringify(good));
    const twice = await run('apply', '-f', place, '--yes');
    expect(twice).toMatchObject({
      code: 2,
      err: expect.stringMatching(/b\.yaml:\d+.* is there already, at .*a\.yaml/),
    });
    const { body } = await jetway.as('operator').get('/v1/account-requests?limit=100');
    const names = body.items.map((item: { account?: { name: string } }) => item.account?.name);
    expect(names).not.toContain(good.account.name);
    expect(await run('apply', '-f', join(place, 'nowhere'))).toMatchObject({ code: 2 });
  });
});

describe('what if', () => {
  it('guardrails: what they would deny, and 3 with --check', async () => {
    const asked = [
      ...[
        'guardrails',
        'simulate',
        '--guardrail',
        'AWS-GR_RESTRICT_ROOT_USER',
        '--action',
        's3:ListAllMyBuckets',
      ],
      ...['--principal', 'arn:aws:iam::444455556666:root'],
    ];
    const { code, out } = await run(...asked);
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^denied {2}s3:ListAllMyBuckets on \* {2}AWS-GR_RESTRICT_ROOT_USER /),
    });
    expect((await run(...asked, '--check')).code).toBe(3);
  });

  it('mirror: which session and rule', async () => {
    const asked = ['mirror', 'evaluate', '-f', 'examples/mirror-packet.yaml'];
    expect((await run(...asked)).out).toBe('mirrored by session 1, rule 20, cut to 128 bytes\n');
    expect((await run(...asked, '--from', '10.9.0.5:1')).out).toBe('not mirrored\n');
  });
});

describe('signing in', () => {
  it('to a local service keeps who one is, in a file that is nobody else’s', async () => {
    const as = ['--as', 'eve@example.com', '--as-team', 'elsewhere', '--as-role', 'requester'];
    const home = { JETWAY_URL: jetway.url, XDG_CONFIG_HOME: join(cli.folder, 'local') };
    expect(await cli.run(['login'], home)).toMatchObject({ code: 2, err: expect.stringMatching(/--as/) });
    expect(await cli.run(['login', ...as], home)).toMatchObject({ code: 0, err: '' });
    const file = join(cli.folder, 'local', 'jetway', 'credentials.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await cli.run(['accounts'], home)).toMatchObject({ code: 0, out: 'No accounts.\n' });
    expect(await cli.run(['ledger', 'verify'], home)).toMatchObject({ code: 3 });
    chmodSync(file, 0o644);
    expect(await cli.run(['accounts'], home)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/chmod 600/),
    });
    chmodSync(file, 0o600);
    expect(await cli.run(['logout'], home)).toMatchObject({ code: 0 });
    expect((await cli.run(['accounts'], home)).out).not.toBe('No accounts.\n');
  });
});

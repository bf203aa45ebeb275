import { readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildCommandLine, type CommandLine } from '../support/command-line.ts';
import { startService, type TestService } from '../support/jetway.ts';

const AUDIENCE = 'jetway-api';
let cli: CommandLine;
let jetway: TestService;
let provider: Awaited<ReturnType<typeof startProvider>>;

/** An identity provider with the two endpoints of the device flow; the test is the person at the browser. */
async function startProvider() {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256', use: 'sig' };
  const state = { answer: 'authorization_pending', polls: 0, lifetime: 3_600, audience: AUDIENCE, begun: '' };
  let issuer = '';
  const token = () =>
    new SignJWT({ teams: ['payments'], roles: ['auditor'] })
      .setProtectedHeader({ alg: 'RS256', kid: 'k', typ: 'JWT' })
      .setIssuer(issuer)
      .setSubject('eve@example.com')
      .setAudience(state.audience)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey);
  const tokens = async () => ({
    access_token: await token(),
    token_type: 'Bearer',
    expires_in: state.lifetime,
    refresh_token: `refresh-${++state.polls}`,
  });
  const respond = async (path: string, form: URLSearchParams): Promise<[number, unknown]> => {
    switch (path) {
      case '/.well-known/openid-configuration':
        return [
          200,
          {
            ...{ issuer, jwks_uri: `${issuer}/keys`, token_endpoint: `${issuer}/token` },
            device_authorization_endpoint: `${issuer}/device`,
          },
        ];
      case '/keys':
        return [200, { keys: [jwk] }];
      case '/device':
        state.begun = form.toString();
        return [
          200,
          {
            ...{ device_code: 'secret-device-code', user_code: 'WDJB-MJHT', expires_in: 60, interval: 1 },
            verification_uri: `${issuer}/activate`,
          },
        ];
      case '/token':
        if (form.get('grant_type') === 'refresh_token')
          return String(form.get('refresh_token')).startsWith('refresh-')
            ? [200, await tokens()]
            : [400, { error: 'invalid_grant' }];
        return state.answer === 'yes' ? [200, await tokens()] : [400, { error: state.answer }];
      default:
        return [404, {}];
    }
  };
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', async () => {
      const [status, answer] = await respond(request.url ?? '', new URLSearchParams(body));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { issuer, state, close: () => server.close() };
}

beforeAll(async () => {
  provider = await startProvider();
  const oidc = {
    ...{ issuer: provider.issuer, audience: AUDIENCE, clientId: 'dashboard', clientSecret: null },
    ...{ scopes: 'openid', algorithms: ['RS256'] as const },
    claims: { subject: 'sub', teams: 'teams', roles: 'roles' },
    cli: { clientId: 'jetway-cli', scopes: 'openid offline_access' },
  };
  const publicUrl = 'http://127.0.0.1:8080';
  [cli, jetway] = await Promise.all([buildCommandLine(), startService({ config: { oidc, publicUrl } })]);
}, 120_000);
afterAll(async () => {
  await jetway?.close();
  provider?.close();
  cli?.remove();
});

const env = (name: string) => ({ JETWAY_URL: jetway.url, XDG_CONFIG_HOME: join(cli.folder, name) });
const fileOf = (name: string) => join(cli.folder, name, 'jetway', 'credentials.json');

it('somebody types the code in a browser, is signed in until they sign out, and gets new tokens meanwhile', async () => {
  const home = env('eve');
  expect(await cli.run(['accounts'], home)).toMatchObject({
    code: 3,
    err: expect.stringMatching(/jetway login/),
  });
  provider.state.answer = 'authorization_pending';
  // The first token is over as soon as it is there.
  provider.state.lifetime = 1;
  const login = cli.start(['login'], home);
  expect(await login.says('WDJB-MJHT')).toContain(`Open ${provider.issuer}/activate and type the code`);
  expect(new URLSearchParams(provider.state.begun).get('scope')).toBe('openid offline_access');
  expect(new URLSearchParams(provider.state.begun).get('client_id')).toBe('jetway-cli');
  expect(new URLSearchParams(provider.state.begun).get('audience')).toBe(AUDIENCE);
  provider.state.answer = 'yes';
  const { code, out, err } = await login.ended;
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(statSync(fileOf('eve')).mode & 0o777).toBe(0o600);
  expect(out).not.toContain('secret-device-code');
  const before = readFileSync(fileOf('eve'), 'utf8');
  provider.state.lifetime = 3_600;
  expect(await cli.run(['ledger', 'verify'], home)).toMatchObject({ code: 0, err: '' });
  const after = readFileSync(fileOf('eve'), 'utf8');
  expect(after).not.toBe(before);
  expect(await cli.run(['ledger', 'verify'], home)).toMatchObject({ code: 0 });
  expect(readFileSync(fileOf('eve'), 'utf8')).toBe(after);
  // It is not for another service.
  expect(await cli.run(['accounts', '--url', 'http://localhost:9'], home)).toMatchObject({ code: 4 });
  expect(await cli.run(['logout'], home)).toMatchObject({ code: 0 });
  expect(await cli.run(['accounts'], home)).toMatchObject({ code: 3 });
});

it.each([
  ['access_denied', 3, /denied/],
  ['expired_token', 4, /expired_token/],
])('the provider says %s: %i, and nothing is kept', async (answer, code, words) => {
  provider.state.answer = answer;
  expect(await cli.run(['login'], env(answer))).toMatchObject({ code, err: expect.stringMatching(words) });
  expect(() => statSync(fileOf(answer))).toThrow(/ENOENT/);
});

it('a token that the service does not take is not kept', async () => {
  provider.state.answer = 'yes';
  provider.state.audience = 'else';
  const ran = await cli.run(['login'], env('else'));
  provider.state.audience = AUDIENCE;
  expect(ran).toMatchObject({ code: 4, err: expect.stringMatching(/does not accept its token/) });
  expect(() => statSync(fileOf('else'))).toThrow(/ENOENT/);
});

it('Ctrl-C ends the waiting with 130', async () => {
  provider.state.answer = 'authorization_pending';
  const login = cli.start(['login'], env('gone'));
  await login.says('WDJB-MJHT');
  login.child.kill('SIGINT');
  expect((await login.ended).code).toBe(130);
});

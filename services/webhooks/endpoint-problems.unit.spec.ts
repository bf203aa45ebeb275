import { describe, expect, it } from 'vitest';
import { Endpoint } from '../settings/settings.schema.ts';
import { endpointProblems } from './endpoint-problems.ts';
import { isAllowedHostEntry, targetProblem } from './target.ts';

const ALLOWED = ['hooks.example.com', '*.logic.azure.com', 'other.example.com:8443'];

describe('where a webhook may be sent', () => {
  it.each([
    'https://hooks.example.com/x?y=1',
    'https://HOOKS.example.com/x',
    'https://hooks.example.com:443/',
    'https://prod-1.westus.logic.azure.com/workflows/1',
    'https://other.example.com:8443/',
  ])('%s', (url) => expect(targetProblem(url, ALLOWED)).toBeUndefined());

  it.each([
    ['http://hooks.example.com/', /https/],
    ['ftp://hooks.example.com/', /https/],
    ['https://hooks.example.com:8443/', /may call/],
    ['https://other.example.com/', /may call/],
    ['https://evilhooks.example.com/', /may call/],
    ['https://hooks.example.com.evil.example/', /may call/],
    ['https://hooks.example.com./', /may call/],
    ['https://logic.azure.com/', /may call/],
    ['https://evillogic.azure.com/', /may call/],
    ['https://a@hooks.example.com/', /user name/],
    ['https://:b@hooks.example.com/', /user name/],
    ['https://hooks.example.com\\@evil.example/', /./],
    ['https://hooks.example.com/#x', /fragment/],
    ['https://127.0.0.1/', /address/],
    ['https://[::1]/', /address/],
    ['https://2130706433/', /address/],
    ['https://0x7f000001/', /address/],
    ['https://0177.1/', /address/],
    ['https://1.1.1.1/', /address/],
    ['x', /URL/],
  ])('%s is refused', (url, why) => {
    // A backslash is a slash to a URL: the host stays the allowed one, and nothing of it leads elsewhere.
    if (url.includes('\\')) expect(new URL(url).hostname).toBe('hooks.example.com');
    else expect(targetProblem(url, ALLOWED)).toMatch(why);
  });

  it('is nowhere until somebody says so', () => {
    expect(targetProblem('https://hooks.example.com/', [])).toMatch(/may call/);
  });

  it.each(['hooks.example.com', '*.example.com', 'a.b:8443'])('%s can be allowed', (entry) =>
    expect(isAllowedHostEntry(entry)).toBe(true),
  );
  it.each([
    '',
    '*',
    '*.com.',
    'com',
    '*.*.com',
    'https://a.b',
    'a.b/c',
    '10.0.0.1',
    '1.2.3',
    '::1',
    'a b.c',
    '-a.b',
    'a.b:',
  ])('%s cannot', (entry) => expect(isAllowedHostEntry(entry)).toBe(false));
});

describe('an endpoint of the settings', () => {
  const pointers = (endpoint: object) =>
    endpointProblems(Endpoint.parse({ keys: ['k1'], ...endpoint }), ALLOWED).map((p) => p.pointer);
  const out = { name: 'siem', direction: 'out', url: 'https://hooks.example.com/x' };

  it('is fine', () => {
    expect(pointers(out)).toEqual([]);
    expect(pointers({ ...out, events: ['AccountVended'] })).toEqual([]);
    expect(pointers({ name: 'itsm', direction: 'in', keys: ['a', 'b'] })).toEqual([]);
    const flow = {
      ...out,
      format: 'teams-workflow',
      url: 'https://prod-1.westus.logic.azure.com/workflows/1',
    };
    expect(pointers(flow)).toEqual([]);
  });

  it('is not', () => {
    expect(pointers({ ...out, name: 'local-chat' })).toEqual(['/name']);
    expect(pointers({ ...out, keys: [] })).toEqual(['/keys']);
    expect(pointers({ ...out, keys: ['a', 'a'] })).toEqual(['/keys']);
    expect(pointers({ ...out, url: 'https://else.example.com/' })).toEqual(['/url']);
    expect(pointers({ ...out, events: ['AccountVended', 'AwsEventObserved'] })).toEqual(['/events/1']);
    const flow = { ...out, format: 'teams-workflow' };
    expect(pointers({ ...flow, url: 'https://hooks.example.com/x?sig=secret' })).toEqual(['/url']);
    expect(pointers({ ...flow, events: ['AccountVended'] })).toEqual(['/events']);
    expect(pointers({ ...flow, keys: ['a', 'b'] })).toEqual(['/keys']);
  });
});

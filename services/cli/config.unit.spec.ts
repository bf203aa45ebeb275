import { describe, expect, it } from 'vitest';
import { readCliConfig } from './config.ts';
import { addressOf } from './connect.ts';

describe('the environment of the command line', () => {
  it('may be empty', () =>
    expect(readCliConfig({ HOME: '/home/ana' })).toEqual({
      url: undefined,
      token: undefined,
      credentialsFile: '/home/ana/.config/jetway/credentials.json',
      mayColour: true,
      aws: { endpointUrl: undefined, real: false, dataDir: '.data' },
    }));

  it('counts what is set to nothing as not set', () =>
    expect(
      readCliConfig({ JETWAY_URL: '', JETWAY_TOKEN: '', XDG_CONFIG_HOME: '', HOME: '/h', NO_COLOR: '' }),
    ).toMatchObject({ url: undefined, token: undefined, mayColour: true }));

  it('says where a sign-in is kept, and whether there are colours', () => {
    expect(readCliConfig({ XDG_CONFIG_HOME: '/x' }).credentialsFile).toBe('/x/jetway/credentials.json');
    expect(readCliConfig({ NO_COLOR: '1' }).mayColour).toBe(false);
    expect(readCliConfig({ TERM: 'dumb' }).mayColour).toBe(false);
  });
});

describe('the address', () => {
  const config = readCliConfig({ JETWAY_URL: 'https://jetway.example.com/', HOME: '/h' });
  const none = readCliConfig({ HOME: '/h' });

  it('is what the argument says, else the environment, else this machine', () => {
    expect(addressOf({ url: 'http://localhost:9' }, config)).toBe('http://localhost:9');
    expect(addressOf({}, config)).toBe('https://jetway.example.com');
    expect(addressOf({}, none)).toBe('http://127.0.0.1:8080');
  });

  it.each([
    'jetway.example.com',
    'ftp://jetway.example.com',
    'http://jetway.example.com',
    'http://127.0.0.1.evil.example',
  ])('%s is none that a token may be sent to', (url) =>
    expect(() => addressOf({ url }, none)).toThrow(/https/),
  );
});

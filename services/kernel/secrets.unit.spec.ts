import { describe, expect, it } from 'vitest';
import { openSecrets } from './secrets.node.ts';

const secrets = openSecrets(Buffer.alloc(32, 1));
const others = openSecrets(Buffer.alloc(32, 2));

describe('a sealed text', () => {
  it('opens with the same root secret only', () => {
    const sealed = secrets.seal('task-token-ü');
    expect(sealed).not.toContain('task-token');
    expect(secrets.open(sealed)).toBe('task-token-ü');
    expect(() => others.open(sealed)).toThrow();
  });

  it('is another one each time', () => expect(secrets.seal('x')).not.toBe(secrets.seal('x')));

  it.each([5, 20, 33])('opens no more when byte %i was changed', (at) => {
    const sealed = secrets.seal('a text that is long enough');
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    expect(() => secrets.open(`v1.${bytes.toString('base64url')}`)).toThrow();
  });
});

describe('a signature', () => {
  const signature = secrets.sign('decision', 'yes');

  it('is good for its purpose, its text and its root secret', () => {
    expect(secrets.verify('decision', 'yes', signature)).toBe(true);
    expect(secrets.verify('webhook', 'yes', signature)).toBe(false);
    expect(secrets.verify('decision', 'no', signature)).toBe(false);
    expect(others.verify('decision', 'yes', signature)).toBe(false);
  });

  it.each(['', 'x', `${signature}x`, signature.slice(0, -1)])('is not %j', (text) => {
    expect(secrets.verify('decision', 'yes', text)).toBe(false);
  });

  it('shares no key with another purpose', () => {
    expect(Buffer.from(secrets.key('a')).equals(Buffer.from(secrets.key('b')))).toBe(false);
    expect(secrets.key('a')).toHaveLength(32);
  });
});

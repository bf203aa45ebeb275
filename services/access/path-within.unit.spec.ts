import { describe, expect, it } from 'vitest';
import { pathWithin } from './path-within.ts';

describe('where one goes after signing in', () => {
  it.each(['/', '/approvals/req-1', '/approvals/req-1?x=%2F1'])('is %s', (path) =>
    expect(pathWithin(path)).toBe(path),
  );
  it.each([
    undefined,
    '',
    'evil',
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/./\n/evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    'javascript:alert(1)',
    `/${'x'.repeat(600)}`,
  ])('is never %s', (path) => expect(pathWithin(path)).toBe('/'));
});

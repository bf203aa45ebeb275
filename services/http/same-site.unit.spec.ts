import { describe, expect, it } from 'vitest';
import { sentByOurPage } from './same-site.ts';

const OURS = 'https://jetway.example.com';

describe('a form of ours', () => {
  it.each<[string | undefined, string | undefined, boolean]>([
    ['same-origin', OURS, true],
    ['same-origin', 'null', true],
    ['same-origin', undefined, true],
    ['same-origin', 'https://evil.example', false],
    ['same-site', OURS, false],
    ['cross-site', OURS, false],
    ['none', undefined, false],
    ['', OURS, false],
    [undefined, OURS, true],
    [undefined, 'null', false],
    [undefined, undefined, false],
    [undefined, `${OURS}.evil.example`, false],
  ])('Sec-Fetch-Site %s and Origin %s: %s', (site, origin, ours) =>
    expect(sentByOurPage({ site, origin }, OURS)).toBe(ours),
  );
});

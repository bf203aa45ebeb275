/** Somewhere else, for comparing: what leads out of it leads out of us. */
const BASE = 'http://within.invalid';
const MAX = 512;

/**
 * Where to go after signing in: a path of ours, else the front page. Browsers read backslashes as slashes and leave out
 * tabs and line breaks, so that an address of another site can look like a path.
 */
export function pathWithin(wanted: string | undefined): string {
  if (!wanted || wanted.length > MAX || !/^\/[\x21-\x5b\x5d-\x7e]*$/.test(wanted)) return '/';
  if (wanted.startsWith('//') || !URL.canParse(wanted, BASE)) return '/';
  const url = new URL(wanted, BASE);
  const path = `${url.pathname}${url.search}`;
  return url.origin === BASE && !path.startsWith('//') ? path : '/';
}

/**
 * Words that are not what they look like: letters of two scripts in one word, or foreign letters that all pass for Latin
 * ones. They are shown as they are, with a hint beside them.
 */

type Script = string;

const SCRIPTS: readonly (readonly [Script, RegExp])[] = [
  ['Latin', /\p{Script=Latin}/u],
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Greek', /\p{Script=Greek}/u],
  ['Armenian', /\p{Script=Armenian}/u],
  ['Cherokee', /\p{Script=Cherokee}/u],
  ['Coptic', /\p{Script=Coptic}/u],
  ['Lisu', /\p{Script=Lisu}/u],
  ['Georgian', /\p{Script=Georgian}/u],
  ['Hebrew', /\p{Script=Hebrew}/u],
  ['Arabic', /\p{Script=Arabic}/u],
  // Written side by side in one word every day.
  [
    'East Asian',
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u,
  ],
];

/** Letters of other scripts that a reader takes for Latin ones. */
const PASSES_FOR_LATIN = new Set('аеорсухіјѕԁԛԝһӏьзвкмнтАВЕКМНОРСТУХІЈЅԌԚԜҺӀЗЬαγειкνορυχϲϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ');

/** Letters in fancy dress: wide, mathematical, in circles and squares. */
const DRESSED = /[\u2460-\u24ff\uff01-\uff5e\u{1d400}-\u{1d7ff}\u{1f100}-\u{1f1ff}]/u;

const LETTERS = /[\p{L}\p{M}]+/gu;

const scriptOf = (letter: string): Script | undefined =>
  // Letters of no script of their own (Common, Inherited) fit everywhere; any other script is one more.
  /[\p{Script=Common}\p{Script=Inherited}]/u.test(letter)
    ? undefined
    : (SCRIPTS.find(([, belongs]) => belongs.test(letter))?.[0] ?? 'another');

const isMixed = (word: string): boolean => new Set([...word].map(scriptOf).filter(Boolean)).size > 1;

const allPassForLatin = (word: string): boolean =>
  [...word].length > 1 && [...word].every((letter) => PASSES_FOR_LATIN.has(letter));

/** Puts a hint behind every word that may be taken for another one. @param text with single spaces between words */
export function withHints(text: string): string {
  // Plain ASCII, nearly always: nothing to look for.
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const words = text.match(LETTERS) ?? [];
  const latin = words.some((word) => /\p{Script=Latin}/u.test(word));
  const disguised = latin || (words.length > 0 && words.every(allPassForLatin));
  return text
    .split(' ')
    .map((token) => {
      const parts = token.match(LETTERS) ?? [];
      if (parts.some(isMixed)) return `${token} (mixed scripts)`;
      if (DRESSED.test(token) || (disguised && parts.some(allPassForLatin)))
        return `${token} (look-alike letters)`;
      return token;
    })
    .join(' ');
}

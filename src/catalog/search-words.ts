/** Letters that people write for one another and that Unicode does not decompose. */
const alike: Readonly<Record<string, string>> = {
  ٱ: 'ا',
  ى: 'ي',
  ی: 'ي',
  ة: 'ه',
  ە: 'ه',
  ہ: 'ه',
  ک: 'ك',
};

const alikeLetters = new RegExp(`[${Object.keys(alike).join('')}]`, 'gu');

/** Marks over and under letters, the Arabic stretching stroke, and characters that are not seen. */
const dropped = /[\p{M}\u0640\p{Cf}]/gu;

/**
 * A text as it is compared in a search: small letters without accents and vowel marks, one form of alef, hamza bearers,
 * yeh, teh marbuta and kaf, Latin digits for Arabic-Indic and Persian ones.
 */
export const folded = (text: string): string =>
  text
    .toLowerCase()
    .normalize('NFKD')
    .replace(dropped, '')
    .replace(alikeLetters, (letter) => alike[letter] ?? letter)
    .replaceAll(/[٠-٩۰-۹]/gu, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf));

/** The words of a text as they are compared in a search. */
export const searchWords = (text: string): readonly string[] => folded(text).match(/[\p{L}\p{N}]+/gu) ?? [];

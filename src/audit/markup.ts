import { harmless } from './figures.js';

/** Text of a page in which everything that came from elsewhere is escaped. Only {@link markup} makes it. */
export class Markup {
  /** @param text HTML */
  constructor(readonly text: string) {}
}

/** What may stand in a page: texts are escaped, markup stands as it is, nothing is nothing. */
export type Content = string | number | Markup | null | readonly Content[];

/**
 * Puts content into HTML, safe in the text of an element and in a quoted attribute. Characters that a browser or a line
 * obeys (controls, changes of direction) are replaced.
 */
export const markup = (parts: TemplateStringsArray, ...contents: readonly Content[]): Markup =>
  new Markup(parts.map((part, index) => part + textOf(contents[index] ?? null)).join(''));

const textOf = (content: Content): string => {
  if (content === null) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'object') return content.map(textOf).join('');
  return harmless(String(content)).replace(/[&<>"']/gu, (character) => `&#${String(character.charCodeAt(0))};`);
};

/** A text of the log in its own direction: what stands around it stays where it is. */
export const said = (text: string): Markup => markup`<bdi>${text}</bdi>`;

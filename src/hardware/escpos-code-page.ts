import iconv from 'iconv-lite';

/** A code page as a printer knows it. */
export interface CodePage {
  /** A name that iconv-lite knows, of one byte a character. */
  readonly encoding: string;
  /** The number that `ESC t` gives it. Makers differ; it stands on the printer's self test. */
  readonly number: number;
}

/** The code pages by the numbers of Epson, which most makers keep. */
export const codePages = {
  PC437: { encoding: 'cp437', number: 0 },
  PC850: { encoding: 'cp850', number: 2 },
  WPC1252: { encoding: 'win1252', number: 16 },
  PC866: { encoding: 'cp866', number: 17 },
  PC852: { encoding: 'cp852', number: 18 },
  PC858: { encoding: 'cp858', number: 19 },
} as const satisfies Readonly<Record<string, CodePage>>;

const known = new Map<string, ReadonlySet<string>>();

/** Every character that the page has, control characters left out. */
const charactersOf = ({ encoding }: CodePage): ReadonlySet<string> => {
  const found = known.get(encoding);
  if (found) return found;
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const characters = new Set(
    Array.from(iconv.decode(bytes, encoding)).filter(
      (character) => !/[\p{Cc}\p{Cf}\p{Co}\p{Zs}\ufffd]/u.test(character),
    ),
  );
  characters.add(' ');
  known.set(encoding, characters);
  return characters;
};

/** Whether every character of the text is a byte of the page, so that the printer's own font can print it. */
export const isInCodePage = (text: string, page: CodePage): boolean => {
  const characters = charactersOf(page);
  return Array.from(text).every((character) => characters.has(character));
};

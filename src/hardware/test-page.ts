import type { Block, Layout } from './layout.js';

/** What a test page says about where it was printed. */
export interface TestPage {
  /** The printer, as the settings name it. */
  readonly place: string;
  /** The roll, as the settings name it. */
  readonly roll: string;
  /** Letters in a line of that roll. */
  readonly columns: number;
  /** When, for a person. */
  readonly at: string;
  /** What was done with the drawer, for a person. */
  readonly drawer: string;
}

/** Figures over the whole width: on a narrower roll they break, on a wider one they end before the edge. */
const ruler = (columns: number): string =>
  Array.from({ length: columns }, (_none, index) => String((index + 1) % 10)).join('');

/** A page that shows at a glance whether a printer takes everything that a receipt holds. */
export const testPage = ({ place, roll, columns, at, drawer }: TestPage): Layout => {
  const row = (start: string, end = ''): Block => ({ kind: 'row', start, end });
  return {
    direction: 'ltr',
    blocks: [
      { kind: 'centred', text: 'tillog', large: true },
      { kind: 'centred', text: 'Test page - not a receipt' },
      { kind: 'rule' },
      row('Printer', place),
      row('Roll', `${roll}, ${String(columns)} letters`),
      row('Printed at', at),
      row('Drawer', drawer),
      { kind: 'rule' },
      row(ruler(columns)),
      row('ABCDEFGHIJKLM abcdefghijklm', '12.34'),
      row('Café, Noël, naïve, œuvre, ß', '5,67 €'),
      row('قهوة عربية', '1.250'),
      { kind: 'centred', text: 'فاتورة ضريبية مبسطة' },
      { kind: 'qr', content: `tillog test page ${at}` },
      { kind: 'centred', text: 'The ruler reaches from edge to edge.' },
      { kind: 'cut' },
    ],
  };
};

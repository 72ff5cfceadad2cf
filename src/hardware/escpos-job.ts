import escpos from 'escpos';
import { bandsOf } from './bitmap.js';
import { type CodePage, isInCodePage } from './escpos-code-page.js';
import {
  cutBytes,
  feedBytes,
  leaveChineseMode,
  lineWidthBytes,
  qrBytes,
  rasterBytes,
  selectAscii,
} from './escpos-commands.js';
import { type Layout, linesOf, type PaperLine, type TextLine } from './layout.js';
import { spacedOut } from './layout-text.js';
import { drawnLine } from './line-drawing.js';
import { centredPicture, lineDots, type Paper } from './paper.js';
import { printable } from './plain-text.js';
import { qrCodeOf } from './qr-code.js';

/** What an ESC/POS printer is like. */
export interface EscposPrinter {
  readonly paper: Paper;
  readonly codePage: CodePage;
  /** `raster` for a printer that does not know the code as a command. */
  readonly qr: 'native' | 'raster';
  /** For a printer that was made to print Chinese: it must be told that bytes above 127 are not. Others print a dot. */
  readonly chinese?: boolean;
}

/** The most bytes that are sent to a printer at once. */
export const jobBytesMax = 256 * 1024;

/** The most rows of a picture in one command: many printers have no memory for more. */
const bandRows = 128;

/**
 * A layout as what an ESC/POS printer is sent, in jobs of at most {@link jobBytesMax} bytes; nearly always it is one.
 * Each starts by resetting the printer and ends with its last command whole, and they belong together in their order.
 *
 * A line that the printer's code page has is text; any other is drawn and sent as a picture. No control character of
 * the layout's texts is in it, and no line is dropped.
 * @throws PaperFault when something in it cannot be drawn
 */
export const escposJobs = (layout: Layout, printer: EscposPrinter): readonly Uint8Array[] => {
  const { columns } = printer.paper;
  const prologue = prologueOf(printer);
  const jobs: Buffer[][] = [];
  let left = 0;
  for (const line of linesOf(layout, { columns, largeScale: 2 })) {
    for (const part of partsOf(line, layout, printer)) {
      if (jobs.length === 0 || part.length > left) {
        jobs.push([prologue]);
        left = jobBytesMax - prologue.length;
      }
      jobs.at(-1)?.push(part);
      left -= part.length;
    }
  }
  return jobs.map((parts) => Buffer.concat(parts));
};

const commands = ({ codePage }: EscposPrinter): escpos.Printer =>
  new escpos.Printer(null, { encoding: codePage.encoding });

const prologueOf = (printer: EscposPrinter): Buffer => {
  const { paper, codePage, chinese = false } = printer;
  const start = commands(printer).hardware('init');
  if (chinese) start.raw(Buffer.from(leaveChineseMode));
  start.raw(Buffer.from(selectAscii)).setCharacterCodeTable(codePage.number);
  if (lineDots(paper) < paper.dots) start.raw(Buffer.from(lineWidthBytes(lineDots(paper))));
  return start.buffer.flush();
};

/** What a line is sent as, in parts that each may be the last of a job. */
const partsOf = (line: PaperLine, layout: Layout, printer: EscposPrinter): readonly Buffer[] => {
  const { paper } = printer;
  switch (line.kind) {
    case 'text':
      return textParts(line, layout, printer);
    case 'qr':
      return qrParts(line.content, printer);
    case 'picture':
      return rasterParts(centredPicture(line.picture, paper));
    case 'cut':
      return [Buffer.from(cutBytes)];
  }
};

const rasterParts = (picture: Parameters<typeof bandsOf>[0]): readonly Buffer[] =>
  bandsOf(picture, bandRows).map((band) => Buffer.from(rasterBytes(band)));

const textParts = (line: TextLine, { direction }: Layout, printer: EscposPrinter): readonly Buffer[] => {
  const { paper, codePage } = printer;
  const columns = Math.floor(paper.columns / line.scale);
  const text = asPrinted(line, direction, columns);
  if (!isInCodePage(text, codePage)) return rasterParts(drawnLine(line, direction, paper.columns));
  const sent = commands(printer);
  if (line.scale === 1) return [sent.text(text).buffer.flush()];
  return [sent.size(1, 1).text(text).size(0, 0).buffer.flush()];
};

/** The line from left to right, as the paper shows it: only for a text whose letters all run that way. */
const asPrinted = (line: TextLine, direction: Layout['direction'], columns: number): string => {
  if (direction === 'ltr') return spacedOut(line, columns).normalize('NFC');
  const end = printable(line.end);
  const start = printable(line.start).normalize('NFC');
  return end.normalize('NFC') + start.padStart(Math.max(0, columns - line.indent - end.length));
};

const qrParts = (content: string, printer: EscposPrinter): readonly Buffer[] => {
  const code = qrCodeOf(content, lineDots(printer.paper));
  if (printer.qr === 'raster') return rasterParts(centredPicture(code.picture, printer.paper));
  const quiet = Buffer.from(feedBytes(code.quietDots));
  const sent = commands(printer)
    .raw(quiet)
    .align('ct')
    .raw(Buffer.from(qrBytes(content, code.moduleDots)))
    .align('lt')
    .raw(quiet);
  return [sent.buffer.flush()];
};

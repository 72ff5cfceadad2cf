import type { Money } from './money.js';
import type { SessionReport, ZReport } from './report.js';

/** The languages that papers are in. */
export const paperLanguages = ['en', 'fr', 'ar'] as const;

/** One of {@link paperLanguages}. */
export type PaperLanguage = (typeof paperLanguages)[number];

/** Figures of amounts, quantities, rates and times: 12.50 or ١٢٫٥٠. Numbers that name something stay as they are. */
export const paperNumerals = ['latin', 'arabic-indic'] as const;

/** One of {@link paperNumerals}. */
export type PaperNumerals = (typeof paperNumerals)[number];

/** A black and white picture. */
export interface Logo {
  /** Dots; a whole number of bytes. */
  readonly width: number;
  readonly height: number;
  /** Base64 over rows from the top, each in whole bytes, the leftmost dot in the highest bit; 1 is black. */
  readonly dots: string;
}

/** How a shop wants its papers. All of it may be left out. */
export interface PaperSettings {
  /** Left out: the name that the store was enrolled with. */
  readonly shop_name?: string;
  /** Where the shop is, as lines under its name. */
  readonly address?: readonly string[];
  /** What the tax authority knows the shop by. */
  readonly tax_number?: string;
  readonly logo?: Logo;
  /** The last lines of a receipt. */
  readonly footer?: readonly string[];
  readonly language?: PaperLanguage;
  readonly numerals?: PaperNumerals;
  /** Total and tax of a receipt are shown in this currency too, with the rate. */
  readonly second_currency?: string;
  /**
   * A sale's paper is a simplified tax invoice and a refund's a credit note to one. `zatca`: as the first phase of the
   * rules of Saudi Arabia wants it, with the title in Arabic and the QR code of the tax authority.
   */
  readonly tax_invoice?: 'simplified' | 'zatca';
}

/** What holds for the papers of a shop at one moment. */
export interface ShopPaper extends PaperSettings {
  /** Empty when the terminal does not know its shop yet. */
  readonly shop_name: string;
  readonly language: PaperLanguage;
  readonly numerals: PaperNumerals;
}

/** The settings as they hold: what they leave out is filled in. */
export const shopPaper = (settings: PaperSettings, store_name: string): ShopPaper => ({
  ...settings,
  shop_name: settings.shop_name ?? store_name,
  language: settings.language ?? 'en',
  numerals: settings.numerals ?? 'latin',
});

/** What stands on every paper. */
export interface PaperHeading {
  readonly shop: ShopPaper;
  /** What people know the terminal by: the first four digits of its id. */
  readonly terminal: string;
  /** `YYYY-MM-DD HH:MM` where the terminal stands. */
  readonly local_time: string;
}

/** Where the event of a paper lies in the log, and the first 12 hex digits of its hash: the paper is a witness of the log. */
export interface PaperMark {
  readonly epoch: number;
  readonly seq: number;
  readonly short_hash: string;
}

/** A document as it is printed: with the mark of its event; null before there is one. */
export type Marked<Document> = Document & { readonly mark: PaperMark | null };

const shortHashDigits = 12;

/**
 * The mark of a stored event.
 * @param hash lower-case hex SHA-256 of it
 */
export const markOf = ({ epoch, seq }: Pick<PaperMark, 'epoch' | 'seq'>, hash: string): PaperMark => ({
  epoch,
  seq,
  short_hash: hash.slice(0, shortHashDigits),
});

/** A paper for cash that went in or out without a sale, and for a drawer that was opened without one. */
export interface SlipDocument extends PaperHeading {
  readonly kind: 'paid_in' | 'paid_out' | 'drop' | 'no_sale';
  readonly training: boolean;
  readonly business_date: string | null;
  /** Names, or where there is none what the catalog calls them. */
  readonly staff: string | null;
  readonly approver: string | null;
  /** Null where nothing but the drawer moved. */
  readonly amount: Money | null;
  readonly reason: string;
}

/** An X or Z report as a document. */
export interface ReportDocument extends PaperHeading {
  readonly kind: 'x' | 'z';
  readonly opened_time: string;
  readonly opener: string | null;
  readonly closer: string | null;
  readonly report: SessionReport | ZReport;
}

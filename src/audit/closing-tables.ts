/** How a cell is written: a text is guarded against spreadsheets; an amount and a quantity have a decimal point. */
export type CellKind = 'text' | 'amount' | 'quantity' | 'integer';

interface TableForm {
  readonly about: string;
  /** Besides the key of the closing, with which every row begins. */
  readonly columns: Readonly<Record<string, CellKind>>;
  /** What tells a row from the others of its closing. */
  readonly key: readonly string[];
  /** What a row belongs to besides its closing: a file and the columns with which it names a row of it. */
  readonly references?: Readonly<Record<string, readonly string[]>>;
}

/** The key of a closing: every row of every table begins with it. */
export const closingKey = { Z_KASSE_ID: 'text', Z_ERSTELLUNG: 'text', Z_NR: 'integer' } as const;

const money = 'amount';
const text = 'text';
const integer = 'integer';
const ofReceipt = { transactions: ['BON_ID'] };
const atRate = { vat: ['UST_SCHLUESSEL'] };

/** The tables that closings are exported to. Names of files and columns are those of DSFinV-K where it has such a thing. */
export const closingTables = {
  transactions: {
    about:
      'Receipts, voids, cash movements, opening floats and counted differences, one row each, as they were recorded',
    columns: {
      ...{ BON_ID: text, BON_NR: integer, BON_TYP: text, BON_NAME: text, TERMINAL_ID: text, BON_STORNO: integer },
      ...{ BON_START: text, BON_ENDE: text, BEDIENER_ID: text, BEDIENER_NAME: text, FREIGABE_ID: text },
      ...{ UMS_BRUTTO: money, WAEH_CODE: text, BON_NOTIZ: text, BON_HASH: text },
    },
    key: ['BON_ID'],
  },
  transactions_vat: {
    about: 'The sums of each receipt by tax rate',
    columns: { BON_ID: text, UST_SCHLUESSEL: integer, BON_BRUTTO: money, BON_NETTO: money, BON_UST: money },
    key: ['BON_ID', 'UST_SCHLUESSEL'],
    references: { ...ofReceipt, ...atRate },
  },
  lines: {
    about: 'The lines of each receipt; a tip, a rounding, a float and a movement are lines too',
    columns: {
      ...{ BON_ID: text, POS_ZEILE: integer, ARTIKELTEXT: text, POS_TERMINAL_ID: text, GV_TYP: text },
      ...{ P_STORNO: integer, ART_NR: text, WARENGR: text, MENGE: 'quantity', STK_PREIS: money, LISTENPREIS: money },
      ...{ RABATT: money, RABATT_GRUND: text },
    },
    key: ['BON_ID', 'POS_ZEILE'],
    references: ofReceipt,
  },
  lines_vat: {
    about: 'What each line comes to, after all discounts',
    columns: {
      ...{ BON_ID: text, POS_ZEILE: integer, UST_SCHLUESSEL: integer },
      ...{ POS_BRUTTO: money, POS_NETTO: money, POS_UST: money },
    },
    key: ['BON_ID', 'POS_ZEILE'],
    references: { ...ofReceipt, lines: ['BON_ID', 'POS_ZEILE'], ...atRate },
  },
  datapayment: {
    about: 'How each receipt was paid: the amount in its own currency, and in the base currency',
    columns: {
      ...{ BON_ID: text, ZAHL_ZEILE: integer, ZAHLART_TYP: text, ZAHLART_NAME: text },
      ...{ ZAHLWAEH_CODE: text, ZAHLWAEH_BETRAG: money, BASISWAEH_BETRAG: money },
    },
    key: ['BON_ID', 'ZAHL_ZEILE'],
    references: ofReceipt,
  },
  references: {
    about: 'The receipt to which a refund or a void belongs; it may lie in another closing or on another terminal',
    columns: { BON_ID: text, REF_TYP: text, REF_NAME: text, REF_BON_ID: text },
    key: ['BON_ID'],
    references: ofReceipt,
  },
  cashpointclosing: {
    about: 'The closings',
    columns: {
      ...{ Z_BUCHUNGSTAG: text, Z_START_ID: text, Z_ENDE_ID: text, Z_START_SEQ: integer, Z_ENDE_SEQ: integer },
      ...{ Z_SITZUNG_ID: text, Z_TRAINING: integer, NAME: text, WAEH_CODE: text, Z_UMSATZ: money },
      ...{ Z_SE_ZAHLUNGEN: money, Z_SE_BARZAHLUNGEN: money, Z_PERPETUAL: money, Z_PERPETUAL_ABSOLUT: money },
      ...{ Z_STIMMT: integer },
    },
    key: [],
  },
  location: {
    about: 'The store, as the terminal knew it',
    columns: { LOC_NAME: text, LOC_ID: text },
    key: [],
  },
  cashregister: {
    about: 'The terminal',
    columns: { KASSE_SERIENNR: text, KASSE_SW_BRAND: text, KASSE_SW_VERSION: text, KASSE_BASISWAEH_CODE: text },
    key: [],
  },
  vat: {
    about: 'The tax rates of the closing',
    columns: { UST_SCHLUESSEL: integer, UST_SATZ: 'quantity', UST_BESCHR: text },
    key: ['UST_SCHLUESSEL'],
  },
  businesscases: {
    about: 'The lines of the closing added up by kind and tax rate',
    columns: {
      ...{ GV_TYP: text, UST_SCHLUESSEL: integer },
      ...{ Z_UMS_BRUTTO: money, Z_UMS_NETTO: money, Z_UST: money },
    },
    key: ['GV_TYP', 'UST_SCHLUESSEL'],
    references: atRate,
  },
  payment: {
    about: 'The payments of the closing added up by method, in the base currency',
    columns: { ZAHLART_TYP: text, ZAHLART_NAME: text, Z_ZAHLART_BETRAG: money },
    key: ['ZAHLART_TYP', 'ZAHLART_NAME'],
  },
  cash_per_currency: {
    about: 'The cash in the drawer at the closing: what had to be there, and what was counted',
    columns: {
      ZAHLART_WAEH: text,
      ZAHLART_SOLL_WAEH: money,
      ZAHLART_BETRAG_WAEH: money,
      ZAHLART_DIFFERENZ_WAEH: money,
    },
    key: ['ZAHLART_WAEH'],
  },
  pa: {
    about: 'The people who did something in the closing, by the names that they had then',
    columns: { BEDIENER_ID: text, BEDIENER_CODE: text, BEDIENER_NAME: text, BEDIENER_ROLLE: text },
    key: ['BEDIENER_ID'],
  },
} as const satisfies Readonly<Record<string, TableForm>>;

/** The name of a table, which is that of its file without its ending. */
export type ClosingTable = keyof typeof closingTables;

/** A table as the file that describes them all sees it. */
export const formOf = (table: ClosingTable): TableForm => closingTables[table];

/** The names of all tables. */
export const closingTableNames = Object.keys(closingTables) as readonly ClosingTable[];

/** One row of a table, by column; amounts are decimals already. */
export type ClosingRow<Table extends ClosingTable = ClosingTable> = {
  [T in Table]: { readonly table: T; readonly row: Readonly<Record<keyof (typeof closingTables)[T]['columns'], Cell>> };
}[Table];

/** What stands in a cell. */
export type Cell = string | number;

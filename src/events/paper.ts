import type { DecidedData, EventMeta, EventType, PaperRecord, TillEvent } from '../domain/event.js';
import {
  type PaperHeading,
  type PaperSettings,
  type ReportDocument,
  shopPaper,
  type ShopPaper,
} from '../domain/paper.js';
import type { SlipDocument } from '../domain/paper.js';
import { type ReceiptDocument, receiptDocument, whoIn } from '../domain/receipt.js';
import { canonical, hashOf } from './envelope.js';
import type { Draft } from './log.js';

/**
 * The version of how documents are made of events. Whatever changes a document of an event that is recorded already
 * needs the next one, and the makers of the old versions stay: what they printed must come out the same for ever.
 */
export const rendererVersion = 1;

/** Everything that is printed, as a document. */
export type PaperDocument = ReceiptDocument | ReportDocument | SlipDocument;

/** An event before or after it got its place in the log. */
export type UnplacedEvent<T extends EventType = EventType> = {
  [K in T]: Omit<EventMeta, 'seq'> & { readonly type: K; readonly data: DecidedData[K] };
}[T];

/** What a paper shows that stands in other events of the log. */
export interface PaperContext {
  readonly shop: ShopPaper;
  /** What opened the session of the event; null for one that belongs to none. */
  readonly opening: TillEvent<'SessionOpened'> | null;
}

/** What the log has said of the shop so far. */
export interface KnownShop {
  readonly settings: PaperSettings;
  readonly store_name: string;
}

/** Before the first event of a log. */
export const unknownShop: KnownShop = { settings: {}, store_name: '' };

/** What is known of the shop after one more event. */
export const learnShop = (before: KnownShop, event: TillEvent): KnownShop => {
  if (event.type === 'CatalogApplied') return { ...before, settings: event.data.paper };
  if (event.type === 'TerminalEnrolled') return { ...before, store_name: event.data.store_name };
  return before;
};

const shops = new WeakMap<KnownShop, ShopPaper>();

/** How papers are after all that is known of the shop; the same object for the same knowledge. */
export const shopOf = (known: KnownShop): ShopPaper => {
  const shop = shops.get(known) ?? shopPaper(known.settings, known.store_name);
  shops.set(known, shop);
  return shop;
};

type Moment = Pick<EventMeta, 'occurred_at' | 'utc_offset_minutes'>;

/** `YYYY-MM-DD HH:MM` by the clock on the wall, with the offset that was recorded. */
export const localTime = ({ occurred_at, utc_offset_minutes }: Moment): string =>
  new Date(Date.parse(occurred_at) + utc_offset_minutes * 60_000).toISOString().slice(0, 16).replace('T', ' ');

/** Digits of a terminal's id that people know it by; receipt numbers start with them. */
const terminalDigits = 4;

/** What stands on the paper of something that happened then. */
export const headingOf = (moment: Moment & Pick<EventMeta, 'terminal_id'>, shop: ShopPaper): PaperHeading => ({
  shop,
  terminal: moment.terminal_id.slice(0, terminalDigits).toUpperCase(),
  local_time: localTime(moment),
});

/** The paper of an event, from what the log says and nothing else; undefined for an event that has none of its own. */
export const paperOf = (event: UnplacedEvent, context: PaperContext): PaperDocument | undefined => {
  switch (event.type) {
    case 'SaleRecorded':
    case 'RefundRecorded':
    case 'SaleVoided':
      return receiptDocument(event, headingOf(event, context.shop));
    case 'SessionClosed':
      return zDocument(event, context);
    case 'CashMoved': {
      const { kind, currency, amount_minor } = event.data;
      return slip(event, { kind, amount: { currency, amount_minor } }, context);
    }
    case 'DrawerOpened':
      return event.data.cause_local_id === null ? slip(event, { kind: 'no_sale', amount: null }, context) : undefined;
    default:
      return undefined;
  }
};

const slip = (
  event: UnplacedEvent<'CashMoved' | 'DrawerOpened'>,
  what: Pick<SlipDocument, 'kind' | 'amount'>,
  { shop, opening }: PaperContext,
): SlipDocument => ({
  ...headingOf(event, shop),
  ...what,
  ...whoIn(event),
  training: opening?.data.training ?? false,
  business_date: event.business_date,
  reason: event.data.reason,
});

const zDocument = (event: UnplacedEvent<'SessionClosed'>, context: PaperContext): ReportDocument => {
  const { z_report } = event.data;
  const { staff } = whoIn(event);
  return { ...reportHeading(event, context), kind: 'z', closer: staff, report: z_report };
};

/** What stands on the paper of a report that was made then. */
export const reportHeading = (
  moment: Moment & Pick<EventMeta, 'terminal_id'>,
  { shop, opening }: PaperContext,
): PaperHeading & Pick<ReportDocument, 'opened_time' | 'opener'> => ({
  ...headingOf(moment, shop),
  opened_time: opening ? localTime(opening) : '',
  opener: opening && whoIn(opening).staff,
});

/** The events of which the log says what was printed. */
const recorded: ReadonlySet<EventType> = new Set<EventType>([
  'SaleRecorded',
  'RefundRecorded',
  'SaleVoided',
  'CashMoved',
  'DrawerOpened',
  'SessionClosed',
]);

/** An event that is about to be recorded, with what is printed of it where the log says that. */
export const withPaperRecord = (event: UnplacedEvent, context: () => PaperContext): Draft => {
  if (!recorded.has(event.type)) return event as Draft;
  const document = paperOf(event, context());
  // Set on plain copies: naming them behind what is spread takes several times as long.
  const data: Record<string, unknown> = { ...event.data };
  data['paper'] = document ? paperRecord(document) : null;
  const printed: { data: object } = { ...event };
  printed.data = data;
  return printed as Draft;
};

/** What is recorded of a document: anybody who makes it again from the log can tell whether it is the same. */
export const paperRecord = (document: PaperDocument): PaperRecord => {
  const hashed: Record<string, unknown> = { ...document };
  hashed['shop'] = digestOf(document.shop);
  return { renderer: rendererVersion, document_hash: hashOf(canonical(hashed)) };
};

const digests = new WeakMap<ShopPaper, string>();

/** A logo is far larger than a receipt and the same on each: it is hashed once. */
const digestOf = (shop: ShopPaper): string => {
  const known = digests.get(shop);
  if (known !== undefined) return known;
  const digest = hashOf(canonical(shop));
  digests.set(shop, digest);
  return digest;
};

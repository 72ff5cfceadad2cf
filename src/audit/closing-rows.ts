import type { EventMeta, TillEvent } from '../domain/event.js';
import type { SaleLine, TaxSum } from '../domain/pricing.js';
import type { ZReport } from '../domain/report.js';
import type { Change, Tender } from '../domain/settlement.js';
import { exactAmount, exactQuantity } from './figures.js';
import type { Journal } from './journal.js';

/** A key for what bears no tax, as DSFinV-K has it. */
export const taxFreeKey = 5;

/** Keys of the rates of a closing count from here: the lower ones mean German rates. */
const firstRateKey = 1001;

/** A line of something that is exported; `minor` figures are in the base currency, and negative where money goes back. */
export interface Position {
  readonly name: string;
  /** The kind of business case. */
  readonly kind: string;
  readonly code: string;
  readonly category: string;
  readonly quantity: string;
  readonly unit_price: string;
  readonly list_price: string;
  readonly discount: string;
  readonly discount_reason: string;
  readonly tax_key: number;
  readonly gross_minor: number;
  readonly net_minor: number;
  readonly tax_minor: number;
}

/** What was paid in or out in one way. */
export interface Payment {
  readonly method: string;
  readonly currency: string;
  readonly amount_minor: number;
  readonly base_minor: number;
}

/** A receipt, void, movement, float or difference, with its lines and payments. */
export interface Voucher {
  readonly event: Pick<
    EventMeta,
    'local_id' | 'seq' | 'occurred_at' | 'utc_offset_minutes' | 'staff_id' | 'approved_by'
  >;
  readonly hash: string;
  readonly type: string;
  readonly name: string;
  readonly isVoid: boolean;
  readonly note: string;
  readonly positions: readonly Position[];
  readonly payments: readonly Payment[];
  readonly reference: { readonly kind: string; readonly name: string; readonly id: string } | null;
}

/** The key of each tax rate of a closing; the same for the same rates. */
export type RateKeys = ReadonlyMap<
  string,
  { readonly key: number; readonly rate: Pick<TaxSum, 'tax_code' | 'rate_ppm'> }
>;

/** The rates that a session used, in the order of code and rate. */
export const rateKeysOf = (journals: readonly Journal[]): RateKeys => {
  const rates = new Map<string, Pick<TaxSum, 'tax_code' | 'rate_ppm'>>();
  const taxed = journals.flatMap(({ receipts, voids }) => [...receipts.map(({ event }) => event), ...voids]);
  for (const { data } of taxed) {
    for (const { tax_code, rate_ppm } of data.taxes)
      rates.set(rateName({ tax_code, rate_ppm }), { tax_code, rate_ppm });
  }
  const sorted = [...rates].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(sorted.map(([name, rate], index) => [name, { key: firstRateKey + index, rate }]));
};

const rateName = ({ tax_code, rate_ppm }: Pick<TaxSum, 'tax_code' | 'rate_ppm'>): string =>
  JSON.stringify([tax_code, rate_ppm]);

/**
 * Everything in a session that moved goods or money, as vouchers whose lines add up to what was paid, in the order of
 * the log.
 * @param z the report that closed it, for the counted difference
 */
export const vouchersOf = (journal: Journal, z: ZReport, keys: RateKeys): readonly Voucher[] => {
  const base = z.currency ?? '';
  const maker = { keys, base, training: z.training };
  const sales = new Map(journal.receipts.map(({ event }) => [event.local_id, event]));
  return [
    ...(journal.opened ? [floatOf(journal.opened, maker)] : []),
    ...journal.receipts.map((receipt) => receiptOf(receipt, maker)),
    ...journal.voids.map((event) => voidOf(event, sales.get(event.data.sale_local_id), maker)),
    ...journal.movements.map((event) => movementOf(event, maker)),
    ...(journal.closed ? [differenceVoucher(journal.closed, maker)] : []),
  ].sort((a, b) => a.event.seq - b.event.seq);
};

interface Maker {
  readonly keys: RateKeys;
  readonly base: string;
  readonly training: boolean;
}

const typeOf = ({ training }: Maker): string => (training ? 'AVTraining' : 'Beleg');

const nothing = {
  ...{ code: '', category: '', quantity: '1.000', unit_price: '', list_price: '' },
  ...{ discount: '', discount_reason: '' },
};

const plain = (kind: string, name: string, minor: number): Position => ({
  ...nothing,
  ...{ name, kind, tax_key: taxFreeKey, gross_minor: minor, net_minor: minor, tax_minor: 0 },
});

/** @param sign −1 for what goes back */
const lineOf = (line: SaleLine, sign: 1 | -1, { keys, base }: Maker): Position => {
  const off = line.discounts.reduce((sum, { amount_minor }) => sum + amount_minor, 0);
  return {
    ...{ name: line.name, kind: 'Umsatz', code: line.code, category: line.category ?? '' },
    quantity: exactQuantity(sign * line.quantity_milli),
    unit_price: exactAmount(line.unit_price_minor, base),
    list_price: exactAmount(line.list_price_minor, base),
    discount: exactAmount(off === 0 ? 0 : sign * off, base),
    discount_reason: line.discounts.map(({ reason }) => reason).join('; '),
    tax_key: keys.get(rateName(line))?.key ?? taxFreeKey,
    gross_minor: times(sign, line.gross_minor),
    net_minor: times(sign, line.net_minor),
    tax_minor: times(sign, line.tax_minor),
  };
};

/** Without a negative zero. */
const times = (sign: 1 | -1, minor: number): number => (minor === 0 ? 0 : sign * minor);

const paymentsOf = (
  { tenders, change }: { readonly tenders: readonly Tender[]; readonly change: readonly Change[] },
  sign: 1 | -1,
): readonly Payment[] => [
  ...tenders.map(({ method, currency, amount_minor, base_minor }) => ({
    ...{ method, currency, amount_minor: times(sign, amount_minor), base_minor: times(sign, base_minor) },
  })),
  ...change.map(({ currency, amount_minor, base_minor }) => ({
    ...{ method: 'cash', currency },
    ...{ amount_minor: 0 - times(sign, amount_minor), base_minor: 0 - times(sign, base_minor) },
  })),
];

const extrasOf = (
  { rounding_minor, tip }: Pick<TillEvent<'SaleVoided'>['data'], 'rounding_minor' | 'tip'>,
  sign: 1 | -1,
): readonly Position[] => [
  ...(tip
    ? [plain(tip.beneficiary === 'staff' ? 'TrinkgeldAN' : 'TrinkgeldAG', 'Tip', times(sign, tip.amount_minor))]
    : []),
  ...(rounding_minor === 0 ? [] : [plain('Rundung', 'Cash rounding', sign * rounding_minor)]),
];

const receiptOf = ({ event, hash }: Journal['receipts'][number], maker: Maker): Voucher => {
  const sign = event.type === 'SaleRecorded' ? 1 : -1;
  const { data } = event;
  const lines: readonly SaleLine[] = data.lines;
  const tip = event.type === 'SaleRecorded' ? event.data.tip : null;
  const common = { event, hash, type: typeOf(maker), name: data.receipt_number, isVoid: false };
  return {
    ...common,
    note: event.type === 'RefundRecorded' ? event.data.reason : '',
    positions: [
      ...lines.map((line) => lineOf(line, sign, maker)),
      ...extrasOf({ rounding_minor: data.rounding_minor, tip }, sign),
    ],
    payments: paymentsOf(data, sign),
    reference: event.type === 'RefundRecorded' ? refundReference(event.data) : null,
  };
};

const refundReference = ({
  original_receipt_number: name,
  original_local_id: id,
}: TillEvent<'RefundRecorded'>['data']): Voucher['reference'] =>
  name === null ? null : { kind: 'Transaktion', name, id: id ?? '' };

/** A void takes the lines of its sale back; where the sale cannot be read, its sums by rate stand for them. */
const voidOf = (
  event: TillEvent<'SaleVoided'>,
  sale: Journal['receipts'][number]['event'] | undefined,
  maker: Maker,
): Voucher => {
  const { data } = event;
  const lines: readonly SaleLine[] = sale?.data.lines ?? [];
  const byRate = (tax: TaxSum): Position => ({
    ...plain('Umsatz', 'Voided sale', 0),
    tax_key: maker.keys.get(rateName(tax))?.key ?? taxFreeKey,
    gross_minor: times(-1, tax.gross_minor),
    net_minor: times(-1, tax.net_minor),
    tax_minor: times(-1, tax.tax_minor),
  });
  const goods = sale ? lines.map((line) => lineOf(line, -1, maker)) : data.taxes.map(byRate);
  return {
    ...{ event, hash: '', type: typeOf(maker), name: data.receipt_number, isVoid: true, note: data.reason },
    positions: [...goods, ...extrasOf(data, -1)],
    payments: paymentsOf(data, -1),
    reference: { kind: 'Transaktion', name: data.receipt_number, id: data.sale_local_id },
  };
};

const movementKinds = { paid_in: 'Einzahlung', paid_out: 'Auszahlung', drop: 'Geldtransit' } as const;

/** Cash in another currency was moved at no rate, so nothing says what it is in the base currency: 0 stands there. */
const inBase = (currency: string, minor: number, base: string): number => (currency === base ? minor : 0);

const movementOf = (event: TillEvent<'CashMoved'>, maker: Maker): Voucher => {
  const { kind, currency, amount_minor, reason } = event.data;
  const moved = kind === 'paid_in' ? amount_minor : -amount_minor;
  const base_minor = inBase(currency, moved, maker.base);
  return {
    ...{ event, hash: '', type: typeOf(maker), name: '', isVoid: false, note: reason, reference: null },
    positions: [plain(movementKinds[kind], reason, base_minor)],
    payments: [{ method: 'cash', currency, amount_minor: moved, base_minor }],
  };
};

const cashVoucher = (
  event: TillEvent,
  what: { readonly kind: string; readonly name: string; readonly cash: ZReport['float'] },
  maker: Maker,
): Voucher => ({
  ...{ event, hash: '', type: typeOf(maker), name: '', isVoid: false, note: what.name, reference: null },
  positions: what.cash.map(({ currency, amount_minor }) =>
    plain(what.kind, `${what.name} ${currency}`, inBase(currency, amount_minor, maker.base)),
  ),
  payments: what.cash.map(({ currency, amount_minor }) => ({
    ...{ method: 'cash', currency, amount_minor, base_minor: inBase(currency, amount_minor, maker.base) },
  })),
});

const floatOf = (event: TillEvent<'SessionOpened'>, maker: Maker): Voucher =>
  cashVoucher(event, { kind: 'Anfangsbestand', name: 'Float', cash: event.data.float }, maker);

const differenceVoucher = (event: TillEvent<'SessionClosed'>, maker: Maker): Voucher => {
  const cash = event.data.z_report.difference.filter(({ amount_minor }) => amount_minor !== 0);
  return cashVoucher(event, { kind: 'DifferenzSollIst', name: 'Difference', cash }, maker);
};

import fc from 'fast-check';
import type { Marked, ReportDocument, ShopPaper, SlipDocument } from '../../src/domain/paper.js';
import type { ReceiptDocument } from '../../src/domain/receipt.js';
import { zatcaQr } from '../../src/domain/zatca-qr.js';

/** A loaf of 96 by 48 dots: rows of a shape that is wide in the middle. */
const loaf = Array.from({ length: 48 }, (_, y) =>
  Array.from({ length: 12 }, (_byte, x) => (((x * 8 - 44) / 44) ** 2 + ((y - 24) / 22) ** 2 < 0.97 ? 0xff : 0)),
);

/** A shop that has all on its papers that a shop can have. */
export const paperShop: ShopPaper = {
  shop_name: 'مخبز البيت',
  address: ['شارع الحمرا 12', 'Beirut, Lebanon'],
  tax_number: '310122393500003',
  logo: { width: 96, height: 48, dots: Buffer.from(loaf.flat()).toString('base64') },
  footer: ['شكرًا لزيارتكم', 'Merci de votre visite'],
  language: 'en',
  numerals: 'latin',
  second_currency: 'LBP',
  tax_invoice: 'zatca',
};

const pounds = { numerator: 1, denominator: 89_500 };
const one = { numerator: 1, denominator: 1 };

/** A sale with everything on it: two hands, a discount, an override, an exclusive tax, rounding, two currencies and a code. */
export const paperSale: Marked<ReceiptDocument> = {
  shop: paperShop,
  terminal: '3F2A',
  kind: 'sale',
  copy_no: null,
  training: false,
  qr: zatcaQr({
    seller_name: paperShop.shop_name,
    vat_number: '310122393500003',
    issued_at: '2026-11-23T12:05:00Z',
    total_minor: 1293,
    tax_minor: 100,
    currency: 'USD',
  }),
  local_time: '2026-11-23 14:05',
  receipt_number: '3F2A-000007',
  business_date: '2026-11-23',
  staff: 'نور Nour',
  approver: null,
  currency: 'USD',
  lines: [
    {
      name: 'قهوة عربية (كبيرة)',
      quantity_milli: 1250,
      unit_price_minor: 499,
      list_price_minor: 499,
      extended_minor: 624,
      discounts: [{ scope: 'line', kind: 'percent', rate_ppm: 100_000, reason: 'friend (old)', amount_minor: 62 }],
    },
    {
      name: 'Café crème',
      quantity_milli: 1000,
      unit_price_minor: 350,
      list_price_minor: 400,
      extended_minor: 350,
      discounts: [],
    },
    {
      name: 'شاي Lipton 3in1 بالنعناع الطازج من الجبل',
      quantity_milli: 2000,
      unit_price_minor: 175,
      list_price_minor: 175,
      extended_minor: 350,
      discounts: [],
    },
  ],
  subtotal_minor: 1262,
  added_tax_minor: 31,
  tip_minor: 0,
  rounding_minor: -3,
  total_minor: 1290,
  second_total: { currency: 'LBP', rate: pounds, total_minor: 115_455_000, tax_minor: 8_950_000 },
  tenders: [
    { method: 'card', currency: 'USD', amount_minor: 200, base_minor: 200, rate: one },
    { method: 'cash', currency: 'LBP', amount_minor: 150_000_000, base_minor: 1676, rate: pounds },
  ],
  change: [{ currency: 'USD', amount_minor: 586, rate: one }],
  taxes: [
    { tax_code: 'SVC', rate_ppm: 55_000, net_minor: 562, tax_minor: 31, gross_minor: 593 },
    { tax_code: 'VAT', rate_ppm: 110_000, net_minor: 631, tax_minor: 69, gross_minor: 700 },
  ],
  reason: null,
  original_receipt_number: null,
  verified: true,
  mark: { epoch: 1, seq: 12, short_hash: 'abcdef012345' },
};

/** A part of it given back at another till. */
export const paperRefund: Marked<ReceiptDocument> = {
  ...paperSale,
  kind: 'refund',
  local_time: '2026-11-24 09:30',
  business_date: '2026-11-24',
  receipt_number: '9C01-000003',
  approver: 'مها Maha',
  lines: paperSale.lines.slice(1, 2),
  subtotal_minor: 350,
  added_tax_minor: 0,
  rounding_minor: 0,
  total_minor: 350,
  second_total: { currency: 'LBP', rate: pounds, total_minor: 31_325_000, tax_minor: 3_132_500 },
  tenders: [{ method: 'cash', currency: 'USD', amount_minor: 350, base_minor: 350, rate: one }],
  change: [],
  taxes: [{ tax_code: 'VAT', rate_ppm: 110_000, net_minor: 315, tax_minor: 35, gross_minor: 350 }],
  reason: 'باردة (cold)',
  original_receipt_number: '3F2A-000007',
  verified: false,
  mark: { epoch: 1, seq: 40, short_hash: '0123456789ab' },
};

const currency = fc.constantFrom('USD', 'LBP', 'JOD', 'JPY');
const amount = fc.oneof(
  fc.integer({ min: -9_000_000_000_000, max: 9_000_000_000_000 }),
  fc.integer({ min: -9999, max: 9999 }),
);
const controls = 'X\u001bp\u0000\u0019\u00fa\u0010\u0014\u0001\u0000\u0005';
const bidi = '\u202eabc\u2066\u2069\u2069';
const letters = 'abzÀéßŽ€Дж,.-()%" \u001b\u001d\u0010\u0000\n\u007f\u009b\u202e\u2068\u2069مرحباقهوةلا٣؟';
/** A line that is drawn, and was not drawn before, takes most of the time: most lines are none of these. */
const text = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom('Coffee', 'Café crème', 'قهوةً', 'شاي 3in1', 'Łódź', 'Щи', controls, bidi, ''),
  },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...Array.from(letters)), maxLength: 48 }) },
);
const language = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('en' as const, 'fr' as const) },
  { weight: 1, arbitrary: fc.constant('ar' as const) },
);
const numerals = fc.oneof(
  { weight: 4, arbitrary: fc.constant('latin' as const) },
  { weight: 1, arbitrary: fc.constant('arabic-indic' as const) },
);

const lines = fc.array(
  fc.record({
    name: text,
    quantity_milli: fc.oneof(fc.constant(1000), fc.integer({ min: -9999, max: 99_999 })),
    unit_price_minor: amount,
    list_price_minor: amount,
    extended_minor: amount,
    discounts: fc.array(
      fc.record({
        scope: fc.constant('line' as const),
        kind: fc.constant('amount' as const),
        rate_ppm: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 1_000_000 })),
        reason: text,
        amount_minor: amount,
      }),
      { maxLength: 1 },
    ),
  }),
  { minLength: 1, maxLength: 3 },
);

const shops: fc.Arbitrary<ShopPaper> = fc.record(
  {
    shop_name: text,
    address: fc.array(text, { maxLength: 2 }),
    footer: fc.array(text, { maxLength: 2 }),
    tax_number: text,
    tax_invoice: fc.constantFrom('simplified' as const, 'zatca' as const),
    language,
    numerals,
  },
  { requiredKeys: ['shop_name', 'language', 'numerals'] },
);
const rate = fc.record({
  numerator: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 2_000_000 })),
  denominator: fc.integer({ min: 1, max: 2_000_000 }),
});
const maybe = fc.oneof(fc.constant(null), text);

/** Any receipt, whether it adds up or not: paper shows what it is given. Its texts hold what must never reach a printer. */
export const anyReceipt: fc.Arbitrary<Marked<ReceiptDocument>> = fc.record({
  shop: shops,
  terminal: text,
  local_time: fc.constant('2026-11-23 14:05'),
  business_date: fc.constant('2026-11-23'),
  mark: fc.constant({ epoch: 1, seq: 12, short_hash: 'abcdef012345' }),
  kind: fc.constantFrom('sale' as const, 'refund' as const, 'void' as const),
  copy_no: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 99 })),
  training: fc.boolean(),
  receipt_number: text,
  staff: maybe,
  approver: maybe,
  reason: maybe,
  original_receipt_number: maybe,
  verified: fc.boolean(),
  qr: fc.constant(null),
  currency,
  lines,
  subtotal_minor: amount,
  added_tax_minor: fc.oneof(fc.constant(0), amount),
  tip_minor: fc.oneof(fc.constant(0), amount),
  rounding_minor: fc.oneof(fc.constant(0), amount),
  total_minor: amount,
  second_total: fc.oneof(fc.constant(null), fc.record({ currency, rate, total_minor: amount, tax_minor: amount })),
  tenders: fc.array(fc.record({ method: text, currency, amount_minor: amount, base_minor: amount, rate }), {
    maxLength: 2,
  }),
  change: fc.array(fc.record({ currency, amount_minor: amount, rate }), { maxLength: 2 }),
  taxes: fc.array(
    fc.record({
      tax_code: text,
      rate_ppm: fc.integer({ min: 0, max: 1_000_000 }),
      net_minor: amount,
      tax_minor: amount,
      gross_minor: amount,
    }),
    { maxLength: 2 },
  ),
});

/** Cash that went out, in training. */
export const paperSlip: Marked<SlipDocument> = {
  shop: paperShop,
  terminal: '3F2A',
  local_time: '2026-11-23 18:40',
  kind: 'paid_out',
  training: false,
  business_date: '2026-11-23',
  staff: 'نور Nour',
  approver: 'مها Maha',
  amount: { currency: 'LBP', amount_minor: 45_000_000 },
  reason: 'حليب (milk) 3 x 150000',
  mark: { epoch: 1, seq: 55, short_hash: '00ff00ff00ff' },
};

/** A drawer that was opened for nothing else. */
export const paperNoSale: Marked<SlipDocument> = {
  ...paperSlip,
  kind: 'no_sale',
  amount: null,
  reason: 'change for the bus',
};

/** The Z of a day on which everything happened. */
export const paperZ: Marked<ReportDocument> = {
  shop: paperShop,
  terminal: '3F2A',
  kind: 'z',
  local_time: '2026-11-23 22:15',
  opened_time: '2026-11-23 08:02',
  opener: 'نور Nour',
  closer: 'مها Maha',
  mark: { epoch: 1, seq: 60, short_hash: '123456abcdef' },
  report: {
    session_id: '10000000-0000-4000-8000-000000000001',
    business_date: '2026-11-23',
    training: false,
    currency: 'USD',
    opened_at: '2026-11-23T06:02:00.000Z',
    opened_by: 's-1',
    first_seq: 3,
    last_seq: 59,
    first_receipt: { receipt_index: 1, receipt_number: '3F2A-000001' },
    last_receipt: { receipt_index: 19, receipt_number: '3F2A-000019' },
    sales_count: 17,
    refunds_count: 2,
    lines_count: 43,
    overrides_count: 1,
    gross_minor: 41_250,
    refunds_minor: 1550,
    voids_count: 1,
    voids_minor: 700,
    line_voids_count: 2,
    line_voids_minor: 900,
    tickets_discarded_count: 1,
    tickets_discarded_minor: 350,
    turnover_minor: 39_000,
    net_minor: 35_535,
    tax_minor: 3465,
    taxes: [
      { tax_code: 'SVC', rate_ppm: 55_000, net_minor: 4035, tax_minor: 222, gross_minor: 4257 },
      { tax_code: 'VAT', rate_ppm: 110_000, net_minor: 31_500, tax_minor: 3243, gross_minor: 34_743 },
    ],
    discounts_minor: 412,
    rounding_minor: -3,
    tips_staff_minor: 250,
    tips_house_minor: 0,
    tenders: [
      tenderSum('card', 'USD', 5, { received_minor: 12_250 }),
      tenderSum('cash', 'LBP', 4, { received_minor: 450_000_000 }),
      tenderSum('cash', 'USD', 10, { received_minor: 30_000, change_minor: 6000, refunded_minor: 1550 }),
    ],
    cash_movements: [
      { kind: 'drop', currency: 'USD', count: 1, amount_minor: 10_000 },
      { kind: 'paid_out', currency: 'LBP', count: 1, amount_minor: 45_000_000 },
    ],
    drawer_opens: [
      { reason: 'drop', count: 1 },
      { reason: 'sale', count: 14 },
      { reason: 'فكة للزبون', count: 1 },
    ],
    reprints_count: 1,
    float: [
      { currency: 'LBP', amount_minor: 0 },
      { currency: 'USD', amount_minor: 10_000 },
    ],
    expected: [
      { currency: 'LBP', amount_minor: 405_000_000 },
      { currency: 'USD', amount_minor: 22_450 },
    ],
    z_number: 12,
    closed_at: '2026-11-23T20:15:00.000Z',
    closed_by: 's-9',
    counted: [
      { currency: 'LBP', amount_minor: 405_000_000 },
      { currency: 'USD', amount_minor: 22_400 },
    ],
    counted_denominations: [
      { currency: 'USD', value_minor: 10_000, count: 2 },
      { currency: 'USD', value_minor: 100, count: 24 },
    ],
    difference: [
      { currency: 'LBP', amount_minor: 0 },
      { currency: 'USD', amount_minor: -50 },
    ],
    perpetual: { turnover_minor: 480_000, absolute_minor: 502_000 },
    open_tickets: [
      { ticket_id: '20000000-0000-4000-8000-000000000001', label: 'طاولة 7', lines_count: 2, gross_minor: 850 },
    ],
    unsynced_events: 58,
    prev_hash: 'fedcba9876543210'.repeat(4),
  },
};

function tenderSum(
  method: string,
  currency: string,
  count: number,
  sums: { received_minor: number; change_minor?: number; refunded_minor?: number },
) {
  const { received_minor, change_minor = 0, refunded_minor = 0 } = sums;
  const amount_minor = received_minor - change_minor - refunded_minor;
  return { method, currency, count, received_minor, change_minor, refunded_minor, amount_minor };
}

import fc from 'fast-check';
import type { ReceiptDocument } from '../../src/domain/receipt.js';

/** A sale with everything on it: two hands, a discount, an exclusive tax, rounding, two currencies and a code. */
export const paperSale: ReceiptDocument = {
  kind: 'sale',
  copy_no: null,
  training: false,
  shop_name: 'مخبز البيت',
  address: ['شارع الحمرا 12', 'Beirut, Lebanon'],
  tax_number: '310122393500003',
  tax_invoice: true,
  qr: 'AQxCb2JzIFJlY29yZHMCDzMxMDEyMjM5MzUwMDAwMwMUMjAyMi0wNC0yNVQxNTozMDowMFoEBzEwMDAuMDAFBjE1MC4wMA==',
  local_time: '2026-11-23 14:05',
  receipt_number: '3F2A-000007',
  business_date: '2026-11-23',
  staff_id: 's-1',
  approved_by: null,
  currency: 'USD',
  lines: [
    {
      name: 'قهوة عربية (كبيرة)',
      quantity_milli: 1250,
      unit_price_minor: 499,
      extended_minor: 624,
      discounts: [{ scope: 'line', kind: 'percent', rate_ppm: 100_000, reason: 'friend (old)', amount_minor: 62 }],
    },
    { name: 'Café crème', quantity_milli: 1000, unit_price_minor: 350, extended_minor: 350, discounts: [] },
    {
      name: 'شاي Lipton 3in1 بالنعناع الطازج من الجبل',
      quantity_milli: 2000,
      unit_price_minor: 175,
      extended_minor: 350,
      discounts: [],
    },
  ],
  subtotal_minor: 1262,
  added_tax_minor: 31,
  tip_minor: 0,
  rounding_minor: -3,
  total_minor: 1290,
  tenders: [
    { method: 'card', currency: 'USD', amount_minor: 200, base_minor: 200 },
    { method: 'cash', currency: 'LBP', amount_minor: 150_000_000, base_minor: 1676 },
  ],
  change: [{ currency: 'USD', amount_minor: 586 }],
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
export const paperRefund: ReceiptDocument = {
  ...paperSale,
  kind: 'refund',
  local_time: '2026-11-24 09:30',
  business_date: '2026-11-24',
  receipt_number: '9C01-000003',
  approved_by: 's-9',
  lines: paperSale.lines.slice(1, 2),
  subtotal_minor: 350,
  added_tax_minor: 0,
  rounding_minor: 0,
  total_minor: 350,
  tenders: [{ method: 'cash', currency: 'USD', amount_minor: 350, base_minor: 350 }],
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
const text = fc.oneof(
  fc.constantFrom('Coffee', 'Café crème', 'قهوةً', 'شاي 3in1', 'Łódź', 'Щи', controls, bidi, ''),
  fc.string({ unit: fc.constantFrom(...Array.from(letters)), maxLength: 90 }),
);

const lines = fc.array(
  fc.record({
    name: text,
    quantity_milli: fc.oneof(fc.constant(1000), fc.integer({ min: -9999, max: 99_999 })),
    unit_price_minor: amount,
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

/** Any receipt, whether it adds up or not: paper shows what it is given. Its texts hold what must never reach a printer. */
export const anyReceipt: fc.Arbitrary<ReceiptDocument> = fc
  .record({
    kind: fc.constantFrom('sale' as const, 'refund' as const, 'void' as const),
    copy_no: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 99 })),
    training: fc.boolean(),
    tax_invoice: fc.boolean(),
    shop_name: text,
    address: fc.array(text, { maxLength: 2 }),
    receipt_number: text,
    staff_id: fc.oneof(fc.constant(null), text),
    approved_by: fc.oneof(fc.constant(null), text),
    reason: fc.oneof(fc.constant(null), text),
    original_receipt_number: fc.oneof(fc.constant(null), text),
    verified: fc.boolean(),
    currency,
    lines,
    subtotal_minor: amount,
    added_tax_minor: fc.oneof(fc.constant(0), amount),
    tip_minor: fc.oneof(fc.constant(0), amount),
    rounding_minor: fc.oneof(fc.constant(0), amount),
    total_minor: amount,
    tenders: fc.array(fc.record({ method: text, currency, amount_minor: amount, base_minor: amount }), {
      maxLength: 2,
    }),
    change: fc.array(fc.record({ currency, amount_minor: amount }), { maxLength: 2 }),
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
  })
  .map((made) => ({
    ...made,
    local_time: '2026-11-23 14:05',
    business_date: '2026-11-23',
    mark: { epoch: 1, seq: 12, short_hash: 'abcdef012345' },
  }));

import fc from 'fast-check';
import { type Marked, markOf, type ShopPaper } from '../../src/domain/paper.js';
import { type ReceiptDocument, receiptDocument, type ReceiptEvent } from '../../src/domain/receipt.js';
import { priceLines, type RungLine } from '../../src/domain/pricing.js';
import { secondTotal, settleSale, type TenderTerms } from '../../src/domain/settlement.js';
import type { TillEvent } from '../../src/domain/event.js';
import { columnsOf, printable, wrap } from '../../src/hardware/plain-text.js';
import { paperText, textColumns } from '../../src/hardware/paper-layout.js';

const terms: TenderTerms = {
  currency: 'USD',
  currencies: [
    { currency: 'USD', rate: { numerator: 1, denominator: 1 }, cash_step_minor: 5 },
    { currency: 'LBP', rate: { numerator: 1, denominator: 89_500 }, cash_step_minor: 500_000 },
  ],
  methods: ['card'],
  second_currency: 'LBP',
};

const coffee: RungLine = {
  code: 'coffee',
  name: 'Coffee',
  category: null,
  catalog_version: 1,
  quantity_milli: 1000,
  unit_price_minor: 350,
  list_price_minor: 350,
  tax_code: 'VAT',
  tax_mode: 'inclusive',
  rate_ppm: 110_000,
};
const cake: RungLine = {
  ...coffee,
  name: 'Cake, large, with cream, nuts and three kinds of berries',
  quantity_milli: 1250,
  unit_price_minor: 499,
  list_price_minor: 525,
  tax_code: 'SVC',
  tax_mode: 'exclusive',
  rate_ppm: 55_000,
  discount: { kind: 'percent', rate_ppm: 100_000, reason: 'friend' },
};

const saleOf = (lines: readonly RungLine[], card = 100, pounds = 100_000_000_000): TillEvent<'SaleRecorded'> => {
  const priced = priceLines(lines);
  const tip = { amount_minor: 100, beneficiary: 'staff' } as const;
  const tenders = [
    { method: 'card', amount_minor: card },
    { method: 'cash', currency: 'LBP', amount_minor: pounds },
  ];
  const { tip: paidTip, ...paid } = settleSale(priced.gross_minor, { tenders, tip }, terms);
  return {
    local_id: '3f2a0000-0000-4000-8000-000000000000',
    tenant_id: null,
    store_id: null,
    terminal_id: '3f2a0000-0000-4000-8000-000000000001',
    epoch: 1,
    seq: 12,
    session_id: '3f2a0000-0000-4000-8000-000000000002',
    business_date: '2026-11-23',
    occurred_at: '2026-11-23T12:05:00.000Z',
    utc_offset_minutes: 120,
    staff_id: 's-1',
    approved_by: null,
    catalog_version: 1,
    type: 'SaleRecorded',
    data: {
      ...priced,
      ...paid,
      tip: paidTip,
      ticket_id: null,
      receipt_number: '3F2A-000007',
      receipt_index: 7,
      training: false,
      currency: 'USD',
      second_total: secondTotal(paid.total_minor, priced.tax_minor, terms),
      staff_name: 'Nour',
      approver_name: null,
      paper: { renderer: 1, document_hash: '0'.repeat(64) },
    },
  };
};

const shop: ShopPaper = { shop_name: 'Café Bayt', language: 'en', numerals: 'latin', footer: ['Come again'] };
const heading = { shop, terminal: '3F2A', local_time: '2026-11-23 14:05' };
const hash = 'abcdef0123456789'.repeat(4);
const marked = (event: ReceiptEvent & { epoch: number; seq: number }): Marked<ReceiptDocument> => ({
  ...receiptDocument(event, heading),
  mark: markOf(event, hash),
});
const receipt = marked(saleOf([coffee, cake], 200, 150_000_000));

describe('a receipt as a document', () => {
  it('adds up from the lines to the total', () => {
    const { subtotal_minor, added_tax_minor, tip_minor, rounding_minor, total_minor } = receipt;
    expect(subtotal_minor).toBe(350 + 624 - 62);
    expect(subtotal_minor + added_tax_minor + tip_minor + rounding_minor).toBe(total_minor);
  });

  it('adds up whatever was sold', () => {
    const line = fc.record({
      quantity_milli: fc.integer({ min: 1, max: 10_000 }),
      unit_price_minor: fc.integer({ min: 1, max: 1000 }),
      tax_mode: fc.constantFrom('inclusive' as const, 'exclusive' as const),
      rate_ppm: fc.integer({ min: 0, max: 300_000 }),
    });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), (lines) => {
        const made = receiptDocument(saleOf(lines.map((one) => ({ ...coffee, ...one }))), heading);
        const { subtotal_minor, added_tax_minor, tip_minor, rounding_minor, total_minor } = made;
        expect(subtotal_minor + added_tax_minor + tip_minor + rounding_minor).toBe(total_minor);
        expect(added_tax_minor).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('a receipt as plain text', () => {
  it('looks like this', () => {
    expect(`\n${paperText(receipt)}`).toBe(`
                Café Bayt
------------------------------------------
Receipt 3F2A-000007       2026-11-23 14:05
Till 3F2A                       2026-11-23
Staff Nour
------------------------------------------
Coffee                                3.50
  1 x 3.50
Cake, large, with cream, nuts and three
kinds of berries                      6.24
  1.25 x 4.99 (was 5.25)
  Discount 10 % (friend)             -0.62
------------------------------------------
Subtotal                              9.12
Tax added                             0.31
Tip                                   1.00
Rounding                              0.02
TOTAL USD                            10.45
TOTAL LBP                           935275
Tax LBP                              59070
Card USD                              2.00
Cash LBP                           1500000
  = USD                              16.76
Change USD                            8.30
Rate 1 USD = 89500 LBP
------------------------------------------
Net at SVC 5.5 %                      5.62
Tax at SVC 5.5 %                      0.31
Net at VAT 11 %                       3.15
Tax at VAT 11 %                       0.35
------------------------------------------
Record 1-12                   abcdef012345
                Come again
`);
  });

  it('says twice that a training receipt is none, and why money was paid back', () => {
    const training: Marked<ReceiptDocument> = { ...receipt, training: true, kind: 'refund', reason: 'cold' };
    const text = paperText({ ...training, original_receipt_number: '3F2A-000001', approver: 's-9' });
    expect(text.match(/TRAINING - NOT A RECEIPT/gu)).toHaveLength(2);
    for (const said of ['REFUND', 'Reason: cold', 'Refund of receipt 3F2A-000001', 'Approved by s-9']) {
      expect(text).toContain(said);
    }
  });

  it('holds no control character and no line that is too long, whatever names and reasons hold', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 600 }),
      fc.string({ maxLength: 600 }),
      fc.constantFrom(
        'X\u001bp\u0000\u0019\u00fa\u0010\u0014\u0001\u0000\u0005',
        '\u202eabc\u2066',
        '\ud800',
        'مرحبا',
        '咖啡'.repeat(40),
      ),
    );
    fc.assert(
      fc.property(nasty, nasty, nasty, (name, reason, shop_name) => {
        const lines = receipt.lines.map((line) => ({
          ...line,
          name,
          discounts: line.discounts.map((discount) => ({ ...discount, reason })),
        }));
        const named = { ...shop, shop_name, address: [reason], tax_number: name, footer: [name] };
        const text = paperText({ ...receipt, shop: named, lines, reason, staff: name, receipt_number: reason });
        expect(text).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        for (const line of text.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(textColumns);
      }),
      { numRuns: 300 },
    );
  });

  it('says above and below that a sale was voided, by whom, why and where that is recorded', () => {
    const sale = saleOf([coffee]);
    const { receipt_index: _index, ticket_id: _ticket, ...amounts } = sale.data;
    const voided: TillEvent<'SaleVoided'> = {
      ...sale,
      type: 'SaleVoided',
      seq: 14,
      staff_id: 's-2',
      approved_by: 's-9',
      data: { ...amounts, staff_name: 'Rana', sale_local_id: sale.local_id, reason: 'wrong table' },
    };
    const text = paperText({ ...marked(voided), mark: markOf(voided, 'b'.repeat(64)) });
    expect(text.match(/\*\*\* VOID - THE MONEY WAS GIVEN BACK \*\*\*/gu)).toHaveLength(2);
    expect(text).toContain('Staff Rana');
    expect(text).toContain('Approved by s-9\nReason: wrong table\n');
    expect(text).toMatch(/Record 1-14 +b{12}\n +Come again\n$/u);
    expect(text).toContain(
      paperText(marked(sale))
        .split('\n')
        .find((row) => row.includes('TOTAL')),
    );
  });

  it('cuts what has no end, with dots', () => {
    const lines = wrap('long '.repeat(1000), 42);
    expect(lines).toHaveLength(8);
    expect(lines.at(-1)).toMatch(/\.\.\.$/u);
  });

  it('turns every kind of space into a plain one', () => {
    expect(printable('\ta\u00a0b\r\nc\u2028d ')).toBe('a b c d');
  });
});

import type { PaperMark, ShopPaper } from '../../src/domain/paper.js';
import { recomputablePart } from '../../src/domain/report.js';
import { columnsOf } from '../../src/hardware/plain-text.js';
import type { SessionReport, ZReport } from '../../src/domain/report.js';
import { paperText, textColumns } from '../../src/hardware/paper-layout.js';
import {
  approved,
  book,
  cash,
  coffee,
  did,
  given,
  saleOf,
  sessionOpened,
  trainingOpened,
} from '../domain/specification.js';

const heading = {
  shop: { shop_name: 'Café Bayt', language: 'en', numerals: 'latin' } as ShopPaper,
  terminal: '7E57',
  opened_time: '2026-03-01 10:00',
  opener: 'Nour' as string | null,
  closer: 'Maha' as string | null,
  local_time: '2026-03-01 22:00',
  mark: { epoch: 1, seq: 13, short_hash: 'abcdef012345' } as PaperMark | null,
};
const reportText = (report: SessionReport | ZReport, { mark, ...head } = heading): string =>
  'z_number' in report
    ? paperText({ ...head, kind: 'z', report, mark })
    : paperText({ ...head, kind: 'x', report, mark: null });
const busy = [
  sessionOpened,
  saleOf(coffee, { ...book, discount: { kind: 'percent', rate_ppm: 100_000, reason: 'worn' } }),
  did({
    type: 'RecordSale',
    lines: [book],
    payment: {
      tenders: [{ method: 'card', amount_minor: 1250 }],
      tip: { amount_minor: 50, beneficiary: 'staff' },
    },
  }),
  did({
    type: 'RecordRefundWithoutReceipt',
    lines: [coffee],
    tenders: [cash(350)],
    reason: 'cold',
    authority: approved,
  }),
  did({
    type: 'MoveCash',
    kind: 'paid_in',
    currency: 'LBP',
    amount_minor: 50_000_000,
    reason: 'coins',
    authority: approved,
  }),
  did({ type: 'MoveCash', kind: 'drop', currency: 'USD', amount_minor: 5000, reason: 'safe', authority: approved }),
  did({ type: 'OpenDrawer', reason: 'change for the bakery \u001bp and its three neighbours', authority: approved }),
] as const;
const denominations = [
  { value_minor: 2000, count: 3 },
  { value_minor: 5, count: 3 },
];
const { z } = given(...busy).when({
  type: 'CloseSession',
  counted: [{ currency: 'USD', amount_minor: 6015, denominations }],
});

describe('a report as plain text', () => {
  it('is the Z that a shop owner reads', () => {
    const paper = `
                Café Bayt
                Z REPORT 1
Till                                  7E57
Business date                   2026-03-01
Opened by Nour            2026-03-01 10:00
Closed by Maha            2026-03-01 22:00
------------------------------------------
                SALES USD
Sales x 2                            26.30
Refunds x 1                          -3.50
Voids x 0                             0.00
TURNOVER                             22.80
  Discounts given                     1.20
  Lines                                  4
  Prices overridden                      0
  Lines taken off x 0                 0.00
  Tickets discarded x 0               0.00
  Receipts printed again                 0
------------------------------------------
                   TAX
Net at VAT 11 %                       0.00
Tax at VAT 11 %                       0.00
Net at ZERO 0 %                      22.80
Tax at ZERO 0 %                       0.00
NET                                  22.80
TAX                                   0.00
------------------------------------------
                 PAID BY
Card USD x 1                         12.50
Cash USD x 2                         10.80
  received                        10000.00
  change                          -9985.70
  paid back                          -3.50
  Tips for the staff                  0.50
  Tips for the house                  0.00
  Cash rounding                       0.00
------------------------------------------
             CASH DRAWER LBP
Float                                    0
Cash of sales and refunds                0
Paid in x 1                         500000
EXPECTED                            500000
COUNTED                        not counted
DIFFERENCE                         -500000
------------------------------------------
             CASH DRAWER USD
Float                               100.00
Cash of sales and refunds            10.80
Cash to the safe x 1                -50.00
EXPECTED                             60.80
  3 x 0.05                            0.15
  3 x 20.00                          60.00
COUNTED                              60.15
DIFFERENCE                           -0.65
------------------------------------------
            DRAWER OPENED FOR
Change for the bakery p and its three
neighbours                               1
Cash to the safe                         1
Paid in                                  1
Refund                                   1
Sale                                     1
------------------------------------------
           SINCE THE FIRST DAY
Turnover                             22.80
Sales + refunds + voids              29.80
Events not yet at central               12
------------------------------------------
First receipt                  7E57-000001
Last receipt                   7E57-000003
Records                            2 to 12
Record before                 000000000000
Record 1-13                   abcdef012345
`;
    expect(reportText(z, heading)).toBe(paper.slice(1));
  });

  it('is the X of a session that goes on, without anything that only a close knows', () => {
    const text = reportText(recomputablePart(z), heading);
    expect(text).toMatch(/^ +X REPORT\n/mu);
    expect(text).toContain('Printed, still open       2026-03-01 22:00\n');
    expect(text).toMatch(/Not a Z: the session goes on\.\n$/u);
    expect(text).toMatch(/^EXPECTED +60\.80\n-+$/mu);
    expect(text).not.toMatch(/COUNTED|DIFFERENCE|SINCE THE FIRST DAY|Record before/u);
  });

  it('lists the tickets that are left open, by name or by the start of their id', () => {
    const ticket = {
      ticket_id: 'abcdef01-0000-4000-8000-000000000000',
      label: 'Table 7',
      lines_count: 2,
      gross_minor: 1550,
    };
    const text = reportText({ ...z, open_tickets: [ticket, { ...ticket, label: '' }] }, heading);
    expect(text).toContain('Table 7                              15.50\nabcdef01                             15.50\n');
  });

  it('says above and below that training counts nowhere, and has no Z number', () => {
    const trained = given(trainingOpened, saleOf(coffee)).when({ type: 'CloseSession', counted: [] }).z;
    const text = reportText(trained, heading);
    expect(text.match(/\*\*\* TRAINING - COUNTS NOWHERE \*\*\*/gu)).toHaveLength(2);
    expect(text).toMatch(/^ +CLOSING\n/mu);
    expect(text).not.toContain('Z REPORT');
  });

  it('is short for a session in which nothing happened', () => {
    const idle = given(sessionOpened).when({ type: 'CloseSession', counted: [] }).z;
    const text = reportText(
      { ...idle, currency: null },
      { ...heading, shop: { ...heading.shop, shop_name: '' }, opener: null, closer: null },
    );
    expect(text).toMatch(/^ +Z REPORT 1\n/u);
    expect(text).toContain('First receipt                         none\n');
    expect(text).toContain('Opened by -               2026-03-01 10:00\n');
    expect(text).not.toContain('DRAWER OPENED');
  });

  it('fits the paper and steers no printer, whatever was typed', () => {
    const reasons = ['\u001bp\u0019 open', 'x'.repeat(200), '\u202eevil', '引き出しを開ける'.repeat(9)];
    const drawer_opens = reasons.map((reason) => ({ reason, count: 1 }));
    const text = reportText(
      { ...z, drawer_opens },
      { ...heading, shop: { ...heading.shop, shop_name: 'z'.repeat(99) }, opener: 'y'.repeat(100) },
    );
    expect(text).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
    expect(Math.max(...text.split('\n').map(columnsOf))).toBeLessThanOrEqual(textColumns);
  });
});

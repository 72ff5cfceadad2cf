import { card, cash, lbp, maha, pounds, sami, type ScriptedShop, type Step, usd } from './scripted-shop.js';

/* Beside each step stands what it is worth, worked out by hand. */

/** The day begins. */
export const opening = ({ till, does, isRefused }: ScriptedShop): readonly Step[] => [
  ['nobody is let in with a wrong PIN', async () => expect((await till.signIn('1', 'pin-0000')).status).toBe(401)],
  ['Nour signs in', async () => expect((await till.signIn('1', 'pin-1111')).status).toBe(200)],
  [
    'nothing is sold before the float is in',
    () => isRefused('/v1/sales', { lines: [{ code: 'coffee' }], tenders: [cash(350)] }, 'SESSION_NOT_OPEN'),
  ],
  [
    'the drawer holds 100.00 dollars and 2 000 000 pounds',
    () => does('/v1/sessions', { float: [usd(10_000), lbp(200_000_000)] }, { training: false }),
  ],
  ['a second session is refused', () => isRefused('/v1/sessions', { float: [] }, 'SESSION_ALREADY_OPEN')],
];

/** Customers at the counter. */
export const selling = ({ sells, isRefused }: ScriptedShop): readonly Step[] => [
  [
    'one coffee for 500: 150 change; net 315, tax 35',
    () => sells('one', { lines: [{ code: 'coffee' }], tenders: [cash(500)] }, { total_minor: 350, change: [usd(150)] }),
  ],
  [
    'three coffees by barcode, two breads, a stamp by card: 1050 + 160 + 100; net 946, tax 104',
    () =>
      sells(
        'card',
        {
          lines: [
            { code: '5901234123457', quantity_milli: 3000 },
            { code: 'bread', quantity_milli: 2000 },
            { code: 'stamp' },
          ],
          tenders: [{ ...card(1310), reference: 'auth 4711' }],
        },
        { total_minor: 1310, change: [] },
      ),
  ],
  [
    'two cakes: 998 + 50 on top; 500 by card, so 548 in cash are rounded to 550: 1050',
    () =>
      sells(
        'cakes',
        { lines: [{ code: 'cake', quantity_milli: 2000 }], tenders: [card(500), cash(600)] },
        { total_minor: 1050, change: [usd(50)] },
      ),
  ],
  [
    'a label of the scale that was read wrong sells nothing',
    () => isRefused('/v1/sales', { lines: [{ code: '2100042012340' }], tenders: [cash(300)] }, 'BARCODE_INVALID'),
  ],
  [
    'its label for 1.234 kg of apples: 296.16 is 296, net 267, tax 29; in cash 295',
    () =>
      sells(
        'apples',
        { lines: [{ code: '2100042012349' }], tenders: [cash(300)] },
        { total_minor: 295, change: [usd(5)] },
      ),
  ],
  [
    'four coffees less 10 % are 1260, with three breads 1500, less 150: 126 and 24; net 1022, tax 112, bread 216',
    () =>
      sells(
        'discounts',
        {
          lines: [
            {
              code: 'coffee',
              quantity_milli: 4000,
              discount: { kind: 'percent', rate_ppm: 100_000, reason: 'happy hour' },
            },
            { code: 'bread', quantity_milli: 3000 },
          ],
          discount: { kind: 'amount', amount_minor: 150, reason: 'regular guest' },
          tenders: [cash(1350)],
        },
        { total_minor: 1350, change: [] },
      ),
  ],
  [
    'a discount above the price is refused',
    () =>
      isRefused(
        '/v1/sales',
        {
          lines: [{ code: 'bread', discount: { kind: 'amount', amount_minor: 81 } }],
          tenders: [cash(0)],
        },
        'DISCOUNT_TOO_LARGE',
      ),
  ],
  [
    'Nour alone cannot change a price',
    () =>
      isRefused(
        '/v1/sales',
        { lines: [{ code: 'cake', unit_price_minor: 400 }], tenders: [card(420)] },
        'APPROVAL_REQUIRED',
      ),
  ],
  [
    'Sami approves a cake for 400: 420 with tax',
    () =>
      sells(
        'override',
        { lines: [{ code: 'cake', unit_price_minor: 400 }], tenders: [card(420)], approval: sami },
        { total_minor: 420 },
      ),
  ],
  [
    'ten coffees: 3500; 2000 in dollars and 150 000 000 in pounds (1676); 176 over are 15 752 000, so 16 000 000',
    () =>
      sells(
        'two currencies',
        {
          lines: [{ code: 'coffee', quantity_milli: 10_000 }],
          tenders: [cash(2000), pounds(150_000_000)],
          change_currency: 'LBP',
        },
        { total_minor: 3500, change: [lbp(16_000_000)] },
      ),
  ],
  [
    'a coffee by card with 100 for the staff',
    () =>
      sells(
        'tip',
        { lines: [{ code: 'coffee' }], tip: { amount_minor: 100, beneficiary: 'staff' }, tenders: [card(450)] },
        { total_minor: 450 },
      ),
  ],
  [
    'a coffee in cash with 50 for the house',
    () =>
      sells(
        'house tip',
        { lines: [{ code: 'coffee' }], tip: { amount_minor: 50, beneficiary: 'house' }, tenders: [cash(400)] },
        { total_minor: 400, change: [] },
      ),
  ],
  [
    'too little money sells nothing',
    () => isRefused('/v1/sales', { lines: [{ code: 'cake' }], tenders: [cash(500)] }, 'TENDER_TOO_SMALL'),
  ],
  [
    'a voucher is not taken',
    () =>
      isRefused(
        '/v1/sales',
        { lines: [{ code: 'cake' }], tenders: [{ method: 'voucher', amount_minor: 524 }] },
        'UNKNOWN_METHOD',
      ),
  ],
  [
    'nor is a euro',
    () =>
      isRefused(
        '/v1/sales',
        { lines: [{ code: 'bread' }], tenders: [{ ...cash(80), currency: 'EUR' }] },
        'UNKNOWN_CURRENCY',
      ),
  ],
  [
    'nobody sells what is not in the catalog',
    () => isRefused('/v1/sales', { lines: [{ code: 'tea' }], tenders: [cash(1)] }, 'UNKNOWN_CODE'),
  ],
];

/** What went wrong is put right. */
export const correcting = ({ does, sells, isRefused, idOf }: ScriptedShop): readonly Step[] => [
  [
    'a coffee for 350 that was a mistake',
    () => sells('mistake', { lines: [{ code: 'coffee' }], tenders: [cash(350)] }, { total_minor: 350 }),
  ],
  [
    'Nour alone cannot void it',
    () => isRefused(`/v1/sales/${idOf('mistake')}/void`, { reason: 'wrong table' }, 'APPROVAL_REQUIRED'),
  ],
  [
    'Sami voids it: 350 go back',
    () => does(`/v1/sales/${idOf('mistake')}/void`, { reason: 'wrong table', approval: sami }, { cash: [usd(350)] }),
  ],
  [
    'it is not voided twice',
    () => isRefused(`/v1/sales/${idOf('mistake')}/void`, { reason: 'again', approval: sami }, 'SALE_VOIDED'),
  ],
  [
    'one of the three coffees comes back to the card: 350, tax 35 (104 ÷ 3)',
    () =>
      does(
        `/v1/sales/${idOf('card')}/refunds`,
        { lines: [{ line_no: 1, quantity_milli: 1000 }], tenders: [card(350)], reason: 'cold', approval: sami },
        { total_minor: 350 },
      ),
  ],
  [
    'so do the other two: 700, tax 69',
    () =>
      does(
        `/v1/sales/${idOf('card')}/refunds`,
        { lines: [{ line_no: 1, quantity_milli: 2000 }], tenders: [card(700)], reason: 'cold', approval: sami },
        { total_minor: 700 },
      ),
  ],
  [
    'a fourth was never sold',
    () =>
      isRefused(
        `/v1/sales/${idOf('card')}/refunds`,
        { lines: [{ line_no: 1, quantity_milli: 1 }], tenders: [card(1)], reason: 'cold', approval: sami },
        'REFUND_EXCEEDS_SOLD',
      ),
  ],
  [
    'the apples come back: 296 of goods, 295 of cash, as they were paid',
    () =>
      does(
        `/v1/sales/${idOf('apples')}/refunds`,
        { lines: [{ line_no: 1, quantity_milli: 1234 }], tenders: [cash(295)], reason: 'bruised', approval: sami },
        { total_minor: 295 },
      ),
  ],
  [
    'a bread without a receipt needs Maha',
    () =>
      isRefused(
        '/v1/refunds',
        {
          lines: [{ code: 'bread', quantity_milli: 1000, unit_price_minor: 80 }],
          tenders: [cash(80)],
          reason: 'stale',
          approval: sami,
        },
        'APPROVAL_REQUIRED',
      ),
  ],
  [
    'Maha gives 80 back for it',
    () =>
      does(
        '/v1/refunds',
        {
          lines: [{ code: 'bread', quantity_milli: 1000, unit_price_minor: 80 }],
          tenders: [cash(80)],
          reason: 'stale',
          approval: maha,
        },
        { total_minor: 80 },
      ),
  ],
  [
    'and 350 for a coffee of another till: net 315, tax 35',
    () =>
      does(
        '/v1/refunds',
        {
          lines: [{ code: 'coffee', quantity_milli: 1000, unit_price_minor: 350 }],
          tenders: [cash(350)],
          reason: 'spilled',
          original: { receipt_number: 'ABCD-000007' },
          approval: maha,
        },
        { total_minor: 350 },
      ),
  ],
];

/** Cash comes and goes without a sale. */
export const handlingCash = ({ does, isRefused }: ScriptedShop): readonly Step[] => [
  [
    '2000 come from the bank',
    () => does('/v1/cash-movements', { kind: 'paid_in', ...usd(2000), reason: 'coins', approval: sami }),
  ],
  [
    '1500 go for vegetables',
    () => does('/v1/cash-movements', { kind: 'paid_out', ...usd(1500), reason: 'vegetables', approval: sami }),
  ],
  [
    '5000 go to the safe',
    () => does('/v1/cash-movements', { kind: 'drop', ...usd(5000), reason: 'safe', approval: sami }),
  ],
  [
    'so do 50 000 000 in pounds',
    () => does('/v1/cash-movements', { kind: 'drop', ...lbp(50_000_000), reason: 'safe', approval: sami }),
  ],
  [
    'nothing is dropped twice by being less than nothing',
    () =>
      isRefused('/v1/cash-movements', { kind: 'drop', ...usd(-1), reason: 'safe', approval: sami }, 'AMOUNT_INVALID'),
  ],
  [
    'the drawer stays shut for Nour alone',
    () => isRefused('/v1/drawer-opens', { reason: 'look' }, 'APPROVAL_REQUIRED'),
  ],
  ['Sami looks into it', () => does('/v1/drawer-opens', { reason: 'look', approval: sami })],
  ['and again', () => does('/v1/drawer-opens', { reason: 'look', approval: sami })],
];

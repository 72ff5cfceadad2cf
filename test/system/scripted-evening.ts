import { cash, dayMs, maha, priceList, sami, type ScriptedShop, type Step } from './scripted-shop.js';

/* Beside each step stands what it is worth, worked out by hand. */

const coffeeCame = { lines: [{ code: 'coffee', quantity_milli: 20_000 }], supplier: 'Roaster' };
const twice = { key: 'one tap' };

/** Goods come in and are counted. */
export const stocking = ({ does, isRefused, levelOf }: ScriptedShop): readonly Step[] => [
  ['Nour alone takes no goods in', () => isRefused('/v1/stock/receipts', coffeeCame, 'APPROVAL_REQUIRED')],
  ['twenty coffees come in', () => does('/v1/stock/receipts', { ...coffeeCame, approval: sami })],
  [
    'of twenty, 21 were sold and 5 came back: 4 are there',
    async () => expect(await levelOf('coffee')).toBe(20_000 - 21_000 + 5000),
  ],
  [
    'only three and a half are found: half a one is missing',
    () =>
      does(
        '/v1/stock/counts',
        { lines: [{ code: 'coffee', counted_milli: 3500 }], reason: 'Sunday', approval: sami },
        { lines: [{ code: 'coffee', level_milli: 4000, difference_milli: -500 }] },
      ),
  ],
];

/** Guests at the tables. */
export const serving = ({ till, does, sells, parks, isRefused, idOf, ticketOf }: ScriptedShop): readonly Step[] => [
  [
    'two coffees for table 4: 700',
    () => parks('4', { label: 'Table 4', lines: [{ code: 'coffee', quantity_milli: 2000 }] }, 700),
  ],
  ['a cake for table 7: 524', () => parks('7', { label: 'Table 7', lines: [{ code: 'cake' }] }, 524)],
  ['a coffee for table 9: 350', () => parks('9', { label: 'Table 9', lines: [{ code: 'coffee' }] }, 350)],
  ['three tables wait', async () => expect((await till.get('/v1/tickets')).body['tickets']).toHaveLength(3)],
  [
    'a price list with a bad row changes nothing',
    () => isRefused('/v1/catalog/import', { csv: priceList('4.005'), approval: maha }, 'CATALOG_INVALID'),
  ],
  [
    'a coffee costs 400 from now on',
    () => does('/v1/catalog/import', { csv: priceList('4.00'), approval: maha }, { catalog_version: -2 }),
  ],
  [
    'table 4 has one more, at 400: 1100',
    () => does(`/v1/tickets/${ticketOf('4')}/park`, { lines: [{ code: 'coffee' }] }, { gross_minor: 1100 }),
  ],
  [
    'Nour alone takes nothing off it',
    () => isRefused(`/v1/tickets/${ticketOf('4')}/lines/1/void`, { reason: 'sent back' }, 'APPROVAL_REQUIRED'),
  ],
  [
    'one of the first two goes back: 350 less, 750',
    () =>
      does(
        `/v1/tickets/${ticketOf('4')}/lines/1/void`,
        { quantity_milli: 1000, reason: 'sent back', approval: sami },
        { gross_minor: 750 },
      ),
  ],
  ['table 4 asks for the bill', () => does(`/v1/tickets/${ticketOf('4')}/resume`, undefined, { gross_minor: 750 })],
  [
    'and pays 750: 350 at the old price (net 315, tax 35), 400 at the new one (net 360, tax 40)',
    () => sells('table 4', { ticket_id: ticketOf('4'), tenders: [cash(750)] }, { total_minor: 750, change: [] }),
  ],
  [
    'it does not pay twice',
    () => isRefused('/v1/sales', { ticket_id: ticketOf('4'), tenders: [cash(750)] }, 'TICKET_CLOSED'),
  ],
  [
    'table 7 has left: 524 are discarded',
    () => does(`/v1/tickets/${ticketOf('7')}/discard`, { reason: 'left', approval: sami }),
  ],
  [
    'the first coffee comes back for what it cost: 350, net 315, tax 35',
    () =>
      does(
        `/v1/sales/${idOf('one')}/refunds`,
        { lines: [{ line_no: 1, quantity_milli: 1000 }], tenders: [cash(350)], reason: 'cold', approval: sami },
        { total_minor: 350 },
      ),
  ],
];

/** Clocks, double taps and a locked screen. */
export const lateHours = ({ till, sells, isRefused }: ScriptedShop): readonly Step[] => [
  [
    'somebody sets the clock back three days, and a bread is sold for 80',
    async () => {
      till.setClock(-3 * dayMs);
      await sells('bread', { lines: [{ code: 'bread' }], tenders: [cash(80)] }, { total_minor: 80 });
      till.setClock(3 * dayMs);
    },
  ],
  [
    'a coffee at 400 is tapped twice and sold once: net 360, tax 40',
    async () => {
      const sale = { lines: [{ code: 'coffee' }], tenders: [cash(400)] };
      const [first, second] = [await till.post('/v1/sales', sale, twice), await till.post('/v1/sales', sale, twice)];
      expect(first.status).toBe(201);
      expect(second.body).toEqual(first.body);
    },
  ],
  [
    'the same key for something else is refused',
    async () => expect((await till.post('/v1/drawer-opens', { reason: 'x' }, twice)).status).toBe(409),
  ],
  [
    'the screen is locked and does nothing more',
    async () => {
      await till.post('/v1/lock', undefined, { key: null });
      await isRefused('/v1/sales', { lines: [{ code: 'bread' }], tenders: [cash(80)] }, 'SESSION_LOCKED');
    },
  ],
  ['until Nour is back', async () => expect((await till.signIn('1', 'pin-1111')).status).toBe(200)],
];

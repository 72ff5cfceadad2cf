import { hash } from '@node-rs/argon2';
import type { CatalogContent } from './catalog/catalog.js';

/** Who can sign in at the demo's till, and with which PIN. Nowhere else is there a default PIN. */
export const demoStaff = [
  { staff_id: 'demo-manager', staff_code: '1', name: 'Mariam', role: 'manager', pin: '739152' },
  { staff_id: 'demo-supervisor', staff_code: '2', name: 'Sami', role: 'supervisor', pin: '5082' },
  { staff_id: 'demo-cashier', staff_code: '3', name: 'Carla', role: 'cashier', pin: '2648' },
] as const;

const menu: readonly (readonly [
  code: string,
  name: string,
  category: string,
  price_minor: number,
  barcode?: string,
])[] = [
  ['coffee', 'Coffee', 'Drinks', 350],
  ['tea', 'Tea', 'Drinks', 250],
  ['water', 'Water 0.5 l', 'Drinks', 100, '5449000131836'],
  ['ayran', 'Ayran', 'Drinks', 200],
  ['manoushe', 'Manoushe zaatar', 'Bakery', 300],
  ['knafeh', 'Knafeh', 'Bakery', 450],
  ['falafel', 'Falafel sandwich', 'Kitchen', 400],
  ['shawarma', 'Chicken shawarma', 'Kitchen', 650],
  ['hummus', 'Hummus', 'Kitchen', 550],
  ['tabbouleh', 'Tabbouleh', 'Kitchen', 500],
  ['bread', 'Bread', 'Bakery', 80],
  ['newspaper', 'Newspaper', 'Shop', 150, '9771234567003'],
];

/** The sample catalog of the demo: twelve products in dollars, tax included, payable in dollars and Lebanese pounds. */
export const demoCatalog = async (): Promise<CatalogContent> => ({
  currency: 'USD',
  currencies: [
    { currency: 'USD', rate: { numerator: 1, denominator: 1 }, cash_step_minor: 1 },
    // 89 500 pounds a dollar; both have two decimals in ISO 4217. The smallest note in use is 1 000 pounds.
    { currency: 'LBP', rate: { numerator: 1, denominator: 89_500 }, cash_step_minor: 100_000 },
  ],
  methods: ['card'],
  settings: {
    paper: { shop_name: 'Tillog Café', address: ['Hamra 12, Beirut'], footer: ['Thank you'], second_currency: 'LBP' },
  },
  taxes: [
    { tax_code: 'standard', name: 'VAT 11 %', rate_ppm: 110_000, mode: 'inclusive' },
    { tax_code: 'exempt', name: 'Exempt', rate_ppm: 0, mode: 'inclusive' },
  ],
  products: menu.map(([code, name, category, price_minor, barcode]) => ({
    code,
    name,
    category,
    price_minor,
    tax_code: code === 'bread' || code === 'newspaper' ? 'exempt' : 'standard',
    barcodes: barcode === undefined ? [] : [barcode],
  })),
  staff: await Promise.all(demoStaff.map(async ({ pin, ...member }) => ({ ...member, pin_hash: await hash(pin) }))),
});

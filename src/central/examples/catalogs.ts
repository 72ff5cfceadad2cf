import type { Examples } from '../../openapi/examples.js';
import type { ProblemCode } from '../problem.js';

/** How the goods of a company are edited and published. */
export const catalogs: Examples<ProblemCode> = {
  'GET /v1/catalog-draft': {
    url: '/v1/catalog-draft',
    status: 200,
    answer: {
      revision: 1,
      based_on_version: 1,
      changed_by: 'tillog',
      changed_at: '2026-11-28T12:01:10.707Z',
      currencies: [{ cash_step_minor: 1, currency: 'USD', rate: { denominator: 1, numerator: 1 } }],
      currency: 'USD',
      methods: ['card'],
      taxes: [{ mode: 'inclusive', name: 'VAT', rate_ppm: 110000, tax_code: 'vat' }],
      staff: [],
      products_count: 3,
      categories: [
        { category: 'Drinks', products_count: 2 },
        { category: null, products_count: 1 },
      ],
      published_version: 1,
    },
  },
  'POST /v1/catalog-draft/products': {
    url: '/v1/catalog-draft/products',
    headers: { 'if-match': '"1"' },
    request: {
      put: [
        {
          code: 'tea',
          name: 'Tea',
          category: 'Drinks',
          price_minor: 250,
          tax_code: 'vat',
          barcodes: ['5901234123457'],
        },
      ],
      remove: ['khubz'],
    },
    status: 200,
    answer: { revision: 2 },
    codes: ['DRAFT_CHANGED', 'REVISION_MISSING'],
  },
  'GET /v1/catalog-draft/products': {
    url: '/v1/catalog-draft/products?search=tea&limit=10',
    status: 200,
    answer: {
      items: [
        {
          code: 'tea',
          name: 'Tea',
          category: 'Drinks',
          price_minor: 250,
          tax_code: 'vat',
          barcodes: ['5901234123457'],
        },
      ],
    },
  },
  'POST /v1/catalog-draft/categories': {
    url: '/v1/catalog-draft/categories',
    headers: { 'if-match': '"2"' },
    request: { category: 'Drinks', renamed_to: 'Hot drinks' },
    status: 200,
    answer: { revision: 3 },
    codes: ['DRAFT_CHANGED', 'REVISION_MISSING'],
  },
  'POST /v1/catalog-draft/staff': {
    url: '/v1/catalog-draft/staff',
    headers: { 'if-match': '"3"' },
    request: { put: [{ staff_code: '7', name: 'Nour', role: 'cashier', pin: '480213' }], remove: [] },
    status: 200,
    answer: { revision: 4 },
    codes: ['DRAFT_CHANGED', 'REVISION_MISSING', 'PIN_WEAK'],
  },
  'PUT /v1/catalog-draft/terms': {
    url: '/v1/catalog-draft/terms',
    headers: { 'if-match': '"4"' },
    request: {
      currency: 'USD',
      currencies: [{ currency: 'USD', rate: { numerator: 1, denominator: 1 }, cash_step_minor: 5 }],
      methods: ['card'],
      taxes: [{ tax_code: 'vat', name: 'VAT', rate_ppm: 110000, mode: 'inclusive' }],
      settings: { blind_count: true },
    },
    status: 200,
    answer: { revision: 5 },
    codes: ['DRAFT_CHANGED', 'REVISION_MISSING'],
  },
  'POST /v1/catalog-draft/import': {
    url: '/v1/catalog-draft/import?mode=merge',
    headers: { 'if-match': '"5"' },
    request: 'code,name,category,price,tax_code,barcodes\ncake,Cake,Sweets,4.50,vat,\n',
    status: 200,
    answer: { revision: 6, products_count: 1, added_count: 1, changed_count: 0, removed_count: 0 },
    codes: ['DRAFT_CHANGED', 'REVISION_MISSING', 'CATALOG_INVALID', 'MEDIA_TYPE_UNSUPPORTED'],
  },
  'GET /v1/catalog-draft/products.csv': {
    url: '/v1/catalog-draft/products.csv',
    status: 200,
    type: 'text/csv',
    answer:
      '\uFEFFcode,name,category,price,prices,tax_code,barcodes\r\ncake,Cake,Sweets,4.50,,vat,\r\ncoffee,Coffee,Hot drinks,3.50,,vat,54490001\r\nshay,شاي,Hot drinks,2.50,,vat,\r\ntea,Tea,Hot drinks,2.50,,vat,5901234123457\r\n',
  },
};

import type { Examples } from '../../openapi/examples.js';
import type { ProblemCode } from '../problem.js';

/** In what a store differs, and how a catalog goes out. */
export const stores: Examples<ProblemCode> = {
  'GET /v1/stores': {
    url: '/v1/stores',
    status: 200,
    answer: {
      items: [
        {
          store_id: 'f800a30d-ef0a-4a7a-af1a-a2fd83e01c99',
          name: 'Main Street',
          terminals_count: 3,
          products_count: 0,
          has_own_terms: false,
        },
      ],
    },
  },
  'POST /v1/catalog-draft/stores/{store_id}/products': {
    url: '/v1/catalog-draft/stores/f800a30d-ef0a-4a7a-af1a-a2fd83e01c99/products',
    headers: { 'if-match': '"6"' },
    request: { put: [{ code: 'tea', price_minor: 275 }], remove: [] },
    status: 200,
    answer: { revision: 7 },
    codes: ['DRAFT_CHANGED', 'REVISION_MISSING', 'STORE_UNKNOWN'],
  },
  'GET /v1/catalog-draft/stores/{store_id}/products': {
    url: '/v1/catalog-draft/stores/f800a30d-ef0a-4a7a-af1a-a2fd83e01c99/products?limit=10',
    status: 200,
    answer: { items: [{ code: 'tea', price_minor: 275 }] },
    codes: ['STORE_UNKNOWN'],
  },
  'PUT /v1/catalog-draft/stores/{store_id}/terms': {
    url: '/v1/catalog-draft/stores/f800a30d-ef0a-4a7a-af1a-a2fd83e01c99/terms',
    headers: { 'if-match': '"7"' },
    request: { taxes: [], settings: { blind_count: false } },
    status: 200,
    answer: { revision: 8 },
    codes: ['DRAFT_CHANGED', 'REVISION_MISSING', 'STORE_UNKNOWN'],
  },
  'POST /v1/catalog-draft/stores/{store_id}/import': {
    url: '/v1/catalog-draft/stores/f800a30d-ef0a-4a7a-af1a-a2fd83e01c99/import?mode=merge',
    headers: { 'if-match': '"8"' },
    request: 'code,price,tax_code,available\ncoffee,3.75,,\n',
    status: 200,
    answer: { revision: 9, products_count: 2 },
    codes: ['DRAFT_CHANGED', 'REVISION_MISSING', 'STORE_UNKNOWN', 'CATALOG_INVALID'],
  },
  'GET /v1/catalog-draft/stores/{store_id}': {
    url: '/v1/catalog-draft/stores/f800a30d-ef0a-4a7a-af1a-a2fd83e01c99',
    status: 200,
    answer: {
      store_id: 'f800a30d-ef0a-4a7a-af1a-a2fd83e01c99',
      name: 'Main Street',
      revision: 9,
      products_count: 2,
      taxes: [],
      settings: { blind_count: false },
    },
    codes: ['STORE_UNKNOWN'],
  },
  'GET /v1/catalog-draft/stores/{store_id}/products.csv': {
    url: '/v1/catalog-draft/stores/f800a30d-ef0a-4a7a-af1a-a2fd83e01c99/products.csv',
    status: 200,
    type: 'text/csv',
    answer:
      '\uFEFFcode,name,company_price,company_tax_code,price,prices,tax_code,available\r\ncake,Cake,4.50,vat,,,,yes\r\ncoffee,Coffee,3.50,vat,3.75,,,yes\r\nshay,شاي,2.50,vat,,,,yes\r\ntea,Tea,2.50,vat,2.75,,,yes\r\n',
    codes: ['STORE_UNKNOWN'],
  },
  'GET /v1/catalog-draft/changes': {
    url: '/v1/catalog-draft/changes?limit=1',
    status: 200,
    answer: {
      since: 1,
      count: 11,
      items: [{ list: 'terms', store_id: null, key: 'settings', before: null, after: { blind_count: true } }],
    },
    codes: ['CATALOG_UNKNOWN'],
  },
  'POST /v1/catalog-draft/publish': {
    url: '/v1/catalog-draft/publish',
    headers: { 'if-match': '"9"' },
    status: 201,
    answer: { catalog_version: 2, revision: 10 },
    codes: ['DRAFT_CHANGED', 'REVISION_MISSING', 'CATALOG_INVALID'],
  },
  'GET /v1/catalogs': {
    url: '/v1/catalogs',
    status: 200,
    answer: {
      items: [
        {
          catalog_version: 2,
          checksum: '0ad70d49757c3c963849f8c17e5edc9103c85f09b59fbac0eef808b5c1ec603c',
          products_count: 4,
          restored_from: null,
          published_by: 'admin c2b6d4e7',
          published_at: '2026-11-28T12:01:11.502Z',
          bytes: 555,
          own_stores_count: 1,
        },
        {
          catalog_version: 1,
          checksum: '41b2be4e6530dbbbe0fd2301bd967bf0ac407bd4fc833178ea6ce53b09cb029b',
          products_count: 3,
          restored_from: null,
          published_by: 'tillog',
          published_at: '2026-11-28T12:01:07.855Z',
          bytes: 355,
          own_stores_count: 0,
        },
      ],
    },
  },
  'GET /v1/catalogs/{catalog_version}/changes': {
    url: '/v1/catalogs/2/changes?since=1&limit=1',
    status: 200,
    answer: {
      since: 1,
      count: 11,
      items: [{ list: 'terms', store_id: null, key: 'settings', before: null, after: { blind_count: true } }],
    },
    codes: ['CATALOG_UNKNOWN'],
  },
  'POST /v1/catalog-draft/reset': {
    url: '/v1/catalog-draft/reset',
    headers: { 'if-match': '"10"' },
    request: { catalog_version: 1 },
    status: 200,
    answer: { revision: 11 },
    codes: ['DRAFT_CHANGED', 'REVISION_MISSING', 'CATALOG_UNKNOWN'],
  },
  'POST /v1/catalogs/{catalog_version}/publish': {
    url: '/v1/catalogs/1/publish',
    headers: { 'if-match': '"11"' },
    status: 201,
    answer: { catalog_version: 3 },
    codes: ['DRAFT_CHANGED', 'REVISION_MISSING', 'CATALOG_UNKNOWN', 'CATALOG_INVALID'],
  },
};

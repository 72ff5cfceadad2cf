import type { Examples } from '../../openapi/examples.js';
import type { ProblemCode } from '../problem.js';

/** A refund of a receipt of another till. */
const atSecondTill = {
  local_id: 'cb85faa3-00c0-4590-9805-24cfea1a98c7',
  sale_local_id: 'd142aed7-e574-4750-abdd-8c0745042bbd',
  kind: 'refund',
  terminal_id: '025f0806-137b-4670-9fb2-3b7fc7d57b60',
  epoch: 1,
  seq: 4,
  business_date: '2026-11-23',
  occurred_at: '2026-11-23T09:00:00.000Z',
  staff_id: 'samir',
  approved_by: null,
  receipt_number: '025F-000001',
  original_receipt_number: '73A4-000001',
  reason: 'Cold coffee',
  currency: 'USD',
  gross_minor: 350,
};

/** A correction of the same receipt at its own till. */
const atOwnTill = {
  local_id: '99d59ffd-0d84-4f70-a850-4c1ca6a87407',
  sale_local_id: 'd142aed7-e574-4750-abdd-8c0745042bbd',
  kind: 'void',
  terminal_id: '73a46dde-7178-49ab-8003-2403bd46fd13',
  epoch: 1,
  seq: 8,
  business_date: '2026-11-23',
  occurred_at: '2026-11-23T09:00:00.000Z',
  staff_id: 'samir',
  approved_by: null,
  receipt_number: '73A4-000001',
  original_receipt_number: '73A4-000001',
  reason: 'Wrong table',
  currency: 'USD',
  gross_minor: 350,
};

/** The receipt that both correct, as it was recorded. */
const coffeeSold = {
  approver_name: null,
  change: [{ amount_minor: 150, base_minor: 150, currency: 'USD', rate: { denominator: 1, numerator: 1 } }],
  currency: 'USD',
  gross_minor: 350,
  lines: [
    {
      ...{ catalog_version: 0, category: 'drinks', code: 'coffee', discounts: [], extended_minor: 350 },
      ...{ gross_minor: 350, line_no: 1, list_price_minor: 350, name: 'Coffee قهوة', net_minor: 315 },
      ...{ quantity_milli: 1000, rate_ppm: 110000, tax_code: 'vat', tax_minor: 35, tax_mode: 'inclusive' },
      unit_price_minor: 350,
    },
  ],
  net_minor: 315,
  paper: { document_hash: 'edb528167469e27c06ee411a82e3dca644d0f413dfdd196655d2e01988974d66', renderer: 1 },
  receipt_index: 1,
  receipt_number: '73A4-000001',
  rounding_minor: 0,
  second_total: null,
  staff_name: null,
  tax_minor: 35,
  taxes: [{ gross_minor: 350, net_minor: 315, rate_ppm: 110000, tax_code: 'vat', tax_minor: 35 }],
  tenders: [
    {
      ...{ amount_minor: 500, base_minor: 500, currency: 'USD', method: 'cash' },
      ...{ rate: { denominator: 1, numerator: 1 }, reference: null },
    },
  ],
  ticket_id: null,
  tip: null,
  total_minor: 350,
  training: false,
};

/** What was sold and taken back, as the back office sees it. */
export const figures: Examples<ProblemCode> = {
  'GET /v1/receipts': {
    url: '/v1/receipts?business_date=2026-11-23&limit=1',
    status: 200,
    answer: {
      items: [
        {
          local_id: 'cb85faa3-00c0-4590-9805-24cfea1a98c7',
          terminal_id: '025f0806-137b-4670-9fb2-3b7fc7d57b60',
          store_id: 'f800a30d-ef0a-4a7a-af1a-a2fd83e01c99',
          epoch: 1,
          seq: 4,
          session_id: '8896c1b4-16d6-4953-8ae2-de1e12539956',
          business_date: '2026-11-23',
          kind: 'refund',
          training: false,
          receipt_number: '025F-000001',
          occurred_at: '2026-11-23T09:00:00.000Z',
          staff_id: 'samir',
          currency: 'USD',
          gross_minor: 350,
          tax_minor: 35,
          total_minor: 350,
          voided_by: null,
          refunded_minor: 0,
          reprints_count: 0,
        },
      ],
    },
  },
  'GET /v1/reports/sales': {
    url: '/v1/reports/sales?by=product&from=2026-11-01&to=2026-11-30',
    status: 200,
    answer: {
      items: [
        {
          member: 'coffee',
          name: 'Coffee قهوة',
          currency: 'USD',
          sales_count: 2,
          refunds_count: 1,
          voids_count: 1,
          quantity_milli: 0,
          gross_minor: 700,
          refunds_minor: 350,
          voids_minor: 350,
          net_minor: 0,
          tax_minor: 0,
          turnover_minor: 0,
        },
      ],
    },
  },
  'GET /v1/drawer-journal': {
    url: '/v1/drawer-journal?limit=1',
    status: 200,
    answer: {
      items: [
        {
          local_id: 'bf7e7464-4089-478f-8d80-62c15c822146',
          terminal_id: '025f0806-137b-4670-9fb2-3b7fc7d57b60',
          epoch: 1,
          seq: 5,
          session_id: '8896c1b4-16d6-4953-8ae2-de1e12539956',
          business_date: '2026-11-23',
          occurred_at: '2026-11-23T09:00:00.000Z',
          kind: 'open',
          reason: 'refund',
          cause_local_id: 'cb85faa3-00c0-4590-9805-24cfea1a98c7',
          staff_id: 'samir',
          approved_by: null,
          currency: null,
          amount_minor: null,
        },
      ],
    },
  },
  'GET /v1/corrections': {
    url: '/v1/corrections?limit=10',
    status: 200,
    answer: {
      items: [atSecondTill, atOwnTill],
    },
  },
  'GET /v1/conflicts': {
    url: '/v1/conflicts?limit=10',
    status: 200,
    answer: {
      items: [
        {
          sale_local_id: 'd142aed7-e574-4750-abdd-8c0745042bbd',
          receipt_number: '73A4-000001',
          terminal_id: '73a46dde-7178-49ab-8003-2403bd46fd13',
          business_date: '2026-11-23',
          currency: 'USD',
          sold_minor: 350,
          returned_minor: 700,
          excess_minor: 350,
          corrections: [atOwnTill, atSecondTill],
        },
      ],
    },
  },
  'GET /v1/receipts/{local_id}': {
    url: '/v1/receipts/d142aed7-e574-4750-abdd-8c0745042bbd',
    status: 200,
    answer: {
      local_id: 'd142aed7-e574-4750-abdd-8c0745042bbd',
      terminal_id: '73a46dde-7178-49ab-8003-2403bd46fd13',
      store_id: 'f800a30d-ef0a-4a7a-af1a-a2fd83e01c99',
      epoch: 1,
      seq: 4,
      session_id: '5c1f1df9-64c4-4f3b-8ff6-2c1c9c1f8a51',
      business_date: '2026-11-23',
      kind: 'sale',
      training: false,
      receipt_number: '73A4-000001',
      occurred_at: '2026-11-23T09:00:00.000Z',
      staff_id: 'samir',
      currency: 'USD',
      gross_minor: 350,
      tax_minor: 35,
      total_minor: 350,
      voided_by: '99d59ffd-0d84-4f70-a850-4c1ca6a87407',
      refunded_minor: 350,
      reprints_count: 0,
      data: coffeeSold,
      corrections: [atOwnTill, atSecondTill],
    },
    codes: ['RECEIPT_UNKNOWN'],
  },
  'GET /v1/stores/{store_id}/stock': {
    url: '/v1/stores/f800a30d-ef0a-4a7a-af1a-a2fd83e01c99/stock?search=coffee&limit=10',
    status: 200,
    answer: {
      items: [
        {
          code: 'coffee',
          name: 'Coffee',
          category: 'Drinks',
          level_milli: 0,
          received_milli: 0,
          removed_milli: 0,
          sold_milli: 2000,
          returned_milli: 2000,
          counted_difference_milli: 0,
          last_moved_at: '2026-11-23T09:00:00.000Z',
        },
      ],
    },
    codes: ['STORE_UNKNOWN'],
  },
};

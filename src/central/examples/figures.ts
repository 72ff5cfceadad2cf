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
          epoch: 1,
          seq: 4,
          session_id: '8896c1b4-16d6-4953-8ae2-de1e12539956',
          business_date: '2026-11-23',
          kind: 'refund',
          training: 0,
          receipt_number: '025F-000001',
          occurred_at: '2026-11-23T09:00:00.000Z',
          staff_id: 'samir',
          currency: 'USD',
          gross_minor: 350,
          tax_minor: 35,
          total_minor: 350,
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
};

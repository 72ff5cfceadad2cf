import type { Examples } from '../../../openapi/examples.js';
import type { ProblemCode } from '../problem.js';
import { xReport } from './shelves.js';

/** The Z of the session, as it is answered at the close and found later. */
const zReport = {
  ...xReport,
  z_number: 1,
  closed_at: '2026-11-23T09:00:01.280Z',
  closed_by: 's-9',
  counted: [{ currency: 'USD', amount_minor: 5550 }],
  counted_denominations: [],
  difference: [{ currency: 'USD', amount_minor: 0 }],
  perpetual: { turnover_minor: 551, absolute_minor: 3247 },
  open_tickets: [],
  unsynced_events: 24,
  prev_hash: '43c43e0a13563eccb2f01a654da1e0a5c475583e459bb980efedd7c1034f550a',
};

/** How the terminal stands with central, asked for or after an exchange. */
const synced = {
  online: false,
  enrolled: false,
  pending: 25,
  rejected: [
    {
      seq: 6,
      local_id: '8043541a-c408-43fa-86a8-805a56ec8a89',
      code: 'INVALID',
      reason: 'The text of the event cannot be read.',
      permanent: true,
      attempts: 1,
    },
  ],
  oldest_pending_at: '2026-11-23T09:00:00.058Z',
  last_success_at: null,
  catalog_version: -2,
  contiguous_seq: 0,
  clock_offset_ms: null,
  problem: null,
  problem_code: null,
  catalog_problem: null,
  stock_problem: null,
  token_problem: null,
  new_epoch_required: false,
};

/** How a session ends, and what stays of it. */
export const closing: Examples<ProblemCode> = {
  'POST /v1/sessions/current/close': {
    url: '/v1/sessions/current/close',
    request: { counted: [{ currency: 'USD', amount_minor: 5550 }] },
    status: 201,
    answer: {
      z_report: zReport,
    },
    codes: ['SESSION_NOT_OPEN', 'COUNT_REPEATED', 'COUNT_MISMATCH', 'APPROVAL_REQUIRED'],
  },
  'GET /v1/z-reports/{number}': {
    url: '/v1/z-reports/1',
    status: 200,
    answer: zReport,
    codes: ['NOT_FOUND'],
  },
  'GET /v1/z-reports/{number}.txt': {
    url: '/v1/z-reports/1.txt?language=en&paper=80mm-42',
    status: 200,
    type: 'text/plain',
    answer:
      '                Z REPORT 1\nTill                                  F20A\nBusiness date                   2026-11-23\nOpened by Maha            2026-11-23 11:00\nClosed by Maha            2026-11-23 11:00\n------------------------------------------\n                SALES USD\nSales x 2                            18.99\nRefunds x 2                          -8.49\nVoids x 1                            -4.99\nTURNOVER                              5.51\n  Discounts given                     0.00\n  Lines                                  4\n  Prices overridden                      0\n  Lines taken off x 1                 4.99\n  Tickets discarded x 1              11.99\n  Receipts printed again                 1\n------------------------------------------\n                   TAX\nNet at VAT 11 %                       4.96\nTax at VAT 11 %                       0.55\nNET                                   4.96\nTAX                                   0.55\n------------------------------------------\n                 PAID BY\nCard USD x 2                          0.00\n  received                            4.99\n  paid back                          -4.99\nCash USD x 3                          5.50\n  received                           20.00\n  change                             -6.00\n  paid back                          -8.50\n  Tips for the staff                  0.00\n  Tips for the house                  0.00\n  Cash rounding                      -0.01\n------------------------------------------\n             CASH DRAWER USD\nFloat                               100.00\nCash of sales and refunds             5.50\nCash to the safe x 1                -50.00\nEXPECTED                             55.50\nCOUNTED                              55.50\nDIFFERENCE                            0.00\n------------------------------------------\n            DRAWER OPENED FOR\nChange for a note                        1\nCash to the safe                         1\nRefund                                   2\nSale                                     1\n------------------------------------------\n           SINCE THE FIRST DAY\nTurnover                              5.51\nSales + refunds + voids              32.47\nEvents not yet at central               24\n------------------------------------------\nFirst receipt                  F20A-000001\nLast receipt                   F20A-000004\nRecords                            5 to 24\nRecord before                 43c43e0a1356\nRecord 1-25                   dc6ca832e350\n',
    codes: ['NOT_FOUND'],
  },
  'GET /v1/z-reports/{number}.png': {
    url: '/v1/z-reports/1.png?language=ar&paper=58mm',
    status: 200,
    type: 'image/png',
    codes: ['NOT_FOUND', 'PAPER_UNFIT'],
  },
  'GET /v1/z-reports/{number}.escpos': {
    url: '/v1/z-reports/1.escpos?code_page=PC850',
    status: 200,
    type: 'application/octet-stream',
    codes: ['NOT_FOUND', 'PAPER_UNFIT'],
  },
  'GET /v1/z-totals': {
    url: '/v1/z-totals?by=month',
    status: 200,
    answer: {
      by: 'month',
      rows: [
        {
          period: '2026-11',
          currency: 'USD',
          z_count: 1,
          first_z_number: 1,
          last_z_number: 1,
          sales_count: 2,
          refunds_count: 2,
          voids_count: 1,
          gross_minor: 1899,
          refunds_minor: 849,
          voids_minor: 499,
          turnover_minor: 551,
          net_minor: 496,
          tax_minor: 55,
          taxes: [{ tax_code: 'VAT', rate_ppm: 110000, net_minor: 496, tax_minor: 55, gross_minor: 551 }],
          discounts_minor: 0,
          rounding_minor: -1,
          tips_staff_minor: 0,
          tips_house_minor: 0,
          tenders: xReport.tenders,
          perpetual: { turnover_minor: 551, absolute_minor: 3247 },
        },
      ],
      missing_z_numbers: [],
      next_from: null,
    },
  },
  'GET /v1/events': {
    url: '/v1/events?after_seq=2&limit=1',
    status: 200,
    type: 'application/x-ndjson',
    answer:
      '{"event":"{\\"approved_by\\":null,\\"business_date\\":null,\\"catalog_version\\":-1,\\"data\\":{\\"name\\":\\"Maha\\",\\"role\\":\\"manager\\",\\"staff_code\\":\\"9\\"},\\"epoch\\":1,\\"local_id\\":\\"eb969c3a-606c-4406-a412-ff38321ad48b\\",\\"occurred_at\\":\\"2026-11-23T09:00:00.680Z\\",\\"prev_hash\\":\\"1dea9c45a50626dbedf913d4a4dacd5d4326695c32b9b81e4f6c978a8dcd540f\\",\\"seq\\":3,\\"session_id\\":null,\\"staff_id\\":\\"s-9\\",\\"store_id\\":null,\\"tenant_id\\":null,\\"terminal_id\\":\\"f20ab115-65e1-4f34-8954-2b131a43b603\\",\\"type\\":\\"StaffSignedIn\\",\\"utc_offset_minutes\\":120,\\"version\\":1}","hash":"3c70903dacea954d5d880cffd5d04cab5fc3e8943a0df090cddec39a49f038eb"}\n',
    codes: ['COUNT_IS_BLIND'],
  },
  'GET /v1/sync': {
    url: '/v1/sync',
    status: 200,
    answer: synced,
  },
  'POST /v1/sync': {
    url: '/v1/sync',
    status: 200,
    answer: synced,
  },
  'POST /v1/sync/rejections/{local_id}/settle': {
    url: '/v1/sync/rejections/8043541a-c408-43fa-86a8-805a56ec8a89/settle',
    request: { resolution: 'Rung up again by hand' },
    status: 201,
    answer: {
      local_id: 'b018c888-f8b8-4933-bbbb-aa9900587176',
      seq: 26,
      hash: 'e3e498a7b1b849a3694e50d29740f7f4208ec02643a841fa7de0503f9e04d5e9',
    },
    codes: ['REJECTION_UNKNOWN', 'REJECTION_SETTLED', 'REPLACEMENT_UNKNOWN', 'APPROVAL_REQUIRED'],
  },
  'POST /v1/staff/{staff_code}/unlock': {
    url: '/v1/staff/1/unlock',
    request: {},
    status: 201,
    answer: {
      local_id: '42cb54d4-e971-4ea2-b45c-214c05c3320e',
      seq: 27,
      hash: '000964c6214e9aca81a391bc63fd7e1694bd15a5e7d2f59956b3e24877baba98',
    },
    codes: ['NOT_FOUND', 'APPROVAL_REQUIRED'],
  },
  'POST /v1/exports': {
    url: '/v1/exports',
    request: { from_date: '2026-11-23', to_date: '2026-11-23' },
    status: 201,
    answer: {
      local_id: '5d0f0a8e-3a4b-4f0c-9a55-0c2f6f0d8b11',
      seq: 28,
      hash: '6a3f0c1f5b0b6a5f9e0d2b7c4a1e8f3d5c7b9a0e1f2d3c4b5a69788776655443',
      first_seq: 4,
      head: { epoch: 1, seq: 23, hash: '2b1c9f7d3e5a8b0c4d6e1f2a3b5c7d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f8' },
      manifest_sha256: '9c8b7a6d5e4f3c2b1a0918273645546372819a0bcdef1234567890abcdef1234',
      file_name: 'f20a-4-23-9c8b7a6d5e4f.tillog',
    },
    codes: [
      'APPROVAL_REQUIRED',
      'COUNT_IS_BLIND',
      'EXPORT_REFUSED',
      'EXPORT_UNDER_WAY',
      'EXPORT_UNWRITTEN',
      'DISK_FULL',
    ],
  },
  'GET /v1/exports/{local_id}': {
    url: '/v1/exports/5d0f0a8e-3a4b-4f0c-9a55-0c2f6f0d8b11',
    status: 200,
    type: 'application/x-tar',
    codes: ['NOT_FOUND', 'APPROVAL_REQUIRED', 'COUNT_IS_BLIND'],
  },
  'POST /v1/lock': { url: '/v1/lock', status: 204 },
  'POST /v1/logout': { url: '/v1/logout', status: 204 },
};

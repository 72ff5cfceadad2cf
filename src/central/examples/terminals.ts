import type { Examples } from '../../openapi/examples.js';
import type { ProblemCode } from '../problem.js';

/** What terminals ask for, and how they do. */
export const terminals: Examples<ProblemCode> = {
  'POST /v1/enrolments': {
    url: '/v1/enrolments',
    request: {
      code: 'FQ4YM4-SN5A-ARRX-T4M8',
      terminal_id: '23e5e1b3-8962-4d0b-b00e-a1ba6b7f3eb0',
      public_key: 'MCowBQYDK2VwAyEADoOHXsHzlAYC+esgVMcSCwQyPvd2xB6hQrEbKAPWSvE=',
    },
    status: 201,
    answer: {
      tenant_id: 'f7a9f6b7-2138-4c5b-b500-d7888ea8c393',
      store_id: 'f800a30d-ef0a-4a7a-af1a-a2fd83e01c99',
      tenant_name: 'Corner Shop',
      store_name: 'Main Street',
      token: 'tt_f7a9f6b721384c5bb500d7888ea8c393_xopx4Kcy741l7qbVIECKpr7f6l-q1N5UnLU-9xLZIlM',
    },
    codes: ['CODE_UNKNOWN', 'CODE_USED', 'CODE_EXPIRED', 'KEY_INVALID', 'TERMINAL_KEY_DIFFERS', 'TOO_MANY_ATTEMPTS'],
  },
  'GET /v1/catalog': {
    url: '/v1/catalog?since=0',
    status: 200,
    answer: {
      catalog_version: 3,
      checksum: '335bf6bf0df97b8e7b92effdaccc3bcf39a59aafacd81e2b33db14a986b88d8c',
      content: {
        currencies: [{ cash_step_minor: 1, currency: 'USD', rate: { denominator: 1, numerator: 1 } }],
        currency: 'USD',
        methods: ['card'],
        products: [
          {
            barcodes: ['54490001'],
            category: 'Drinks',
            code: 'coffee',
            name: 'Coffee',
            price_minor: 350,
            tax_code: 'vat',
          },
          { barcodes: [], category: 'Drinks', code: 'shay', name: 'شاي', price_minor: 250, tax_code: 'vat' },
        ],
        staff: [
          {
            name: 'Nour',
            pin_hash:
              '$argon2id$v=19$m=19456,t=2,p=1$YWy1kSqQ+K18YoIxtz9fDw$CFgtwOAVwwbR9xODOfpMyuY47ZuFRvA4HyTG2P9L0Hs',
            role: 'cashier',
            staff_code: '7',
            staff_id: 'de7c8338-66b1-4b57-9497-8d1ecb590135',
          },
        ],
        taxes: [{ mode: 'inclusive', name: 'VAT', rate_ppm: 110000, tax_code: 'vat' }],
      },
    },
    codes: ['QUERY_INVALID'],
  },
  'POST /v1/sync': {
    url: '/v1/sync',
    request: {
      tenant_id: 'f7a9f6b7-2138-4c5b-b500-d7888ea8c393',
      terminal_id: '23e5e1b3-8962-4d0b-b00e-a1ba6b7f3eb0',
      epoch: 1,
      catalog_version: 0,
      head: {
        seq: 1,
        hash: '01874c04fb35d1b563d60e1bf72668ff6606798b984464505053ad481ded1360',
        signature: 'MPGKzhxZVgCZEQUK+DRzZV++EB4UysJxh4A7Onj0FvxbjkOOo5UvjkDtV/tgeDP+KAh/Y/2jqYzW6oEYw0NFCg==',
      },
      events: [
        {
          event:
            '{"approved_by":null,"business_date":null,"catalog_version":0,"data":{"public_key":"MCowBQYDK2VwAyEADoOHXsHzlAYC+esgVMcSCwQyPvd2xB6hQrEbKAPWSvE=","software_version":"0","zone":"Asia/Beirut"},"epoch":1,"local_id":"c0614ff1-cfc1-403f-8a6a-91be10125753","occurred_at":"2026-11-23T09:00:00.000Z","prev_hash":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,"session_id":null,"staff_id":"samir","store_id":null,"tenant_id":null,"terminal_id":"23e5e1b3-8962-4d0b-b00e-a1ba6b7f3eb0","type":"TerminalStarted","utc_offset_minutes":120,"version":1}',
          hash: '01874c04fb35d1b563d60e1bf72668ff6606798b984464505053ad481ded1360',
        },
      ],
    },
    status: 200,
    answer: {
      accepted: [
        { local_id: 'c0614ff1-cfc1-403f-8a6a-91be10125753', remote_id: 'd7a6c4a7-00d8-4558-9dd7-6e3c00f00bfb' },
      ],
      rejected: [],
      missing: [],
      contiguous_seq: 1,
      catalog_version: 3,
      server_time: '2026-11-28T12:01:11.972Z',
    },
    codes: ['TOKEN_OF_ANOTHER', 'SIGNATURE_INVALID', 'TOO_MANY_EVENTS', 'TERMINAL_REVOKED'],
  },
  'GET /v1/stock': {
    url: '/v1/stock',
    status: 200,
    answer: { as_of: '2026-11-28T12:01:12.055Z', levels: [{ code: 'coffee', level_milli: 0 }] },
  },
  'GET /v1/terminals': {
    url: '/v1/terminals',
    status: 200,
    answer: {
      items: [
        {
          terminal_id: '73a46dde-7178-49ab-8003-2403bd46fd13',
          store_id: 'f800a30d-ef0a-4a7a-af1a-a2fd83e01c99',
          store_name: 'Main Street',
          enrolled_at: '2026-11-28T12:01:08.471Z',
          revoked_at: null,
          rotation_asked_at: null,
          last_seen_at: '2026-11-28T12:01:09.072Z',
          catalog_version: 0,
          head_alarm: null,
          head_alarm_at: null,
          clock_offset_ms: null,
          head_seq: 10,
          software_version: '0',
          zone: 'Asia/Beirut',
          started_at: '2026-11-23T09:00:00.000Z',
          clock_jumps_count: 0,
          epoch: 1,
          anchored_to_seq: 10,
          head_hash: '954a612f6c2d7c572eaa5818e9b4deb7996278e5bb9fb657d0a8a5598277349c',
          contiguous_seq: 10,
          pending: 0,
          oldest_pending_at: null,
          disputed_count: 0,
          refused_count: 0,
          branches: [
            {
              epoch: 1,
              anchored_to_seq: 10,
              head_hash: '954a612f6c2d7c572eaa5818e9b4deb7996278e5bb9fb657d0a8a5598277349c',
              last_seen_at: '2026-11-28T12:01:09.072+00:00',
            },
          ],
        },
        {
          terminal_id: '025f0806-137b-4670-9fb2-3b7fc7d57b60',
          store_id: 'f800a30d-ef0a-4a7a-af1a-a2fd83e01c99',
          store_name: 'Main Street',
          enrolled_at: '2026-11-28T12:01:08.666Z',
          revoked_at: null,
          rotation_asked_at: null,
          last_seen_at: '2026-11-28T12:01:08.965Z',
          catalog_version: 0,
          head_alarm: null,
          head_alarm_at: null,
          clock_offset_ms: null,
          head_seq: 5,
          software_version: '0',
          zone: 'Asia/Beirut',
          started_at: '2026-11-23T09:00:00.000Z',
          clock_jumps_count: 0,
          epoch: 1,
          anchored_to_seq: 5,
          head_hash: '0a0dd8f12de0852329a259d051710449db747b97d7315760a731303cea3519f0',
          contiguous_seq: 5,
          pending: 0,
          oldest_pending_at: null,
          disputed_count: 0,
          refused_count: 0,
          branches: [
            {
              epoch: 1,
              anchored_to_seq: 5,
              head_hash: '0a0dd8f12de0852329a259d051710449db747b97d7315760a731303cea3519f0',
              last_seen_at: '2026-11-28T12:01:08.965+00:00',
            },
          ],
        },
      ],
    },
  },
  'GET /v1/deliveries': {
    url: '/v1/deliveries?limit=1',
    status: 200,
    answer: {
      items: [
        {
          request_id: '6b9dbb51-2e29-4bf4-a62d-c072a274e78e',
          terminal_id: '23e5e1b3-8962-4d0b-b00e-a1ba6b7f3eb0',
          received_at: '2026-11-28T12:01:11.958Z',
          events_count: 1,
          first_seq: 1,
          last_seq: 1,
          new_count: 1,
          duplicate_count: 0,
          rejected: {},
        },
      ],
    },
  },
};

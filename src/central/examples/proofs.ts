import type { Examples } from '../../openapi/examples.js';
import type { ProblemCode } from '../problem.js';

/** What is certified, disputed and revoked. */
export const proofs: Examples<ProblemCode> = {
  'GET /v1/certificates/{terminal_id}/{business_date}': {
    url: '/v1/certificates/73a46dde-7178-49ab-8003-2403bd46fd13/2026-11-23',
    status: 200,
    answer: {
      certificate: {
        format: 'tillog-certificate',
        version: 1,
        tenant_id: 'f7a9f6b7-2138-4c5b-b500-d7888ea8c393',
        terminal_id: '73a46dde-7178-49ab-8003-2403bd46fd13',
        terminal_public_key: 'MCowBQYDK2VwAyEAbJwr87rJXw62Y51LX2ESKWzCQOsbSWW1oPRxVnJe30o=',
        business_date: '2026-11-23',
        stretches: [
          {
            epoch: 1,
            first_seq: 3,
            last_seq: 10,
            events_count: 8,
            prev_hash: '08c26c82950509dae428c47c8349fce56072f70d89fca24fc221d49cea3e9d29',
            head_hash: '954a612f6c2d7c572eaa5818e9b4deb7996278e5bb9fb657d0a8a5598277349c',
          },
        ],
        events_count: 8,
        sessions: [
          {
            session_id: '5189d065-43ac-4ea6-bce2-b327d6a2ca97',
            training: false,
            z_number: 1,
            opened: { epoch: 1, seq: 3 },
            closed: { epoch: 1, seq: 10 },
          },
        ],
        refused: [],
        disputed: [],
        issued_at: '2026-11-28T12:01:12.443Z',
      },
      public_key: 'MCowBQYDK2VwAyEACR5zFot475EOIwlhbdisPWTWMw3yYWNU3Kn1f/y2kK0=',
      signature: 'mPU8dg+XtrqDEXfaMMqWPihNGleZQWkxxM95S698RtR+rfg2bS+KSsVBKDBCwv415H7vcZo2TQVDEUUUUiPXAQ==',
    },
    codes: ['TERMINAL_UNKNOWN', 'DAY_UNKNOWN', 'CERTIFICATE_REFUSED'],
  },
  'GET /v1/certificate-keys': {
    url: '/v1/certificate-keys',
    status: 200,
    answer: {
      items: [
        {
          public_key: 'MCowBQYDK2VwAyEACR5zFot475EOIwlhbdisPWTWMw3yYWNU3Kn1f/y2kK0=',
          created_at: '2026-11-28T12:01:12.451Z',
          retired_at: null,
        },
      ],
    },
  },
  'GET /v1/rejected': {
    url: '/v1/rejected?settled=false&limit=1',
    status: 200,
    answer: {
      items: [
        {
          terminal_id: '40995846-6b25-4f18-a834-4a3bc99bed3f',
          epoch: 1,
          seq: 3,
          local_id: 'c37cece1-031b-4661-8f69-8d9e0e4d0a3b',
          hash: '101de45ea66a38bfcb83e29a30bedd15b6e991ebedb80120c07ddb107599405f',
          code: 'CONFLICT',
          reason: 'Another event is in its place.',
          permanent: true,
          attempts: 1,
          first_at: '2026-11-28T12:01:09.339Z',
          last_at: '2026-11-28T12:01:09.339Z',
          event:
            '"{\\"approved_by\\":null,\\"business_date\\":\\"2026-11-23\\",\\"catalog_version\\":0,\\"data\\":{\\"approver_name\\":null,\\"currency\\":\\"USD\\",\\"float\\":[{\\"amount_minor\\":10000,\\"currency\\":\\"USD\\"}],\\"float_denominations\\":[],\\"staff_name\\":null,\\"training\\":false},\\"epoch\\":1,\\"local_id\\":\\"c37cece1-031b-4661-8f69-8d9e0e4d0a3b\\",\\"occurred_at\\":\\"2026-11-23T09:00:00.000Z\\",\\"prev_hash\\":\\"62a4058edef7274f1d781ac04a55370b2fb35d569d55e1fb1e57931b664d7a1d\\",\\"seq\\":3,\\"session_id\\":\\"3e2c460d-335b-43d0-953f-05bb2872611c\\",\\"staff_id\\":\\"samir\\",\\"store_id\\":\\"f800a30d-ef0a-4a7a-af1a-a2fd83e01c99\\",\\"tenant_id\\":\\"f7a9f6b7-2138-4c5b-b500-d7888ea8c393\\",\\"terminal_id\\":\\"40995846-6b25-4f18-a834-4a3bc99bed3f\\",\\"type\\":\\"SessionOpened\\",\\"utc_offset_minutes\\":120,\\"version\\":1}"',
          settled_at: null,
          settled_by: null,
          approved_by: null,
          resolution: null,
          replaced_by: null,
        },
      ],
    },
  },
  'POST /v1/rejected/retry': { url: '/v1/rejected/retry', status: 200, answer: { counted: [], failing: [] } },
  'POST /v1/terminals/{terminal_id}/forks/{hash}/adopt': {
    url: '/v1/terminals/40995846-6b25-4f18-a834-4a3bc99bed3f/forks/101de45ea66a38bfcb83e29a30bedd15b6e991ebedb80120c07ddb107599405f/adopt',
    status: 204,
    codes: ['FORK_UNKNOWN', 'FORK_DOUBLES'],
  },
  'POST /v1/terminals/{terminal_id}/rotate-token': {
    url: '/v1/terminals/23e5e1b3-8962-4d0b-b00e-a1ba6b7f3eb0/rotate-token',
    status: 204,
    codes: ['TERMINAL_UNKNOWN', 'TERMINAL_REVOKED'],
  },
  'POST /v1/token': {
    url: '/v1/token',
    request: {
      token_hash: 'abababababababababababababababababababababababababababababababab',
      signature: 'IoOA6XstvwmYgfVHbYapQQzs8MQAJqng+AWCCYKxH+0lhVYLY3B+Z90TIWXDlmtuVuU3tBKfh7zIR6qCZqiUDQ==',
    },
    status: 204,
    codes: ['ROTATION_NOT_ASKED', 'SIGNATURE_INVALID'],
  },
  'POST /v1/terminals/{terminal_id}/revoke': {
    url: '/v1/terminals/23e5e1b3-8962-4d0b-b00e-a1ba6b7f3eb0/revoke',
    status: 204,
    codes: ['TERMINAL_UNKNOWN'],
  },
  'GET /v1/office-actions': {
    url: '/v1/office-actions?limit=1',
    status: 200,
    answer: {
      items: [
        {
          action_id: 'd365182e-24cd-40ca-972d-945256867f4c',
          done_at: '2026-11-28T12:01:12.732Z',
          action: 'terminal_revoked',
          terminal_id: '23e5e1b3-8962-4d0b-b00e-a1ba6b7f3eb0',
          subject: null,
          actor: 'admin c2b6d4e7',
        },
      ],
    },
  },
};

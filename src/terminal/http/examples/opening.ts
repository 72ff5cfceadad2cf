import type { Examples } from '../../../openapi/examples.js';
import type { ProblemCode } from '../problem.js';

/** How the till is asked before anybody sells. */
export const opening: Examples<ProblemCode> = {
  'GET /health/live': { url: '/health/live', status: 200, answer: { status: 'live' } },
  'GET /health/ready': {
    url: '/health/ready',
    status: 200,
    answer: { status: 'ready', catalog_version: -1 },
    codes: ['NOT_READY'],
  },
  'GET /metrics': {
    url: '/metrics',
    status: 200,
    type: 'text/plain',
    answer:
      '# HELP tillog_last_seq Position of the newest event.\n# TYPE tillog_last_seq gauge\ntillog_last_seq 2\n# HELP tillog_events_pending Events that central has not acknowledged.\n# TYPE tillog_events_pending gauge\ntillog_events_pending 2\n# HELP tillog_events_rejected Events that central refused.\n# TYPE tillog_events_rejected gauge\ntillog_events_rejected 0\n# HELP tillog_online 1 when the last exchange with central succeeded.\n# TYPE tillog_online gauge\ntillog_online 0\n# HELP tillog_catalog_version The catalog in use; 0 is none.\n# TYPE tillog_catalog_version gauge\ntillog_catalog_version -1\n# HELP tillog_log_damaged 1 when the log is not what was recorded.\n# TYPE tillog_log_damaged gauge\ntillog_log_damaged 0\n# HELP tillog_witness_failing 1 when the head file could not be written.\n# TYPE tillog_witness_failing gauge\ntillog_witness_failing 0\n# HELP tillog_papers_waiting Papers that no printer took yet.\n# TYPE tillog_papers_waiting gauge\ntillog_papers_waiting 0\n# HELP tillog_papers_unknown Papers of which nobody knows whether they are whole.\n# TYPE tillog_papers_unknown gauge\ntillog_papers_unknown 0\n# HELP tillog_papers_given_up Papers that are not printed any more by themselves.\n# TYPE tillog_papers_given_up gauge\ntillog_papers_given_up 0\n',
  },
  'POST /v1/login': {
    url: '/v1/login',
    request: { staff_code: '9', pin: 'pin-9999' },
    status: 200,
    answer: {
      token: 'Ua0XLHZBxGPdqwyp1nWUzoLzkJAPKe6zZeNahps4Lc8',
      expires_at: '2026-11-23T21:00:00.682Z',
      staff: { staff_id: 's-9', staff_code: '9', name: 'Maha', role: 'manager' },
    },
    codes: ['SIGN_IN_FAILED', 'TOO_MANY_ATTEMPTS', 'STAFF_UNREADABLE'],
  },
  'POST /v1/catalog/import': {
    url: '/v1/catalog/import?currency=USD',
    request:
      'code,name,category,price,tax_rate,barcodes\ncoffee,Coffee,Drinks,3.50,11,5901234123457\ncake,Cake,,4.99,11,\n',
    status: 201,
    answer: { catalog_version: -2, products: 2 },
    codes: ['CATALOG_INVALID', 'ENROLLED', 'APPROVAL_REQUIRED'],
  },
  'GET /v1/catalog': {
    url: '/v1/catalog?search=coffee&limit=10',
    status: 200,
    answer: {
      catalog_version: -2,
      checksum: '17078018341c186c8570d47781441db9f7101b35dab33a45eed71a4cd8ba27b4',
      business_date: '2026-11-23',
      currency: 'USD',
      currencies: [
        { currency: 'USD', rate: { numerator: 1, denominator: 1 }, cash_step_minor: 5 },
        { currency: 'LBP', rate: { numerator: 1, denominator: 89500 }, cash_step_minor: 500000 },
      ],
      methods: ['card'],
      taxes: [
        { tax_code: 'VAT', name: 'VAT', rate_ppm: 110000, mode: 'inclusive' },
        { tax_code: 'SVC', name: 'Service', rate_ppm: 50000, mode: 'exclusive' },
      ],
      products: [{ code: 'coffee', name: 'Coffee', category: 'Drinks', price_minor: 350, tax_code: 'VAT' }],
    },
  },
  'POST /v1/sessions': {
    url: '/v1/sessions',
    request: { float: [{ currency: 'USD', amount_minor: 10000 }] },
    status: 201,
    answer: {
      session_id: '21659487-6412-427d-8dc8-3e1fe5217fa3',
      business_date: '2026-11-23',
      float: [{ currency: 'USD', amount_minor: 10000 }],
      training: false,
      opened_at: '2026-11-23T09:00:00.749Z',
    },
    codes: ['SESSION_ALREADY_OPEN', 'CATALOG_MISSING', 'UNKNOWN_CURRENCY', 'AMOUNT_INVALID'],
  },
  'GET /v1/sessions/current': {
    url: '/v1/sessions/current',
    status: 200,
    answer: {
      session_id: '21659487-6412-427d-8dc8-3e1fe5217fa3',
      business_date: '2026-11-23',
      float: [{ currency: 'USD', amount_minor: 10000 }],
      training: false,
      opened_at: '2026-11-23T09:00:00.749Z',
      opened_by: 's-9',
      currency: 'USD',
    },
    codes: ['SESSION_NOT_OPEN'],
  },
};

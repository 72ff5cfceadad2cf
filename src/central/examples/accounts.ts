import type { Examples } from '../../openapi/examples.js';
import type { ProblemCode } from '../problem.js';

/** Somebody who has an account. */
const user = {
  user_id: '18817239-ece6-4f45-abbf-25f2317f0f31',
  username: 'rania',
  name: 'Rania Khoury',
  role: 'owner',
  created_at: '2026-11-28T12:01:09.938Z',
  disabled_at: null,
};

/** Who may sign in, and as whom. */
export const accounts: Examples<ProblemCode> = {
  'GET /health/live': { url: '/health/live', status: 200, answer: { status: 'ok' } },
  'GET /health/ready': { url: '/health/ready', status: 200, answer: { status: 'ok' }, codes: ['UNAVAILABLE'] },
  'GET /metrics': {
    url: '/metrics',
    status: 200,
    type: 'text/plain',
    answer:
      '# HELP nodejs_eventloop_lag_seconds Lag of event loop in seconds.\n# TYPE nodejs_eventloop_lag_seconds gauge\nnodejs_eventloop_lag_seconds 0.012\n',
  },
  'POST /v1/users': {
    url: '/v1/users',
    request: { username: 'rania', name: 'Rania Khoury', role: 'owner', password: 'blue bicycle 42' },
    status: 201,
    answer: user,
    codes: ['USERNAME_TAKEN', 'PASSWORD_WEAK'],
  },
  'GET /v1/users': {
    url: '/v1/users',
    status: 200,
    answer: {
      items: [user],
    },
  },
  'POST /v1/login': {
    url: '/v1/login',
    request: { tenant: 'Corner Shop', username: 'rania', password: 'blue bicycle 42' },
    status: 204,
    codes: ['LOGIN_WRONG', 'TOO_MANY_ATTEMPTS'],
  },
  'GET /v1/me': {
    url: '/v1/me',
    status: 200,
    answer: {
      user_id: '18817239-ece6-4f45-abbf-25f2317f0f31',
      username: 'rania',
      name: 'Rania Khoury',
      role: 'owner',
      tenant_id: 'f7a9f6b7-2138-4c5b-b500-d7888ea8c393',
    },
  },
  'POST /v1/me/password': {
    url: '/v1/me/password',
    request: { password: 'blue bicycle 42', new_password: 'green bicycle 43' },
    status: 204,
    codes: ['LOGIN_WRONG', 'PASSWORD_WEAK', 'USER_UNKNOWN'],
  },
  'POST /v1/logout': { url: '/v1/logout', status: 204 },
  'PUT /v1/users/{user_id}': {
    url: '/v1/users/18817239-ece6-4f45-abbf-25f2317f0f31',
    request: { name: 'Rania K.' },
    status: 200,
    answer: {
      user_id: '18817239-ece6-4f45-abbf-25f2317f0f31',
      username: 'rania',
      name: 'Rania K.',
      role: 'owner',
      created_at: '2026-11-28T12:01:09.938Z',
      disabled_at: null,
    },
    codes: ['USER_UNKNOWN', 'LAST_OWNER', 'PASSWORD_WEAK'],
  },
};

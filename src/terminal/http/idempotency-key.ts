import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader } from '@nestjs/swagger';
import type { TillRequest } from './exchange.js';
import { Problem } from './problem.js';

const keyLengthMax = 200;

/**
 * The key under which a command is recorded at most once.
 * @throws Problem IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_INVALID
 */
export const readKey = (header: string | readonly string[] | undefined): string => {
  if (header === undefined || header === '') {
    throw new Problem(
      400,
      'IDEMPOTENCY_KEY_MISSING',
      'Send an Idempotency-Key that is fresh for each action and the same for each attempt at it. Nothing was recorded.',
    );
  }
  if (typeof header === 'string' && header.length <= keyLengthMax && /^[\x21-\x7e][\x20-\x7e]*$/u.test(header)) {
    return header;
  }
  throw new Problem(
    400,
    'IDEMPOTENCY_KEY_INVALID',
    `An Idempotency-Key holds 1 to ${String(keyLengthMax)} printable ASCII characters. Nothing was recorded.`,
  );
};

/** The Idempotency-Key of a request that records something. */
export const IdempotencyKey = createParamDecorator((_data: unknown, context: ExecutionContext): string =>
  readKey(context.switchToHttp().getRequest<TillRequest>().headers['idempotency-key']),
);

/** Documents a request that records something: it needs somebody signed in and an Idempotency-Key. */
export const Records = () =>
  applyDecorators(
    ApiBearerAuth(),
    ApiHeader({
      name: 'Idempotency-Key',
      required: true,
      description: 'Fresh for each action, the same for each attempt at it: the same key again gets the first answer.',
    }),
  );

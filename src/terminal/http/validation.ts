import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { Problem } from './problem.js';

/** So many faults of one body are named; the first is the one that people see. */
const faultsNamedMax = 20;

/**
 * Checks bodies and queries against the zod schema beside them; what a schema does not know is refused. Where everything
 * in a body may be left out, so may the body.
 */
@Injectable()
export class Validation implements PipeTransform {
  transform(value: unknown, { schema, type }: ArgumentMetadata): unknown {
    if (!(schema instanceof z.ZodType)) return value;
    const parsed = schema.safeParse(value === undefined ? {} : value);
    if (parsed.success) return parsed.data;
    if (value === undefined && type === 'body') {
      throw new Problem(400, 'BODY_INVALID', 'This request needs a body of JSON. Nothing was recorded.');
    }
    const errors = parsed.error.issues.slice(0, faultsNamedMax).map(({ path, message }) => ({
      field: path.join('.'),
      message,
    }));
    const first = errors[0] ?? { field: '', message: 'it does not match its schema' };
    const detail = `${first.field === '' ? type : first.field}: ${first.message}. Nothing was recorded.`;
    throw type === 'body'
      ? new Problem(422, 'VALIDATION_FAILED', detail, { details: { errors } })
      : new Problem(400, 'QUERY_INVALID', detail, { details: { errors } });
  }
}

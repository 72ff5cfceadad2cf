import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Readable } from 'node:stream';
import type { HttpRequest } from './http-exchange.js';
import { hasCode } from './postgres-process.js';
import { depthMax, isTooDeep } from './json-depth.js';
import { Problem } from './problem.js';

/** A file of products takes at most this many bytes: 200 000 products with long names. */
const csvBytesMax = 64 * 1024 * 1024;
/** The only addresses that take a file. */
const csvRoutes = ['/v1/catalog-draft/import', '/v1/catalog-draft/stores/:store_id/import'];

/** A body takes at most this many bytes, on the wire and after inflation. */
export const bodyBytesMax = 2 * 1024 * 1024;

const inflate = promisify(gunzip);

/**
 * Reads a JSON body, inflating gzip. Size and depth are checked before anything is parsed.
 *
 * @param contentEncoding of the request: identity or gzip
 * @throws Problem BODY_TOO_LARGE 413, BODY_TOO_DEEP or BODY_INVALID 400, MEDIA_TYPE_UNSUPPORTED 415
 */
export const readJsonBody = async (body: Readable, contentEncoding: string): Promise<unknown> => {
  const encoding = contentEncoding.trim().toLowerCase();
  if (!['identity', 'gzip'].includes(encoding)) {
    throw new Problem(415, 'MEDIA_TYPE_UNSUPPORTED', 'A body comes as it is or compressed with gzip.');
  }
  const raw = await collect(body);
  const json = encoding === 'gzip' ? await inflated(raw) : raw;
  if (isTooDeep(json)) throw new Problem(400, 'BODY_TOO_DEEP', `JSON may be ${String(depthMax)} levels deep.`);
  try {
    return JSON.parse(json.toString('utf8'));
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new Problem(400, 'BODY_INVALID', 'The body is not JSON.');
    throw cause;
  }
};

/**
 * Reads a CSV body, where one is taken.
 * @throws Problem BODY_TOO_LARGE 413, MEDIA_TYPE_UNSUPPORTED 415
 */
export const readCsvBody = async (
  { headers, routeOptions }: Pick<HttpRequest, 'headers' | 'routeOptions'>,
  body: Readable,
): Promise<Buffer> => {
  if (!csvRoutes.includes(routeOptions.url ?? '') || headers['content-encoding'] !== undefined) {
    throw new Problem(415, 'MEDIA_TYPE_UNSUPPORTED', 'A body is JSON, but for a file of products, which is plain CSV.');
  }
  return collect(body, csvBytesMax);
};

const tooLarge = (bytesMax = bodyBytesMax): Problem =>
  new Problem(413, 'BODY_TOO_LARGE', `A body takes at most ${String(bytesMax)} bytes. Send less at once.`);

const collect = async (body: Readable, bytesMax = bodyBytesMax): Promise<Buffer> => {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    const chunk = part as Buffer;
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
};

const inflated = async (raw: Buffer): Promise<Buffer> => {
  try {
    return await inflate(raw, { maxOutputLength: bodyBytesMax });
  } catch (cause) {
    if (hasCode(cause, 'ERR_BUFFER_TOO_LARGE')) throw tooLarge();
    throw new Problem(400, 'BODY_INVALID', 'The body is not gzip.');
  }
};

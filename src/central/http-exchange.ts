import type { Readable } from 'node:stream';

/** What central looks at of a request. Fastify's is one. */
export interface HttpRequest {
  /** A UUID, the caller's or made by central; stands in the answer, the log and the delivery journal. */
  readonly id: string;
  readonly ip: string;
  readonly method: string;
  /** What stands behind the question mark, by name. */
  readonly query: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly raw: Readable;
  /** The route that was found; without a `url` when there is none. */
  readonly routeOptions: { readonly url?: string | undefined };
}

/** What central does with an answer. Fastify's is one. */
export interface HttpReply {
  status(status: number): this;
  headers(headers: Readonly<Record<string, string>>): this;
  send(body?: string | Buffer): unknown;
}

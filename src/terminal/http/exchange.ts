import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StaffName } from '../sign-in.js';

/** A request as the server hands it on. */
export interface TillRequest {
  readonly id: string;
  readonly url: string;
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly raw: IncomingMessage;
  /** Set once the token was checked. */
  signedIn?: { readonly staff: StaffName; readonly token: string };
}

/** An answer as the server takes it. */
export interface TillReply {
  readonly raw: ServerResponse;
  code(status: number): TillReply;
  type(mediaType: string): TillReply;
  headers(headers: Readonly<Record<string, string>>): TillReply;
  /** Bytes leave the media type as it is; a text would get a charset. */
  send(body: Buffer): unknown;
  /** Leaves the answer to whoever writes to `raw`. */
  hijack(): unknown;
}

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { errorCode } from './events/error-code.js';

/** What is wrong with something that never became a request. */
export interface BrokenRequest {
  readonly status: number;
  /** For a person. */
  readonly detail: string;
}

const brokenBy = (error: Error): BrokenRequest => {
  switch (errorCode(error)) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, detail: 'The request took too long.' };
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, detail: 'The headers are too long.' };
    default:
      return { status: 400, detail: 'This is not a request of HTTP 1.1.' };
  }
};

/**
 * Answers what is not even a request, and closes the connection whatever the other side does.
 * @param error with which Node gave it up
 * @param bodyOf makes the problem details that are answered
 */
export const cutOff = (socket: Socket, error: Error, bodyOf: (broken: BrokenRequest) => string): void => {
  const broken = brokenBy(error);
  const body = bodyOf(broken);
  const lines = [
    `HTTP/1.1 ${String(broken.status)} ${STATUS_CODES[broken.status] ?? ''}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    'Connection: close',
  ];
  if (socket.writable) socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
};

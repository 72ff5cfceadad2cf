import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { Log } from '../../ports.js';
import { CommitUnknown } from '../recording-fault.js';
import type { TillReply, TillRequest } from './exchange.js';
import { problemBody, problemOf, problemType } from './problem.js';

/** Answers every error with problem details, but a commit of which nobody knows whether it happened with nothing. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  /** @param log gets what a client is not told */
  constructor(private readonly log: Log) {}

  catch(cause: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<TillRequest>();
    const reply = http.getResponse<TillReply>();
    if (cause instanceof CommitUnknown || reply.raw.headersSent) {
      this.log.error({ err: cause, request_id: request.id }, 'the connection is cut without an answer');
      reply.hijack();
      reply.raw.destroy();
      return;
    }
    const problem = problemOf(cause);
    if (problem.code === 'INTERNAL') {
      this.log.error({ err: cause, request_id: request.id, method: request.method }, 'a request failed');
    }
    // A client that still sends must be able to read the answer, so what it sends is taken off the wire.
    if (problem.status === 413) request.raw.resume();
    void reply
      .code(problem.status)
      .headers(problem.extras.headers ?? {})
      .type(problemType)
      .send(Buffer.from(problemBody(problem)));
  }
}

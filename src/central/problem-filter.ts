import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { isOutage, isOverload } from './database.js';
import type { HttpReply, HttpRequest } from './http-exchange.js';
import type { Log } from '../ports.js';
import { Problem, type ProblemCode, problemDetails, unavailable } from './problem.js';

const codes: Readonly<Record<number, ProblemCode>> = {
  400: 'BODY_INVALID',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  415: 'MEDIA_TYPE_UNSUPPORTED',
};

const details: Readonly<Partial<Record<ProblemCode, string>>> = {
  BODY_INVALID: 'The request cannot be read.',
  NOT_FOUND: 'There is nothing at this address.',
  METHOD_NOT_ALLOWED: 'This address does not take this method.',
  BODY_TOO_LARGE: 'The body is too large.',
  MEDIA_TYPE_UNSUPPORTED: 'A body is JSON: application/json.',
};

/** Answers every error as problem details. What it does not know is logged whole and answered without any of it. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  /** @param log told about what is central's own fault */
  constructor(private readonly log: Log) {}

  /** Answers one error. */
  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<HttpRequest>();
    const reply = http.getResponse<HttpReply>();
    const problem = problemOf(exception);
    this.note(problem, exception, request.id);
    answerProblem(problem, request, reply);
  }

  /** A Problem was meant to be answered; whoever threw it has said what there was to say. */
  private note({ code }: Problem, exception: unknown, request_id: string): void {
    if (exception instanceof Problem || exception instanceof HttpException) return;
    if (code === 'INTERNAL') this.log.error({ request_id, code, err: exception }, 'a request failed');
    if (code !== 'UNAVAILABLE') return;
    const reason = exception instanceof Error ? exception.message : 'unknown';
    this.log.warn({ request_id, code, reason }, 'a request was put off');
  }
}

/** Answers a request with problem details. */
export const answerProblem = (problem: Problem, request: HttpRequest, reply: HttpReply): void => {
  void reply
    .status(problem.status)
    .headers({ ...problem.headers, 'content-type': 'application/problem+json' })
    .send(JSON.stringify(problemDetails(problem, request.id)));
};

const problemOf = (exception: unknown): Problem => {
  if (exception instanceof Problem) return exception;
  if (isOverload(exception)) return unavailable('Central has too much to do just now. Nothing is lost; try again.');
  if (isOutage(exception)) return unavailable('Central cannot reach its database. Nothing is lost; try again.');
  const status = statusOf(exception);
  const code = codes[status];
  if (code !== undefined) return new Problem(status, code, details[code] ?? '');
  if (status >= 400 && status < 500) return new Problem(status, 'BODY_INVALID', 'The request cannot be read.');
  return new Problem(500, 'INTERNAL', 'Central failed. Whether anything was stored is not known: ask again.');
};

const statusOf = (exception: unknown): number => {
  if (exception instanceof HttpException) return exception.getStatus();
  if (!(exception instanceof Error) || !('statusCode' in exception)) return 500;
  return typeof exception.statusCode === 'number' ? exception.statusCode : 500;
};

import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Body, Controller, Get, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  type EnrolmentAnswer,
  enrolmentRequestSchema,
  type StockAnswer,
  type SyncAnswer,
  syncRequestSchema,
  tokenProposalSchema,
} from '../outbox/protocol.js';
import { Attempts } from './attempts.js';
import { callingTerminal } from './authentication.js';
import { type CentralParts, centralParts } from './central-parts.js';
import { enrol } from './enrolment.js';
import type { HttpReply, HttpRequest } from './http-exchange.js';
import { Ingest } from './ingest.js';
import { Problem } from './problem.js';
import { newestCatalog, unpackDocument } from './published-catalogs.js';
import { readBody } from './request-body.js';
import { stockOfStore } from './store-stock.js';
import { takeToken } from './terminal-tokens.js';

const compress = promisify(gzip);

/** What terminals ask central for. */
@ApiTags('terminal')
@Controller('v1')
export class TerminalApi {
  private readonly ingest: Ingest;
  private readonly attempts: Attempts;

  /** @param parts what central was started with */
  constructor(@Inject(centralParts) private readonly parts: CentralParts) {
    this.ingest = new Ingest(parts);
    this.attempts = new Attempts(parts.db, parts.ports.clock, 'enrolment');
  }

  /** Takes a batch of events in; answers one verdict per event once they are stored. */
  @Post('sync')
  @HttpCode(200)
  @ApiOkResponse({ description: 'One verdict per local_id; what is missing from the answer is not acknowledged.' })
  async sync(@Body({ schema: syncRequestSchema }) body: unknown, @Req() request: HttpRequest): Promise<SyncAnswer> {
    const terminal = callingTerminal(request);
    const answer = await this.ingest.receive(terminal, body, request.id);
    this.parts.metrics.decided(answer);
    return terminal.isRotationAsked ? { ...answer, rotate_token: true } : answer;
  }

  /** Takes the hash of the token that a terminal will use from now on, when it was asked to take another one. */
  @Post('token')
  @HttpCode(204)
  async takeToken(@Body({ schema: tokenProposalSchema }) body: unknown, @Req() request: HttpRequest): Promise<void> {
    const { db, ports } = this.parts;
    await takeToken(db, callingTerminal(request), readBody(tokenProposalSchema, body), ports);
  }

  /** The newest catalog, or 304 when the terminal has it already or none was ever published. */
  @Get('catalog')
  async catalog(@Query('since') since: unknown, @Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const catalog = await newestCatalog(this.parts.db, callingTerminal(request), versionOf(since));
    if (!catalog) {
      await reply.status(304).send();
      return;
    }
    const etag = `"${String(catalog.catalog_version)}-${catalog.checksum.slice(0, 16)}"`;
    reply.headers({ etag, vary: 'accept-encoding' });
    if (hasEdition(request.headers['if-none-match'], etag)) {
      await reply.status(304).send();
      return;
    }
    await answerJson(request, reply, {
      plain: () => unpackDocument(catalog.document),
      packed: () => Promise.resolve(catalog.document),
    });
  }

  /** The stock of the terminal's store, over all its terminals. */
  @Get('stock')
  @ApiOkResponse({ description: 'as_of, and levels: the level_milli of each code that ever moved.' })
  async stock(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const as_of = new Date(this.parts.ports.clock.wall()).toISOString();
    const answer: StockAnswer = { as_of, levels: await stockOfStore(this.parts.db, callingTerminal(request)) };
    const text = JSON.stringify(answer);
    reply.headers({ vary: 'accept-encoding' });
    await answerJson(request, reply, { plain: () => Promise.resolve(text), packed: () => compress(text) });
  }

  /** Enrols a terminal with a one-time code. */
  @Post('enrolments')
  async enrol(
    @Body({ schema: enrolmentRequestSchema }) body: unknown,
    @Req() request: HttpRequest,
  ): Promise<EnrolmentAnswer> {
    const parsed = enrolmentRequestSchema.safeParse(body);
    if (!parsed.success)
      throw new Problem(422, 'REQUEST_INVALID', 'A code, a terminal_id and a public_key are needed.');
    return this.attempts.limit(
      request.ip,
      ({ code }) => code.startsWith('CODE_'),
      () => enrol(this.parts.db, parsed.data, this.parts.ports),
    );
  }
}

/** Whether one of the entity tags is that one; a proxy that compresses marks them as weak (RFC 9110, 13.1.2). */
const hasEdition = (ifNoneMatch: string | string[] | undefined, etag: string): boolean =>
  String(ifNoneMatch ?? '')
    .split(',')
    .some((tag) => tag.trim().replace(/^W\//u, '') === etag);

/** Compressed where the terminal takes that. */
const answerJson = async (
  request: HttpRequest,
  reply: HttpReply,
  document: { plain(): Promise<string>; packed(): Promise<Buffer> },
): Promise<void> => {
  reply.headers({ 'content-type': 'application/json; charset=utf-8' });
  if (/\bgzip\b/u.test(String(request.headers['accept-encoding']))) {
    await reply.headers({ 'content-encoding': 'gzip' }).send(await document.packed());
  } else await reply.send(await document.plain());
};

const versionOf = (since: unknown): number => {
  if (since === undefined) return 0;
  if (typeof since === 'string' && /^-?\d{1,15}$/u.test(since)) return Number(since);
  throw new Problem(400, 'QUERY_INVALID', '“since” is the number of a catalog version.');
};

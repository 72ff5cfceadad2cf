import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { callingOffice, callingTenant } from './authentication.js';
import {
  adoptFork,
  listDeliveries,
  listRejected,
  listSessions,
  listTerminals,
  listZReports,
  type Page,
  pageSchema,
  rejectedSchema,
  type ReconciledSession,
  type Row,
} from './back-office.js';
import { type CentralParts, centralParts } from './central-parts.js';
import type { HttpRequest } from './http-exchange.js';
import { revokeTerminal } from './enrolment.js';
import { listActions } from './office-actions.js';
import { Problem } from './problem.js';
import { listReceipts, receiptsSchema, type WholeReceipt, wholeReceipt } from './receipt-views.js';
import { readQuery } from './request-body.js';
import { type Retried, retryUnprojected } from './retry.js';
import { isUuid } from './tenant.js';
import { askForRotation } from './terminal-tokens.js';

const deliveriesSchema = pageSchema.omit({ business_date: true });

/** A list as it is answered. */
export interface Items<Item> {
  readonly items: readonly Item[];
}

/** What the back office sees of one tenant. Needs the token of an administrator, as `tillog central admin` makes it. */
@ApiTags('back office')
@Controller('v1')
export class BackOfficeApi {
  /** @param parts what central was started with */
  constructor(@Inject(centralParts) private readonly parts: CentralParts) {}

  /** The terminals and how their replication is. */
  @Get('terminals')
  async terminals(@Req() request: HttpRequest): Promise<Items<Row>> {
    return { items: await listTerminals(this.parts.db, callingTenant(request)) };
  }

  /** The till sessions, each compared with the Z that the terminal recorded. */
  @Get('sessions')
  async sessions(
    @Req() request: HttpRequest,
    @Query({ schema: pageSchema }) query: unknown,
  ): Promise<Items<ReconciledSession>> {
    return { items: await listSessions(this.parts.db, callingTenant(request), pageOf(query)) };
  }

  /** The Z reports as recorded, each with what central's own sum says about it. */
  @Get('z-reports')
  async zReports(@Req() request: HttpRequest, @Query({ schema: pageSchema }) query: unknown): Promise<Items<Row>> {
    return { items: await listZReports(this.parts.db, callingTenant(request), pageOf(query)) };
  }

  /** The receipts, with what was taken back of each. */
  @Get('receipts')
  async receipts(@Req() request: HttpRequest, @Query({ schema: receiptsSchema }) query: unknown): Promise<Items<Row>> {
    const takes = 'This list takes receipt_number, store_id, terminal_id, business_date, limit (1 to 500) and offset.';
    const page = readQuery(receiptsSchema, query, takes);
    return { items: await listReceipts(this.parts.db, callingTenant(request), page) };
  }

  /** One receipt, line by line. */
  @Get('receipts/:local_id')
  receipt(@Req() request: HttpRequest, @Param('local_id') local_id: string): Promise<WholeReceipt> {
    if (!isUuid(local_id)) throw new Problem(404, 'RECEIPT_UNKNOWN', 'There is no such receipt.');
    return wholeReceipt(this.parts.db, callingTenant(request), local_id);
  }

  /** What was sent and does not count, with its reason and its text; with `settled=true` what people settled. */
  @Get('rejected')
  async rejected(@Req() request: HttpRequest, @Query({ schema: rejectedSchema }) query: unknown): Promise<Items<Row>> {
    return { items: await listRejected(this.parts.db, callingTenant(request), rejectedPageOf(query)) };
  }

  /** What was done about the terminals, and by whom. */
  @Get('office-actions')
  async actions(@Req() request: HttpRequest, @Query({ schema: pageSchema }) query: unknown): Promise<Items<Row>> {
    return { items: await listActions(this.parts.db, callingTenant(request), pageOf(query)) };
  }

  /** Takes nothing more from a terminal until it is enrolled again. What it recorded waits there and is not lost. */
  @Post('terminals/:terminal_id/revoke')
  @HttpCode(204)
  async revoke(@Req() request: HttpRequest, @Param('terminal_id') terminal_id: string): Promise<void> {
    await revokeTerminal(this.parts.db, callingOffice(request), known(terminal_id), this.parts.ports);
  }

  /** Asks a terminal to take another token, which it does by itself; the one that it has is good until then. */
  @Post('terminals/:terminal_id/rotate-token')
  @HttpCode(204)
  async rotate(@Req() request: HttpRequest, @Param('terminal_id') terminal_id: string): Promise<void> {
    await askForRotation(this.parts.db, callingOffice(request), known(terminal_id), this.parts.ports);
  }

  /** Tries again to count what is kept but could not be evaluated, as after an upgrade. */
  @Post('rejected/retry')
  @HttpCode(200)
  retry(@Req() request: HttpRequest): Promise<Retried> {
    return retryUnprojected(this.parts, callingTenant(request));
  }

  /** What each request of a terminal brought. */
  @Get('deliveries')
  async deliveries(
    @Req() request: HttpRequest,
    @Query({ schema: deliveriesSchema }) query: unknown,
  ): Promise<Items<Row>> {
    const takes = 'A list of deliveries takes terminal_id, limit (1 to 500) and offset.';
    const page = readQuery(deliveriesSchema, query, takes);
    return { items: await listDeliveries(this.parts.db, callingTenant(request), page) };
  }

  /** Lets a disputed event count after all. */
  @Post('terminals/:terminal_id/forks/:hash/adopt')
  @HttpCode(204)
  async adopt(
    @Req() request: HttpRequest,
    @Param('terminal_id') terminal_id: string,
    @Param('hash') hash: string,
  ): Promise<void> {
    if (!isUuid(terminal_id)) throw new Problem(404, 'FORK_UNKNOWN', 'There is no such disputed event.');
    await adoptFork(this.parts.db, callingOffice(request), { terminal_id, hash }, this.parts.ports);
  }
}

const known = (terminal_id: string): string => {
  if (isUuid(terminal_id)) return terminal_id;
  throw new Problem(404, 'TERMINAL_UNKNOWN', 'There is no such terminal.');
};

const pageOf = (query: unknown): Page => {
  return readQuery(pageSchema, query, 'A list takes terminal_id, business_date, limit (1 to 500) and offset.');
};

const rejectedPageOf = (query: unknown): z.infer<typeof rejectedSchema> => {
  const parsed = rejectedSchema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw new Problem(
    400,
    'QUERY_INVALID',
    'This list takes settled (true or false), terminal_id, business_date, limit (1 to 500) and offset.',
  );
};

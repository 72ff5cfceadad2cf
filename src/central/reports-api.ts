import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { callingTenant } from './authentication.js';
import { pageSchema, type Row } from './back-office.js';
import type { Items } from './back-office-api.js';
import { type CentralParts, centralParts } from './central-parts.js';
import type { HttpRequest } from './http-exchange.js';
import {
  listConflicts,
  listCorrections,
  listDrawer,
  listSales,
  type RefundConflict,
  salesQuerySchema,
} from './reports.js';
import { readQuery } from './request-body.js';
import { storeOf } from './store-catalog-api.js';
import { listStock, type StockLevel, stockQuerySchema } from './store-stock.js';

const conflictsSchema = pageSchema.pick({ limit: true, offset: true });

/** What the back office reads about what was sold, over all terminals. */
@ApiTags('reports')
@Controller('v1')
export class ReportsApi {
  /** @param parts what central was started with */
  constructor(@Inject(centralParts) private readonly parts: CentralParts) {}

  /** Sales by hour of the shop's clock, product, category, person or tender. */
  @Get('reports/sales')
  async sales(@Req() request: HttpRequest, @Query({ schema: salesQuerySchema }) query: unknown): Promise<Items<Row>> {
    const takes =
      'A report takes by (hour, product, category, staff or tender), from, to, terminal_id, store_id, limit, offset.';
    const wanted = readQuery(salesQuerySchema, query, takes);
    return { items: await listSales(this.parts.db, callingTenant(request), wanted) };
  }

  /** Every opening of a drawer and every cash movement. */
  @Get('drawer-journal')
  async drawer(@Req() request: HttpRequest, @Query({ schema: pageSchema }) query: unknown): Promise<Items<Row>> {
    return { items: await listDrawer(this.parts.db, callingTenant(request), pageOf(query)) };
  }

  /** Every refund and void. */
  @Get('corrections')
  async corrections(@Req() request: HttpRequest, @Query({ schema: pageSchema }) query: unknown): Promise<Items<Row>> {
    return { items: await listCorrections(this.parts.db, callingTenant(request), pageOf(query)) };
  }

  /** What there is in a store, and what moved it. */
  @Get('stores/:store_id/stock')
  async stock(
    @Param('store_id') store_id: string,
    @Query({ schema: stockQuerySchema }) query: unknown,
    @Req() request: HttpRequest,
  ): Promise<Items<StockLevel>> {
    const takes = 'A list of stock takes search, after (a code) and limit (1 to 500).';
    const wanted = readQuery(stockQuerySchema, query, takes);
    const { db, ports } = this.parts;
    return { items: await listStock(db, storeOf(request, store_id), wanted, ports) };
  }

  /** Sales of which more came back than was sold. */
  @Get('conflicts')
  async conflicts(
    @Req() request: HttpRequest,
    @Query({ schema: conflictsSchema }) query: unknown,
  ): Promise<Items<RefundConflict>> {
    const page = readQuery(conflictsSchema, query, 'A list takes limit and offset.');
    return { items: await listConflicts(this.parts.db, callingTenant(request), page) };
  }
}

const pageOf = (query: unknown) =>
  readQuery(pageSchema, query, 'A list takes terminal_id, business_date, limit (1 to 500) and offset.');

import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { z } from 'zod';
import { type CountAnswer, CountStock } from '../commands/count-stock.js';
import { ReceiveStock, type StockReceiptAnswer } from '../commands/receive-stock.js';
import { Recorder } from '../recorder.js';
import { SignIn, type StaffName } from '../sign-in.js';
import type { StockList } from '../stock-levels.js';
import { IdempotencyKey, Records } from './idempotency-key.js';
import { countStockSchema, receiveStockSchema, stockQuery } from './requests.js';
import { SignedInStaff } from './signed-in.js';

/** What lies on the shelves. It never blocks a sale. */
@ApiBearerAuth()
@Controller('v1/stock')
export class StockController {
  constructor(
    private readonly commands: CommandBus,
    private readonly signIn: SignIn,
    private readonly recorder: Recorder,
  ) {}

  /** The store's levels: what central told last of the other tills, and this till's own events since. */
  @Get()
  levels(@Query({ schema: stockQuery }) query: z.infer<typeof stockQuery>): StockList {
    const { stock, catalog, businessDate } = this.recorder;
    return stock.list(catalog, query, businessDate);
  }

  /** Records what was counted, with the difference to what the till believed; no session is needed. */
  @Records()
  @Post('counts')
  async count(
    @Body({ schema: countStockSchema }) { approval, ...request }: z.infer<typeof countStockSchema>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<CountAnswer> {
    return this.commands.execute(new CountStock(key, request, await this.signIn.authorityOf(staff, approval)));
  }

  /** Takes goods in, or with a quantity below zero and a reason back or away; no session is needed. */
  @Records()
  @Post('receipts')
  async receive(
    @Body({ schema: receiveStockSchema }) { approval, ...request }: z.infer<typeof receiveStockSchema>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<StockReceiptAnswer> {
    return this.commands.execute(new ReceiveStock(key, request, await this.signIn.authorityOf(staff, approval)));
  }
}

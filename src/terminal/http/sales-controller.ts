import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { z } from 'zod';
import type { ReceiptAnswer } from '../commands/receipt-answer.js';
import { RecordSale } from '../commands/record-sale.js';
import { RefundWithoutReceipt } from '../commands/refund-without-receipt.js';
import { type Quote, quoteOf } from '../quote.js';
import { Recorder } from '../recorder.js';
import { SignIn, type StaffName } from '../sign-in.js';
import { IdempotencyKey, Records } from './idempotency-key.js';
import { quoteSchema, refundSchema, saleSchema } from './requests.js';
import { SignedInStaff } from './signed-in.js';

/** Sales and refunds. */
@ApiBearerAuth()
@Controller('v1')
export class SalesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly signIn: SignIn,
    private readonly recorder: Recorder,
  ) {}

  /** Records a sale. */
  @Records()
  @Post('sales')
  async sell(
    @Body({ schema: saleSchema }) { approval, ...request }: z.infer<typeof saleSchema>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<ReceiptAnswer> {
    return this.commands.execute(new RecordSale(key, request, await this.signIn.authorityOf(staff, approval)));
  }

  /** Says what a sale would come to, and records nothing. */
  @Post('sales/quote')
  @HttpCode(200)
  quote(@Body({ schema: quoteSchema }) request: z.infer<typeof quoteSchema>): Quote {
    return quoteOf(this.recorder.catalog, request);
  }

  /** Pays money back without a receipt; a manager does or approves it. */
  @Records()
  @Post('refunds')
  async refund(
    @Body({ schema: refundSchema }) { approval, ...request }: z.infer<typeof refundSchema>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<ReceiptAnswer> {
    const authority = await this.signIn.authorityOf(staff, approval);
    return this.commands.execute(new RefundWithoutReceipt(key, request, authority));
  }
}

import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { z } from 'zod';
import type { ReceiptAnswer } from '../commands/receipt-answer.js';
import { RecordSale } from '../commands/record-sale.js';
import { RefundSale } from '../commands/refund-sale.js';
import { RefundWithoutReceipt } from '../commands/refund-without-receipt.js';
import { type VoidAnswer, VoidSale } from '../commands/void-sale.js';
import { type Quote, quoteOf } from '../quote.js';
import { Recorder } from '../recorder.js';
import { SignIn, type StaffName } from '../sign-in.js';
import { IdempotencyKey, Records } from './idempotency-key.js';
import { quoteSchema, refundSaleSchema, refundSchema, saleSchema, voidSaleSchema } from './requests.js';
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
    const { catalog, records, businessDate } = this.recorder;
    return quoteOf(catalog, records, request, businessDate);
  }

  /** Pays back a part of a sale, or what is left of it. */
  @Records()
  @Post('sales/:local_id/refunds')
  async refundSale(
    @Param('local_id') sale_local_id: string,
    @Body({ schema: refundSaleSchema }) { approval, ...request }: z.infer<typeof refundSaleSchema>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<ReceiptAnswer> {
    const authority = await this.signIn.authorityOf(staff, approval);
    return this.commands.execute(new RefundSale(key, { sale_local_id, ...request }, authority));
  }

  /** Takes a sale of the open session back whole. */
  @Records()
  @Post('sales/:local_id/void')
  async voidSale(
    @Param('local_id') sale_local_id: string,
    @Body({ schema: voidSaleSchema }) { approval, ...request }: z.infer<typeof voidSaleSchema>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<VoidAnswer> {
    const authority = await this.signIn.authorityOf(staff, approval);
    return this.commands.execute(new VoidSale(key, { sale_local_id, ...request }, authority));
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

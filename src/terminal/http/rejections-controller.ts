import { Body, Controller, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { z } from 'zod';
import type { EventAnswer } from '../commands/event-answer.js';
import { SettleRejection } from '../commands/settle-rejection.js';
import { SignIn, type StaffName } from '../sign-in.js';
import { IdempotencyKey, Records } from './idempotency-key.js';
import { settleRejectionSchema } from './requests.js';
import { SignedInStaff } from './signed-in.js';

/** What central refused. */
@Controller('v1/sync/rejections')
export class RejectionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly signIn: SignIn,
  ) {}

  /** Settles an event that central refused, once people put it right or found that nothing is to be done. */
  @Records()
  @Post(':local_id/settle')
  async settle(
    @Param('local_id') rejected_local_id: string,
    @Body({ schema: settleRejectionSchema })
    { approval, replaced_by, resolution }: z.infer<typeof settleRejectionSchema>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<EventAnswer> {
    const settlement = { rejected_local_id, resolution, replaced_by: replaced_by ?? null };
    return this.commands.execute(new SettleRejection(key, settlement, await this.signIn.authorityOf(staff, approval)));
  }
}

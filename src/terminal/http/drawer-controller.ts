import { Body, Controller, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { z } from 'zod';
import type { EventAnswer } from '../commands/event-answer.js';
import { MoveCash } from '../commands/move-cash.js';
import { OpenDrawer } from '../commands/open-drawer.js';
import { SignIn, type StaffName } from '../sign-in.js';
import { IdempotencyKey, Records } from './idempotency-key.js';
import { moveCashSchema, openDrawerSchema } from './requests.js';
import { SignedInStaff } from './signed-in.js';

/** The drawer, when no sale opens it. */
@ApiBearerAuth()
@Controller('v1')
export class DrawerController {
  constructor(
    private readonly commands: CommandBus,
    private readonly signIn: SignIn,
  ) {}

  /** Opens the drawer without a sale. */
  @Records()
  @Post('drawer-opens')
  async open(
    @Body({ schema: openDrawerSchema }) { approval, ...request }: z.infer<typeof openDrawerSchema>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<EventAnswer> {
    return this.commands.execute(new OpenDrawer(key, request, await this.signIn.authorityOf(staff, approval)));
  }

  /** Pays cash in or out, or drops it into the safe. */
  @Records()
  @Post('cash-movements')
  async move(
    @Body({ schema: moveCashSchema }) { approval, ...request }: z.infer<typeof moveCashSchema>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<EventAnswer> {
    return this.commands.execute(new MoveCash(key, request, await this.signIn.authorityOf(staff, approval)));
  }
}

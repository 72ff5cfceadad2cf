import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { z } from 'zod';
import type { EventAnswer } from '../commands/event-answer.js';
import { UnlockStaff } from '../commands/unlock-staff.js';
import { Recorder } from '../recorder.js';
import { SignIn, type SignedIn, type StaffName } from '../sign-in.js';
import { IdempotencyKey, Records } from './idempotency-key.js';
import { Problem } from './problem.js';
import { loginSchema, unlockStaffSchema } from './requests.js';
import { Open, SignedInStaff, Token } from './signed-in.js';

/** Who works at the till. */
@Controller('v1')
export class LoginController {
  constructor(
    private readonly commands: CommandBus,
    private readonly signIn: SignIn,
    private readonly recorder: Recorder,
  ) {}

  /** Signs in with a PIN, without any network. */
  @Open()
  @Post('login')
  @HttpCode(200)
  login(@Body({ schema: loginSchema }) body: z.infer<typeof loginSchema>): Promise<SignedIn> {
    return this.signIn.signIn(body);
  }

  /** Ends the token that came with it. */
  @ApiBearerAuth()
  @Post('logout')
  @HttpCode(204)
  logout(@Token() token: string): void {
    this.signIn.signOut(token);
  }

  /** Locks the screen at once: the token is good for nothing until somebody signs in again. */
  @ApiBearerAuth()
  @Post('lock')
  @HttpCode(204)
  lock(@Token() token: string): void {
    this.signIn.lock(token);
  }

  /** Lets somebody try again at once who was locked out after wrong PINs; a manager does or approves it. */
  @Records()
  @Post('staff/:staff_code/unlock')
  async unlock(
    @Param('staff_code') staff_code: string,
    @Body({ schema: unlockStaffSchema }) { approval }: z.infer<typeof unlockStaffSchema>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<EventAnswer> {
    const found = this.recorder.catalog.findStaff(staff_code);
    if (!found) throw new Problem(404, 'NOT_FOUND', 'Nobody has that staff code. Nothing was recorded.');
    const request = { staff_code, unlocked_staff_id: found.staff_id };
    return this.commands.execute(new UnlockStaff(key, request, await this.signIn.authorityOf(staff, approval)));
  }
}

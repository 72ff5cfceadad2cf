import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { z } from 'zod';
import type { SessionReport, ZReport } from '../../domain/report.js';
import { CloseSession } from '../commands/close-session.js';
import { OpenSession, type SessionAnswer } from '../commands/open-session.js';
import { RecordedSessions } from '../recorded-sessions.js';
import { SignIn, type StaffName } from '../sign-in.js';
import { IdempotencyKey, Records } from './idempotency-key.js';
import { Problem } from './problem.js';
import { closeSessionSchema, openSessionSchema, zNumberParam } from './requests.js';
import { SignedInStaff } from './signed-in.js';

/** Till sessions, from the float to the Z report. */
@ApiBearerAuth()
@Controller('v1')
export class SessionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly signIn: SignIn,
    private readonly sessions: RecordedSessions,
  ) {}

  /** Opens a session with its float. */
  @Records()
  @Post('sessions')
  async open(
    @Body({ schema: openSessionSchema }) { approval, ...request }: z.infer<typeof openSessionSchema>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<SessionAnswer> {
    return this.commands.execute(new OpenSession(key, request, await this.signIn.authorityOf(staff, approval)));
  }

  /** The session that is open. */
  @Get('sessions/current')
  current(): SessionAnswer & Pick<SessionReport, 'opened_by' | 'currency'> {
    const { session_id, business_date, float, training, opened_at, opened_by, currency } = this.xReport();
    return { session_id, business_date, float, training, opened_at, opened_by, currency };
  }

  /** What happened in the open session so far. Changes nothing. */
  @Get('sessions/current/x-report')
  xReport(): SessionReport {
    const report = this.sessions.xReport();
    if (report) return report;
    throw new Problem(404, 'SESSION_NOT_OPEN', 'No session is open. Open one with its float first.');
  }

  /** Closes the session with what was counted. */
  @Records()
  @Post('sessions/current/close')
  async close(
    @Body({ schema: closeSessionSchema }) { approval, ...request }: z.infer<typeof closeSessionSchema>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<{ readonly z_report: ZReport }> {
    const authority = await this.signIn.authorityOf(staff, approval);
    return this.commands.execute(new CloseSession(key, request, authority));
  }

  /** A Z report as it was recorded. */
  @Get('z-reports/:number')
  zReport(@Param('number', { schema: zNumberParam }) number: number): ZReport {
    const report = this.sessions.zReport(number);
    if (report) return report;
    throw new Problem(404, 'NOT_FOUND', `This till has no Z report number ${String(number)}.`);
  }
}

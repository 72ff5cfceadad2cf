import { Body, Controller, Get, Header, Param, Post, Query, type StreamableFile } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { z } from 'zod';
import type { SessionReport, ZReport } from '../../domain/report.js';
import type { Paper } from '../../hardware/paper-layout.js';
import { CloseSession } from '../commands/close-session.js';
import { OpenSession, type SessionAnswer } from '../commands/open-session.js';
import { RecordedSessions, type ZTotalsAnswer } from '../recorded-sessions.js';
import { Recorder } from '../recorder.js';
import { SignIn, type StaffName } from '../sign-in.js';
import { bytesOf, type PaperQuery, pictureOf, textOf } from './asked-paper.js';
import { refuseBlind } from './blind-count.js';
import { IdempotencyKey, Records } from './idempotency-key.js';
import { Problem } from './problem.js';
import { closeSessionSchema, openSessionSchema, paperQuery, zNumberParam, zTotalsQuery } from './requests.js';
import { SignedInStaff } from './signed-in.js';

const plainText = 'text/plain; charset=utf-8';

const orNotOpen = <Found>(found: Found | undefined): Found => {
  if (found !== undefined) return found;
  throw new Problem(404, 'SESSION_NOT_OPEN', 'No session is open. Open one with its float first.');
};

const orNoZ = <Found>(found: Found | undefined, number: number): Found => {
  if (found !== undefined) return found;
  throw new Problem(404, 'NOT_FOUND', `This till has no Z report number ${String(number)}.`);
};

/** Till sessions, from the float to the Z report. */
@ApiBearerAuth()
@Controller('v1')
export class SessionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly signIn: SignIn,
    private readonly recorder: Recorder,
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

  /** The session that is open. A business date before today's says that it was forgotten. */
  @Get('sessions/current')
  current(): SessionAnswer & Pick<SessionReport, 'opened_by' | 'currency'> {
    const { session_id, business_date, float, training, opened_at, opened_by, currency } = orNotOpen(
      this.sessions.xReport(),
    );
    return { session_id, business_date, float, training, opened_at, opened_by, currency };
  }

  /** What happened in the open session so far. Changes nothing. */
  @Get('sessions/current/x-report')
  xReport(@SignedInStaff() staff: StaffName): SessionReport {
    refuseBlind(this.recorder, staff);
    return orNotOpen(this.sessions.xReport());
  }

  /** The same as plain text. */
  @Get('sessions/current/x-report.txt')
  @Header('content-type', plainText)
  xText(@SignedInStaff() staff: StaffName, @Query({ schema: paperQuery }) query: PaperQuery): string {
    return textOf(this.xPaper(staff), query);
  }

  /** The same as a picture, dot for dot as a printer makes it. */
  @Get('sessions/current/x-report.png')
  xPng(@SignedInStaff() staff: StaffName, @Query({ schema: paperQuery }) query: PaperQuery): StreamableFile {
    return pictureOf(this.xPaper(staff), query);
  }

  /** The same as the bytes for an ESC/POS printer. */
  @Get('sessions/current/x-report.escpos')
  xEscpos(@SignedInStaff() staff: StaffName, @Query({ schema: paperQuery }) query: PaperQuery): StreamableFile {
    return bytesOf(this.xPaper(staff), query);
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

  /** A Z report as plain text. */
  @Get('z-reports/:number.txt')
  @Header('content-type', plainText)
  zText(
    @Param('number', { schema: zNumberParam }) number: number,
    @Query({ schema: paperQuery }) query: PaperQuery,
  ): string {
    return textOf(this.zPaper(number), query);
  }

  /** A Z report as a picture, dot for dot as a printer makes it. */
  @Get('z-reports/:number.png')
  zPng(
    @Param('number', { schema: zNumberParam }) number: number,
    @Query({ schema: paperQuery }) query: PaperQuery,
  ): StreamableFile {
    return pictureOf(this.zPaper(number), query);
  }

  /** A Z report as the bytes for an ESC/POS printer. */
  @Get('z-reports/:number.escpos')
  zEscpos(
    @Param('number', { schema: zNumberParam }) number: number,
    @Query({ schema: paperQuery }) query: PaperQuery,
  ): StreamableFile {
    return bytesOf(this.zPaper(number), query);
  }

  /** A Z report as it was recorded. */
  @Get('z-reports/:number')
  zReport(@Param('number', { schema: zNumberParam }) number: number): ZReport {
    return orNoZ(this.sessions.zReport(number), number);
  }

  /** Recorded Z reports added up by day, month or year, the oldest first; `next_from` asks for the next page. */
  @Get('z-totals')
  zTotals(@Query({ schema: zTotalsQuery }) query: z.infer<typeof zTotalsQuery>): ZTotalsAnswer {
    return this.sessions.zTotals(query);
  }

  private xPaper(staff: StaffName): Paper {
    refuseBlind(this.recorder, staff);
    return orNotOpen(this.sessions.xPaper());
  }

  private zPaper(number: number): Paper {
    return orNoZ(this.sessions.zPaper(number), number);
  }
}

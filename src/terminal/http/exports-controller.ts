import { Body, Controller, Get, Param, Post, StreamableFile } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { z } from 'zod';
import { approverOf } from '../../domain/permission.js';
import { type ExportAnswer, ExportLog } from '../commands/export-log.js';
import { LogExports } from '../log-exports.js';
import { Recorder } from '../recorder.js';
import { SignIn, type StaffName } from '../sign-in.js';
import { refuseBlind } from './blind-count.js';
import { IdempotencyKey, Records } from './idempotency-key.js';
import { Problem } from './problem.js';
import { exportSchema } from './requests.js';
import { SignedInStaff } from './signed-in.js';

/** Sealed bundles of the log, for the accountant. */
@ApiBearerAuth()
@Controller('v1/exports')
export class ExportsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly signIn: SignIn,
    private readonly recorder: Recorder,
    private readonly exports: LogExports,
  ) {}

  /** Writes the log, or a part of it, into a sealed bundle in the data folder, and records who took what. */
  @Records()
  @Post()
  async make(
    @Body({ schema: exportSchema }) { approval, ...asked }: z.infer<typeof exportSchema>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<ExportAnswer> {
    refuseBlind(this.recorder, staff);
    const authority = await this.signIn.authorityOf(staff, approval);
    const { from_seq: fromSeq, to_seq: toSeq, from_date: fromDate, to_date: toDate } = asked;
    const limits = Object.entries({ fromSeq, toSeq, fromDate, toDate }).filter(([, limit]) => limit !== undefined);
    const range = Object.fromEntries(limits);
    return this.commands.execute(new ExportLog(key, range, () => this.exports.write(range), authority));
  }

  /** The bundle of an export: for whoever made it, and for whoever may make one alone. */
  @Get(':local_id')
  file(@Param('local_id') local_id: string, @SignedInStaff() staff: StaffName): StreamableFile {
    refuseBlind(this.recorder, staff);
    const event = this.exports.find(local_id);
    if (!event) throw new Problem(404, 'NOT_FOUND', 'This till has recorded no such export.');
    if (event.staff_id !== staff.staff_id) {
      approverOf('log_export', { by: staff, permissions: this.recorder.catalog.shopSettings.permissions ?? {} });
    }
    const file = this.exports.fileOf(event);
    if (!file) {
      throw new Problem(404, 'NOT_FOUND', 'The file of this export is no longer in the data folder: export again.');
    }
    const disposition = `attachment; filename="${file.name}"`;
    return new StreamableFile(file.open(), { type: 'application/x-tar', length: file.bytes, disposition });
  }
}

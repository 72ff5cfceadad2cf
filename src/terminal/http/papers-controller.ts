import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, type StreamableFile } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Paper } from '../../hardware/paper-layout.js';
import { OpenPapers } from '../open-papers.js';
import type { PrintJob } from '../print-queue.js';
import { RecordedReceipts } from '../recorded-receipts.js';
import type { StaffName } from '../sign-in.js';
import { bytesOf, type PaperQuery, pictureOf, textOf } from './asked-paper.js';
import { Problem } from './problem.js';
import { paperQuery, seqParam, settlePaperSchema } from './requests.js';
import { SignedInStaff } from './signed-in.js';

/**
 * What a receipt number leads to.
 * @throws Problem NOT_FOUND 404
 */
export const orNotFound = <Found>(found: Found | undefined, receiptNumber: string): Found => {
  if (found !== undefined) return found;
  throw new Problem(404, 'NOT_FOUND', `This till has no receipt ${receiptNumber.slice(0, 50)}.`);
};

/** Receipts as paper, in the language and on the roll that is asked for. Nothing is recorded or printed by it. */
@ApiBearerAuth()
@Controller('v1')
export class PapersController {
  constructor(
    private readonly receipts: RecordedReceipts,
    private readonly open: OpenPapers,
  ) {}

  /**
   * What is not on paper for sure: waiting, under way, unknown, given up; and what the drawer missed. The newest first.
   * Empty without a printer.
   */
  @Get('print-jobs')
  jobs(): ReturnType<OpenPapers['list']> {
    return this.open.list();
  }

  /**
   * Settles a paper that is unknown, failed or expired, after somebody looked: it is whole, or nobody wants it. It is
   * off the list then; nothing is printed or recorded in the log.
   */
  @Post('print-jobs/:seq/settle')
  @HttpCode(200)
  settle(
    @Param('seq', { schema: seqParam }) seq: number,
    @Body({ schema: settlePaperSchema }) { destination }: z.infer<typeof settlePaperSchema>,
    @SignedInStaff() { staff_id }: StaffName,
  ): PrintJob {
    const job = this.open.settle({ seq, destination }, staff_id);
    if (!job) throw new Problem(404, 'NOT_FOUND', `No paper of event ${String(seq)} was to go to ${destination}.`);
    if (job.state === 'settled' || job.state === 'reprinted') return job;
    throw new Problem(
      409,
      'PAPER_NOT_DOUBTFUL',
      `This paper is ${job.state}: only one that is unknown, failed or expired is settled. Nothing was changed.`,
      { details: { state: job.state } },
    );
  }

  /** A receipt as plain text. */
  @Get('receipts/:receipt_number.txt')
  @Header('content-type', 'text/plain; charset=utf-8')
  text(@Param('receipt_number') receiptNumber: string, @Query({ schema: paperQuery }) query: PaperQuery): string {
    return textOf(this.paper(receiptNumber), query);
  }

  /** A receipt as a picture, dot for dot as a printer makes it. */
  @Get('receipts/:receipt_number.png')
  png(
    @Param('receipt_number') receiptNumber: string,
    @Query({ schema: paperQuery }) query: PaperQuery,
  ): StreamableFile {
    return pictureOf(this.paper(receiptNumber), query);
  }

  /** A receipt as the bytes for an ESC/POS printer. */
  @Get('receipts/:receipt_number.escpos')
  escpos(
    @Param('receipt_number') receiptNumber: string,
    @Query({ schema: paperQuery }) query: PaperQuery,
  ): StreamableFile {
    return bytesOf(this.paper(receiptNumber), query);
  }

  private paper(receiptNumber: string): Paper {
    return orNotFound(this.receipts.paperOf(receiptNumber), receiptNumber);
  }
}

import { Controller, Get, Header, Param, Query, type StreamableFile } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { Paper } from '../../hardware/paper-layout.js';
import type { PrintJob } from '../print-queue.js';
import type { DrawerPulse } from '../pulse-journal.js';
import { RecordedReceipts } from '../recorded-receipts.js';
import { Recorder } from '../recorder.js';
import { bytesOf, type PaperQuery, pictureOf, textOf } from './asked-paper.js';
import { Problem } from './problem.js';
import { paperQuery } from './requests.js';

/** So many papers are listed at once. */
const printJobsMax = 100;

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
    private readonly recorder: Recorder,
  ) {}

  /**
   * What is not on paper for sure: waiting, under way, unknown, given up; and what the drawer missed. The newest first.
   * Empty without a printer.
   */
  @Get('print-jobs')
  jobs(): { readonly jobs: readonly PrintJob[]; readonly drawer: readonly DrawerPulse[] } {
    const { prints, pulses } = this.recorder;
    return { jobs: prints.open(printJobsMax), drawer: pulses.open(printJobsMax) };
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

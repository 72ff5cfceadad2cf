import { Controller, Get, Header, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { z } from 'zod';
import { codePages } from '../../hardware/escpos-code-page.js';
import { escposJobs } from '../../hardware/escpos-job.js';
import { layoutPng } from '../../hardware/layout-png.js';
import { layoutText } from '../../hardware/layout-text.js';
import { papers } from '../../hardware/paper.js';
import { receiptLayout } from '../../hardware/receipt-layout.js';
import type { PrintJob } from '../print-queue.js';
import type { DrawerPulse } from '../pulse-journal.js';
import { RecordedReceipts } from '../recorded-receipts.js';
import { Recorder } from '../recorder.js';
import { Problem } from './problem.js';
import { paperQuery } from './requests.js';

/** So many papers are listed at once. */
const printJobsMax = 100;

type PaperQuery = z.infer<typeof paperQuery>;

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
    return layoutText(this.layout(receiptNumber, query), papers[query.paper].columns);
  }

  /** A receipt as a picture, dot for dot as a printer makes it. */
  @Get('receipts/:receipt_number.png')
  png(
    @Param('receipt_number') receiptNumber: string,
    @Query({ schema: paperQuery }) query: PaperQuery,
  ): StreamableFile {
    const picture = layoutPng(this.layout(receiptNumber, query), papers[query.paper]);
    return new StreamableFile(picture, { type: 'image/png' });
  }

  /** A receipt as the bytes for an ESC/POS printer. */
  @Get('receipts/:receipt_number.escpos')
  escpos(
    @Param('receipt_number') receiptNumber: string,
    @Query({ schema: paperQuery }) query: PaperQuery,
  ): StreamableFile {
    const printer = { paper: papers[query.paper], codePage: codePages[query.code_page], qr: query.qr } as const;
    const jobs = escposJobs(this.layout(receiptNumber, query), printer);
    return new StreamableFile(Buffer.concat(jobs), { type: 'application/octet-stream' });
  }

  private layout(receiptNumber: string, { language, numerals }: PaperQuery) {
    const paper = orNotFound(this.receipts.paperOf(receiptNumber), receiptNumber);
    return receiptLayout(paper, { language, numerals });
  }
}

import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { z } from 'zod';
import { type ListedReceipt, RecordedReceipts, type StoredReceipt } from '../recorded-receipts.js';
import { Recorder } from '../recorder.js';
import { Problem } from './problem.js';
import { eventsQuery, receiptsQuery } from './requests.js';

/** One answer of the log holds at most so many bytes of events, and at least one event; the rest is asked for again. */
const eventsBytesMax = 8 * 1024 * 1024;

const orNotFound = <Found>(found: Found | undefined, receiptNumber: string): Found => {
  if (found !== undefined) return found;
  throw new Problem(404, 'NOT_FOUND', `This till has no receipt ${receiptNumber.slice(0, 50)}.`);
};

/** What was recorded. Changes nothing. */
@ApiBearerAuth()
@Controller('v1')
export class RecordsController {
  constructor(
    private readonly recorder: Recorder,
    private readonly receipts: RecordedReceipts,
  ) {}

  /** The receipts, newest first; `before_seq` of the last one asks for the next page. */
  @Get('receipts')
  list(@Query({ schema: receiptsQuery }) query: z.infer<typeof receiptsQuery>): {
    readonly receipts: readonly ListedReceipt[];
  } {
    return { receipts: this.receipts.list(query) };
  }

  /** A receipt as plain text. */
  @Get('receipts/:receipt_number.txt')
  @Header('content-type', 'text/plain; charset=utf-8')
  text(@Param('receipt_number') receiptNumber: string): string {
    return orNotFound(this.receipts.text(receiptNumber), receiptNumber);
  }

  /** A receipt as it was recorded. */
  @Get('receipts/:receipt_number')
  receipt(@Param('receipt_number') receiptNumber: string): StoredReceipt {
    return orNotFound(this.receipts.find(receiptNumber), receiptNumber);
  }

  /** The log itself, one line an event: the stored text and its hash. */
  @Get('events')
  @Header('content-type', 'application/x-ndjson')
  events(@Query({ schema: eventsQuery }) { after_seq, limit }: z.infer<typeof eventsQuery>): string {
    let bytes = 0;
    const rows = this.recorder.log.read(after_seq, limit);
    const end = rows.findIndex(({ envelope }, index) => (bytes += envelope.length) > eventsBytesMax && index > 0);
    return (end === -1 ? rows : rows.slice(0, end))
      .map(({ envelope, hash }) => `${JSON.stringify({ event: envelope, hash })}\n`)
      .join('');
  }
}

import { Body, Controller, Get, Header, Param, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { z } from 'zod';
import { type ReprintAnswer, ReprintReceipt } from '../commands/reprint-receipt.js';
import { type ListedReceipt, RecordedReceipts, type StoredReceipt } from '../recorded-receipts.js';
import { Recorder } from '../recorder.js';
import { SignIn, type StaffName } from '../sign-in.js';
import { countsBlind, refuseBlind } from './blind-count.js';
import { IdempotencyKey, Records } from './idempotency-key.js';
import { Problem } from './problem.js';
import { eventsQuery, receiptsQuery, reprintSchema } from './requests.js';
import { SignedInStaff } from './signed-in.js';

/** One answer of the log holds at most so many bytes of events, and at least one event; the rest is asked for again. */
const eventsBytesMax = 8 * 1024 * 1024;

const orNotFound = <Found>(found: Found | undefined, receiptNumber: string): Found => {
  if (found !== undefined) return found;
  throw new Problem(404, 'NOT_FOUND', `This till has no receipt ${receiptNumber.slice(0, 50)}.`);
};

/** A list with amounts would be the cash of the session, added up in a minute by whoever counts it blind. */
const hiddenAmounts = { gross_minor: null, tax_minor: null, total_minor: null, refunded_minor: null };

type HiddenReceipt = Omit<ListedReceipt, keyof typeof hiddenAmounts> & typeof hiddenAmounts;

/** What was recorded. */
@ApiBearerAuth()
@Controller('v1')
export class RecordsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly signIn: SignIn,
    private readonly recorder: Recorder,
    private readonly receipts: RecordedReceipts,
  ) {}

  /** The receipts, newest first; `before_seq` of the last one asks for the next page. */
  @Get('receipts')
  list(
    @Query({ schema: receiptsQuery }) query: z.infer<typeof receiptsQuery>,
    @SignedInStaff() staff: StaffName,
  ): { readonly receipts: readonly (ListedReceipt | HiddenReceipt)[] } {
    const receipts = this.receipts.list(query);
    if (!countsBlind(this.recorder, staff)) return { receipts };
    const { session } = this.recorder.state;
    return {
      receipts: receipts.map((receipt) =>
        session.status === 'open' && receipt.session_id === session.session_id
          ? { ...receipt, ...hiddenAmounts }
          : receipt,
      ),
    };
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

  /** Prints a receipt again, marked as a duplicate, and records that it was. Needs no open session. */
  @Records()
  @Post('receipts/:receipt_number/reprint')
  async reprint(
    @Param('receipt_number') receiptNumber: string,
    @Body({ schema: reprintSchema }) { approval, ...request }: z.infer<typeof reprintSchema>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<ReprintAnswer & { readonly text: string }> {
    const { local_id: receipt_local_id } = orNotFound(this.receipts.find(receiptNumber), receiptNumber);
    const authority = await this.signIn.authorityOf(staff, approval);
    const answer = await this.commands.execute(new ReprintReceipt(key, { receipt_local_id, ...request }, authority));
    return { ...answer, text: this.receipts.reprint(answer) };
  }

  /** The log itself, one line an event: the stored text and its hash. */
  @Get('events')
  @Header('content-type', 'application/x-ndjson')
  events(
    @Query({ schema: eventsQuery }) { after_seq, limit }: z.infer<typeof eventsQuery>,
    @SignedInStaff() staff: StaffName,
  ): string {
    refuseBlind(this.recorder, staff);
    let bytes = 0;
    const rows = this.recorder.log.read(after_seq, limit);
    const end = rows.findIndex(({ envelope }, index) => (bytes += envelope.length) > eventsBytesMax && index > 0);
    return (end === -1 ? rows : rows.slice(0, end))
      .map(({ envelope, hash }) => `${JSON.stringify({ event: envelope, hash })}\n`)
      .join('');
  }
}

import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CountedMoney } from '../../domain/cash-amounts.js';
import type { Authority } from '../../domain/permission.js';
import { invariant } from '../../domain/refusal.js';
import type { ZReport } from '../../domain/report.js';
import { till } from '../../domain/till.js';
import { Recorder } from '../recorder.js';
import { countingTermsOf } from './selling-terms.js';

/** What was counted in the drawer, per currency. */
export interface CloseSessionRequest {
  readonly counted: readonly CountedMoney[];
}

/** Closes the session with its Z report. Needs no network and waits for nothing. */
export class CloseSession extends Command<{ readonly z_report: ZReport }> {
  constructor(
    readonly key: string,
    readonly request: CloseSessionRequest,
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Hands the till the head of the log, the open tickets and what is not synced yet, and records the Z report. */
@CommandHandler(CloseSession)
export class CloseSessionHandler implements ICommandHandler<CloseSession> {
  constructor(private readonly recorder: Recorder) {}

  execute({ key, request, authority }: CloseSession): Promise<{ readonly z_report: ZReport }> {
    const command = { key, body: { CloseSession: request }, staff_id: authority.by.staff_id };
    return Promise.resolve(
      this.recorder.record(command, ({ state, catalog, head, records, outbox, occurred_at, business_date }) => {
        invariant(head !== null, 'a terminal has recorded its start');
        const { counted } = request;
        const terms = countingTermsOf(catalog, business_date);
        const open_tickets = records.openTickets();
        const known = { closed_at: occurred_at, head, open_tickets, unsynced_events: outbox.pendingCount };
        const decided = till.decide({ type: 'CloseSession', counted, ...known, terms, authority }, state);
        return {
          decided,
          answer: ([closed]) => {
            invariant(closed?.event.type === 'SessionClosed', 'a session was closed');
            return { z_report: closed.event.data.z_report };
          },
        };
      }),
    );
  }
}

import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { amountsOf, type CountedMoney } from '../../domain/cash-amounts.js';
import type { Authority } from '../../domain/permission.js';
import type { SessionReport } from '../../domain/report.js';
import { till } from '../../domain/till.js';
import { Recorder } from '../recorder.js';
import { countingTermsOf } from './selling-terms.js';

/** What a session starts with. */
export interface OpenSessionRequest {
  readonly float: readonly CountedMoney[];
  /** Training counts nowhere; false when left out. */
  readonly training?: boolean;
}

/** A session that was opened. */
export type SessionAnswer = Pick<SessionReport, 'session_id' | 'business_date' | 'float' | 'training' | 'opened_at'>;

/** Opens a till session. Its business date is the local date at this moment, and stays it past midnight. */
export class OpenSession extends Command<SessionAnswer> {
  constructor(
    readonly key: string,
    readonly request: OpenSessionRequest,
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Gives the session its id and date, hands it the tickets that are open, and records it. */
@CommandHandler(OpenSession)
export class OpenSessionHandler implements ICommandHandler<OpenSession> {
  constructor(private readonly recorder: Recorder) {}

  execute({ key, request, authority }: OpenSession): Promise<SessionAnswer> {
    const command = { key, body: { OpenSession: request }, staff_id: authority.by.staff_id };
    return Promise.resolve(
      this.recorder.record(command, ({ state, catalog, newId, records, occurred_at, local_date }) => {
        const session_id = newId();
        const { float, training = false } = request;
        const terms = countingTermsOf(catalog, local_date);
        const opening = { session_id, business_date: local_date, float, training };
        const open_tickets = records.openTickets();
        const decided = till.decide({ type: 'OpenSession', ...opening, open_tickets, terms, authority }, state);
        return {
          decided,
          answer: () => ({
            session_id,
            business_date: local_date,
            float: amountsOf(float),
            training,
            opened_at: occurred_at,
          }),
        };
      }),
    );
  }
}

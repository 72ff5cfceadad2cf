import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { z } from 'zod';
import { DiscardTicket } from '../commands/discard-ticket.js';
import { ParkTicket } from '../commands/park-ticket.js';
import { ResumeTicket } from '../commands/resume-ticket.js';
import type { TicketAnswer } from '../commands/ticket-answer.js';
import { VoidLine } from '../commands/void-line.js';
import { type ListedTicket, RecordedTickets, type StoredTicket } from '../recorded-tickets.js';
import { SignIn, type StaffName } from '../sign-in.js';
import { IdempotencyKey, Records } from './idempotency-key.js';
import { Problem } from './problem.js';
import {
  discardTicketSchema,
  newTicketSchema,
  parkTicketSchema,
  ticketLineParams,
  voidLineSchema,
} from './requests.js';
import { SignedInStaff } from './signed-in.js';

/** Tickets: goods that are rung up now and sold later. */
@ApiBearerAuth()
@Controller('v1/tickets')
export class TicketsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly signIn: SignIn,
    private readonly tickets: RecordedTickets,
  ) {}

  /** Parks lines as a new ticket. */
  @Records()
  @Post()
  async open(
    @Body({ schema: newTicketSchema }) { approval, ...request }: z.infer<typeof newTicketSchema>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<TicketAnswer> {
    return this.commands.execute(new ParkTicket(key, request, await this.signIn.authorityOf(staff, approval)));
  }

  /** The tickets that are neither sold nor discarded, oldest first, with what each comes to. */
  @Get()
  list(): { readonly tickets: readonly ListedTicket[] } {
    return { tickets: this.tickets.list() };
  }

  /** One ticket with its lines, also one that was sold or discarded. */
  @Get(':ticket_id')
  ticket(@Param('ticket_id') ticket_id: string): StoredTicket {
    const ticket = this.tickets.find(ticket_id);
    if (ticket) return ticket;
    throw new Problem(404, 'TICKET_UNKNOWN', 'This till has no such ticket. A ticket stays where it was parked.');
  }

  /** Adds lines to a ticket, and puts it back when it was taken in hand. */
  @Records()
  @Post(':ticket_id/park')
  async park(
    @Param('ticket_id') ticket_id: string,
    @Body({ schema: parkTicketSchema }) { approval, ...request }: z.infer<typeof parkTicketSchema>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<TicketAnswer> {
    const authority = await this.signIn.authorityOf(staff, approval);
    return this.commands.execute(new ParkTicket(key, { ticket_id, ...request }, authority));
  }

  /** Takes a ticket in hand. It stays listed, so a power cut loses nothing. */
  @Records()
  @Post(':ticket_id/resume')
  async resume(
    @Param('ticket_id') ticket_id: string,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<TicketAnswer> {
    const authority = await this.signIn.authorityOf(staff, undefined);
    return this.commands.execute(new ResumeTicket(key, { ticket_id }, authority));
  }

  /** Throws a ticket away. */
  @Records()
  @Post(':ticket_id/discard')
  async discard(
    @Param('ticket_id') ticket_id: string,
    @Body({ schema: discardTicketSchema }) { approval, reason }: z.infer<typeof discardTicketSchema>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<TicketAnswer> {
    const authority = await this.signIn.authorityOf(staff, approval);
    return this.commands.execute(new DiscardTicket(key, { ticket_id, reason }, authority));
  }

  /** Takes a line, or a part of it, off a ticket. */
  @Records()
  @Post(':ticket_id/lines/:line_no/void')
  async voidLine(
    @Param({ schema: ticketLineParams }) line: z.infer<typeof ticketLineParams>,
    @Body({ schema: voidLineSchema }) { approval, ...part }: z.infer<typeof voidLineSchema>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<TicketAnswer> {
    const authority = await this.signIn.authorityOf(staff, approval);
    return this.commands.execute(new VoidLine(key, { ...line, ...part }, authority));
  }
}

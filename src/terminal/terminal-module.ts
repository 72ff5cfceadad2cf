import { type DynamicModule, Module } from '@nestjs/common';
import { CommandModule } from './command-module.js';
import { CatalogController } from './http/catalog-controller.js';
import { DrawerController } from './http/drawer-controller.js';
import { ExportsController } from './http/exports-controller.js';
import { LiveStreams } from './http/live-streams.js';
import { LoginController } from './http/login-controller.js';
import { PapersController } from './http/papers-controller.js';
import { RecordsController } from './http/records-controller.js';
import { RejectionsController } from './http/rejections-controller.js';
import { SalesController } from './http/sales-controller.js';
import { SessionsController } from './http/sessions-controller.js';
import { StatusController } from './http/status-controller.js';
import { TicketsController } from './http/tickets-controller.js';
import { StockController } from './http/stock-controller.js';
import type { Ports } from '../ports.js';
import { Lockout, wrongPinsIn } from './lockout.js';
import { LogExports } from './log-exports.js';
import { OpenPapers } from './open-papers.js';
import { RecordedReceipts } from './recorded-receipts.js';
import { RecordedSessions } from './recorded-sessions.js';
import { RecordedTickets } from './recorded-tickets.js';
import { SignIn } from './sign-in.js';
import { type SyncControl, syncControl } from './sync-control.js';
import { Terminal } from './terminal.js';

/** What the terminal's server works with. */
export interface TerminalParts {
  readonly terminal: Terminal;
  readonly relay: SyncControl;
  readonly ports: Ports;
}

/** The till over HTTP: the commands, who is signed in, and what can be read back. */
@Module({})
export class TerminalModule {
  /** The one page on which it is put together. */
  static on({ terminal, relay, ports }: TerminalParts): DynamicModule {
    const { recorder } = terminal;
    const lockout = new Lockout(ports.clock, wrongPinsIn(terminal.db));
    recorder.commits$.subscribe(({ recorded }) => {
      for (const { event } of recorded) lockout.apply(event);
    });
    const signIn = new SignIn(recorder, lockout, ports);
    return {
      module: TerminalModule,
      imports: [CommandModule.on(recorder)],
      controllers: [
        LoginController,
        SessionsController,
        SalesController,
        TicketsController,
        DrawerController,
        PapersController,
        RecordsController,
        CatalogController,
        StatusController,
        StockController,
        RejectionsController,
        ExportsController,
      ],
      providers: [
        { provide: Terminal, useValue: terminal },
        { provide: syncControl, useValue: relay },
        { provide: SignIn, useValue: signIn },
        { provide: LiveStreams, useValue: new LiveStreams(recorder, relay, signIn, ports.clock) },
        { provide: LogExports, useValue: new LogExports(terminal) },
        { provide: OpenPapers, useValue: new OpenPapers(recorder, ports.clock) },
        { provide: RecordedReceipts, useValue: new RecordedReceipts(terminal) },
        { provide: RecordedSessions, useValue: new RecordedSessions(terminal, ports.clock) },
        { provide: RecordedTickets, useValue: new RecordedTickets(terminal) },
      ],
    };
  }
}

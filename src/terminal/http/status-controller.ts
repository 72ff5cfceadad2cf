import { Controller, Get, Header, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { SyncStatus } from '../../outbox/relay.js';
import { type SyncControl, syncControl } from '../sync-control.js';
import { Terminal } from '../terminal.js';
import type { TillReply, TillRequest } from './exchange.js';
import { LiveStreams } from './live-streams.js';
import { Problem } from './problem.js';
import { Open, Token } from './signed-in.js';

/** How the terminal is. */
@Controller()
export class StatusController {
  constructor(
    private readonly terminal: Terminal,
    @Inject(syncControl) private readonly relay: SyncControl,
    private readonly streams: LiveStreams,
  ) {}

  /** How the terminal stands with central. Shown before anybody signed in, too. */
  @Open()
  @Get('v1/sync')
  sync(): SyncStatus {
    return this.relay.status();
  }

  /** Talks to central now. */
  @ApiBearerAuth()
  @Post('v1/sync')
  @HttpCode(200)
  syncNow(): Promise<SyncStatus> {
    return this.relay.syncNow();
  }

  /** Server-sent events: `commit` after each commit, `sync` every few seconds. */
  @ApiBearerAuth()
  @Get('v1/stream')
  stream(@Req() request: TillRequest, @Res() reply: TillReply, @Token() token: string): void {
    this.streams.open(request, reply, token);
  }

  /** The program runs. */
  @Open()
  @Get('health/live')
  live(): { readonly status: 'live' } {
    return { status: 'live' };
  }

  /** The till can sell: its database answers and its log is whole. */
  @Open()
  @Get('health/ready')
  ready(): { readonly status: 'ready'; readonly catalog_version: number } {
    const { damage, recorder, db } = this.terminal;
    if (damage) throw new Problem(503, 'NOT_READY', damage.message, { details: { damage: damage.code } });
    db.prepare('SELECT 1').get();
    return { status: 'ready', catalog_version: recorder.catalog.version };
  }

  /** Figures for a monitor, in the text format of Prometheus. */
  @Open()
  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(): string {
    const { online, pending, rejected } = this.relay.status();
    const { recorder, damage } = this.terminal;
    const papers = recorder.prints.openCounts();
    const figures = [
      { name: 'tillog_last_seq', help: 'Position of the newest event.', value: recorder.log.head?.seq ?? 0 },
      { name: 'tillog_events_pending', help: 'Events that central has not acknowledged.', value: pending },
      { name: 'tillog_events_rejected', help: 'Events that central refused.', value: rejected.length },
      { name: 'tillog_online', help: '1 when the last exchange with central succeeded.', value: Number(online) },
      { name: 'tillog_catalog_version', help: 'The catalog in use; 0 is none.', value: recorder.catalog.version },
      { name: 'tillog_log_damaged', help: '1 when the log is not what was recorded.', value: damage ? 1 : 0 },
      {
        name: 'tillog_witness_failing',
        help: '1 when the head file could not be written.',
        value: recorder.witnessFault === null ? 0 : 1,
      },
      {
        name: 'tillog_papers_waiting',
        help: 'Papers that no printer took yet.',
        value: (papers.queued ?? 0) + (papers.sending ?? 0),
      },
      {
        name: 'tillog_papers_unknown',
        help: 'Papers of which nobody knows whether they are whole.',
        value: papers.unknown ?? 0,
      },
      {
        name: 'tillog_papers_given_up',
        help: 'Papers that are not printed any more by themselves.',
        value: (papers.failed ?? 0) + (papers.expired ?? 0),
      },
    ];
    return figures
      .map(({ name, help, value }) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${String(value)}\n`)
      .join('');
  }
}

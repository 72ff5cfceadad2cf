import type { ServerResponse } from 'node:http';
import type { Clock } from '../../ports.js';
import type { Commit, Recorder } from '../recorder.js';
import type { SignIn } from '../sign-in.js';
import type { SyncControl } from '../sync-control.js';
import type { TillReply, TillRequest } from './exchange.js';
import { Problem } from './problem.js';

/** How often the status is sent, which also keeps the connection alive. */
const statusEveryMs = 5000;
/** Screens of one shop; more is a mistake. */
const streamsMax = 20;
/** A screen that does not read loses its connection before it fills the memory. */
const unreadBytesMax = 1024 * 1024;

/** The screens that watch the till. */
export class LiveStreams {
  private readonly closing = new AbortController();
  private watching = 0;

  /** @param signIn says how long a token holds */
  constructor(
    private readonly recorder: Recorder,
    private readonly relay: SyncControl,
    private readonly signIn: SignIn,
    private readonly clock: Clock,
  ) {}

  /**
   * Keeps telling a screen what happens, until it goes, its token ends or the server stops.
   * @throws Problem STREAMS_TOO_MANY
   */
  open(request: TillRequest, reply: TillReply, token: string): void {
    if (this.watching >= streamsMax) {
      throw new Problem(429, 'STREAMS_TOO_MANY', `At most ${String(streamsMax)} screens watch one till.`);
    }
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    const gone = new AbortController();
    request.raw.on('close', () => gone.abort());
    raw.on('close', () => gone.abort());
    void this.tell(raw, token, AbortSignal.any([gone.signal, this.closing.signal]));
  }

  private async tell(raw: ServerResponse, token: string, ended: AbortSignal): Promise<void> {
    this.watching += 1;
    const commits = this.recorder.commits$.subscribe((commit) => write(raw, 'commit', summary(commit)));
    while (!ended.aborted && this.signIn.holds(token)) {
      write(raw, 'sync', this.relay.status());
      await this.clock.sleep(statusEveryMs, ended);
    }
    commits.unsubscribe();
    this.watching -= 1;
    raw.end();
  }

  /** Ends all streams. */
  close(): void {
    this.closing.abort();
  }
}

const write = (raw: ServerResponse, name: string, data: object): void => {
  if (raw.writableLength > unreadBytesMax) raw.destroy();
  else if (!raw.destroyed && !raw.writableEnded) raw.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
};

const summary = ({ recorded }: Commit) => ({
  events: recorded.map(({ event: { seq, local_id, type, session_id }, hash }) => ({
    seq,
    local_id,
    type,
    session_id,
    hash,
  })),
});

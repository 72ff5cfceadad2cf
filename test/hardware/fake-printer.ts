import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** What is wrong with a printer. */
export interface Behaviour {
  /** Takes the call and reads nothing. */
  readonly reads?: false;
  /** Hangs up after so many bytes of a job; what asks for the state does not count. */
  readonly hangsUpAfterBytes?: number;
  /** Reads no more once so many bytes of a job came. */
  readonly readsBytes?: number;
  /** Ends its half of the connection at once, and reads on. */
  readonly halfOpen?: true;
  /** What it answers to `DLE EOT 1` to `4`; nothing when left out. */
  readonly answers?: readonly [number, number, number, number];
  /** Gives the answer to a question only when it is asked the next one. */
  readonly answersLate?: true;
  /** What it says before each answer without being asked. */
  readonly chatter?: readonly number[];
  /** What it answers once a whole job has come. */
  readonly answersAfter?: Behaviour['answers'];
}

/** All is well. */
export const wellAnswers = [0x12, 0x12, 0x12, 0x12] as const;
/** `offline` and `paper` say that it is out of paper. */
export const paperOutAnswers = [0x1a, 0x32, 0x12, 0x72] as const;
/** `offline` says that its cover is open. */
export const coverOpenAnswers = [0x1a, 0x16, 0x12, 0x12] as const;
/** Offline, and it does not say why. */
export const offlineAnswers = [0x1a, 0x12, 0x12, 0x12] as const;

/** A network printer on this machine. It keeps what came in each connection; a spec says what is wrong with it. */
export class FakePrinter {
  /** The bytes of each connection that had any, without the questions, the oldest first. */
  readonly jobs: Buffer[] = [];
  behaviour: Behaviour = { answers: wellAnswers };
  /** Told at once when more of a job came, with all of it so far. */
  onJob: (job: Buffer) => void = () => undefined;
  /** How often it was asked how it is. */
  asked = 0;
  private late: number[] = [];
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly waiting: (() => void)[] = [];
  private taken: AddressInfo | undefined;

  constructor() {
    this.server = createServer({ allowHalfOpen: true }, (socket) => this.serve(socket));
  }

  /** Listens; after an absence at the port it had before. */
  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(this.taken?.port ?? 0, '127.0.0.1', resolve));
    this.taken = this.server.address() as AddressInfo;
    return this;
  }

  get place(): string {
    return `tcp:127.0.0.1:${String(this.taken?.port)}`;
  }

  /** Is switched off: whoever calls is refused. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    if (this.taken) await closed;
  }

  /** Resolves once `holds`; asked whenever something came. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private changed(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }

  private serve(socket: Socket): void {
    const { behaviour } = this;
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => undefined);
    if (behaviour.halfOpen) socket.end();
    if (behaviour.reads === false) {
      socket.pause();
      return;
    }
    const place = this.jobs.push(Buffer.of()) - 1;
    socket.on('data', (bytes) => {
      const { job, questions } = apart(bytes);
      const before = this.jobs[place] ?? Buffer.of();
      const limit = behaviour.hangsUpAfterBytes ?? behaviour.readsBytes ?? Infinity;
      const whole = Buffer.concat([before, job]);
      this.jobs[place] = whole.subarray(0, limit);
      if (whole.length > 0) this.onJob(whole);
      if (whole.length >= (behaviour.readsBytes ?? Infinity)) socket.pause();
      else if (whole.length >= limit) socket.resetAndDestroy();
      else if (socket.writable) this.answer(socket, questions, whole.length > 0);
      this.changed();
    });
    socket.on('end', () => {
      socket.end();
      this.changed();
    });
  }

  private answer(socket: Socket, questions: readonly number[], after: boolean): void {
    const { answers, answersAfter = answers, chatter = [] } = this.behaviour;
    socket.write(Uint8Array.from(chatter));
    const said = after ? answersAfter : answers;
    this.asked += questions.length;
    for (const question of said ? questions : []) {
      this.late.push(said?.[question - 1] ?? 0);
      socket.write(Uint8Array.from(this.late.splice(0, this.behaviour.answersLate ? this.late.length - 1 : 1)));
    }
  }

  /** What it printed: connections that only asked for the state left out. */
  get printed(): readonly Buffer[] {
    return this.jobs.filter(({ length }) => length > 0);
  }
}

/** Takes the questions out, which a printer obeys before it comes to what was sent earlier. */
const apart = (bytes: Buffer): { readonly job: Buffer; readonly questions: readonly number[] } => {
  const job: number[] = [];
  const questions: number[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === 0x10 && bytes[at + 1] === 0x04) {
      questions.push(bytes[at + 2] ?? 0);
      at += 2;
    } else job.push(bytes[at] ?? 0);
  }
  return { job: Buffer.from(job), questions };
};

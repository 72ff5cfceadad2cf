import { createHash } from 'node:crypto';
import type { Ports } from '../ports.js';

/** A token ends after this time, used or not: a long shift. */
const tokenMsMax = 12 * 3_600_000;
/** The oldest token ends when there are more. */
const tokensMax = 1000;

interface Token<Holder> {
  readonly holder: Holder;
  readonly until: number;
  usedAt: number;
  locked: boolean;
}

/** What a token is good for. */
export type TokenState<Holder> = { readonly holder: Holder; readonly locked: boolean } | undefined;

/** Who signed in at which screen. Lives in memory: a restart signs everybody out. */
export class ScreenTokens<Holder> {
  private readonly tokens = new Map<string, Token<Holder>>();

  /** @param lockAfterMs a screen that nobody touches for so long is locked */
  constructor(
    private readonly ports: Pick<Ports, 'clock' | 'randomness'>,
    private readonly lockAfterMs: () => number,
  ) {}

  /** A fresh token; it is told this once and kept only as a hash. */
  issue(holder: Holder): { readonly token: string; readonly expires_at: string } {
    const { clock, randomness } = this.ports;
    const token = randomness.bytes(32).toString('base64url');
    const now = clock.monotonic();
    this.dropEnded(now);
    this.tokens.set(hashed(token), { holder, until: now + tokenMsMax, usedAt: now, locked: false });
    return { token, expires_at: new Date(clock.wall() + tokenMsMax).toISOString() };
  }

  /** What the token is good for, without counting as its use; undefined when it ended. */
  look(token: string): TokenState<Holder> {
    const found = this.find(token);
    return found && { holder: found.holder, locked: found.locked };
  }

  /** The same, and the screen was touched, unless it is locked. */
  use(token: string): TokenState<Holder> {
    const found = this.find(token);
    if (found && !found.locked) found.usedAt = this.ports.clock.monotonic();
    return found && { holder: found.holder, locked: found.locked };
  }

  /** Locks the screen at once. */
  lock(token: string): void {
    const found = this.find(token);
    if (found) found.locked = true;
  }

  /** Ends a token; one that is unknown is no mistake. */
  end(token: string): void {
    this.tokens.delete(hashed(token));
  }

  private find(token: string): Token<Holder> | undefined {
    const now = this.ports.clock.monotonic();
    const known = this.tokens.get(hashed(token));
    if (!known || now >= known.until) return undefined;
    if (now - known.usedAt >= this.lockAfterMs()) known.locked = true;
    return known;
  }

  private dropEnded(now: number): void {
    for (const [key, { until }] of this.tokens) if (now >= until) this.tokens.delete(key);
    const oldest = this.tokens.keys().next();
    if (this.tokens.size >= tokensMax && !oldest.done) this.tokens.delete(oldest.value);
  }
}

const hashed = (token: string): string => createHash('sha256').update(token).digest('base64');

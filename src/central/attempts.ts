import { isIPv6 } from 'node:net';
import type { Clock } from '../ports.js';
import type { CentralDatabase } from './database.js';
import { Problem } from './problem.js';

/** So many failures of one source within the window are let through; the next request is turned away. */
const failuresMax = 10;
/** Failures are forgotten after this, in ms. */
const windowMs = 10 * 60_000;
/** What belongs to central itself and to no tenant: it is not known yet whose back office is meant. */
const nobody = '00000000-0000-0000-0000-000000000000';

/** Counts failed attempts by the address they came from, over all copies of central on one database. */
export class Attempts {
  /**
   * Works beside any number of copies on the same database.
   * @param kind what is attempted
   */
  constructor(
    private readonly db: CentralDatabase,
    private readonly clock: Clock,
    private readonly kind: 'login' | 'enrolment',
  ) {}

  /**
   * Attempts something that a guesser would attempt, too.
   * @param address from which it was asked for
   * @param isWrong whether a problem means that the guess was wrong
   * @throws Problem TOO_MANY_ATTEMPTS 429, and what `work` throws
   */
  async limit<Result>(
    address: string,
    isWrong: (problem: Problem) => boolean,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const source = sourceOf(address);
    await this.check(source);
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof Problem && isWrong(cause)) await this.failed(source);
      throw cause;
    }
  }

  private async check(source: string): Promise<void> {
    const now = this.clock.wall();
    const rows = await this.db.inTenant(nobody, async (transaction) => {
      const found = await transaction.query<{ since: Date; failed_count: number }>(
        'SELECT since, failed_count FROM address_failures WHERE tenant_id = $1 AND kind = $2 AND source = $3',
        [nobody, this.kind, source],
      );
      return found.rows;
    });
    const [row] = rows;
    const waitMs = (row?.since.getTime() ?? 0) + windowMs - now;
    if (!row || row.failed_count < failuresMax || waitMs <= 0) return;
    throw new Problem(429, 'TOO_MANY_ATTEMPTS', 'Too many wrong attempts came from there. Wait, then try again.', {
      'retry-after': String(Math.ceil(waitMs / 1000)),
    });
  }

  private failed(source: string): Promise<void> {
    const now = this.clock.wall();
    return this.db.inTenant(nobody, async (transaction) => {
      await transaction.query('DELETE FROM address_failures WHERE tenant_id = $1 AND since <= $2', [
        nobody,
        new Date(now - windowMs),
      ]);
      await transaction.query(
        `INSERT INTO address_failures (tenant_id, kind, source, since, failed_count) VALUES ($1, $2, $3, $4, 1)
         ON CONFLICT (tenant_id, kind, source) DO UPDATE SET failed_count = address_failures.failed_count + 1`,
        [nobody, this.kind, source, new Date(now)],
      );
    });
  }
}

/** So many groups of an IPv6 address name a network; whoever has one has all addresses in it. */
const networkGroups = 4;

/** The address as it is counted: an IPv6 address by its network of 64 bits. */
export const sourceOf = (address: string): string => {
  const [plain = ''] = address
    .toLowerCase()
    .replace(/^::ffff:(?=\d+\.)/u, '')
    .split('%');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const rest = (tail ?? '').split(':').filter((group) => group !== '');
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0');
  return `${[...groups, ...zeros, ...rest].slice(0, networkGroups).join(':')}::/64`;
};

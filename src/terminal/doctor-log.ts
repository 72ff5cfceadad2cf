import { rmSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Problem } from '../audit/finding.js';
import type { LogSource } from '../audit/source.js';
import type { TerminalFile } from '../audit/sqlite-file.js';
import { type VerifyReport, verifyLogs } from '../audit/verify.js';
import type { TillEvent } from '../domain/event.js';
import { openEnvelope, readText, UnreadableEvent } from '../events/envelope.js';
import { errorCode } from '../events/error-code.js';
import { EventLog, type EventRow, type LandmarkType } from '../events/log.js';
import { openDurably, UnsafeDatabase } from '../events/sqlite.js';
import { filesIn } from './data-folder.js';
import { type Finding, finding, type VerdictCode } from './doctor-finding.js';
import { checkAtStart, type DamageCode, DamagedLog } from './start-check.js';
import { schemaVersion } from './terminal-database.js';

/** The log of a till, opened to be examined. */
export interface ExaminedLog {
  readonly dataDir: string;
  readonly file: TerminalFile;
  readonly source: LogSource;
  /** Null when no event of it can be read. */
  readonly terminal_id: string | null;
}

/** A write-ahead log that was emptied as it should be stays far below. */
const walBytesMax = 64 * 1024 * 1024;
/** So many problems of one kind are named. */
const namedMax = 3;

/** What the newest event of a type says; undefined when there is none that can be read. */
export const newestData = <T extends LandmarkType>({ file }: ExaminedLog, type: T): TillEvent<T>['data'] | undefined => {
  const row = new EventLog(file.db).lastOf(type);
  return row && ifReadable(() => readText(row.envelope).data as TillEvent<T>['data']);
};

/** When an event was recorded, as the clock of then said; undefined when it cannot be read. */
export const recordedAt = ({ envelope }: EventRow): number | undefined =>
  ifReadable(() => Date.parse(openEnvelope(envelope).occurred_at));

/** An event that cannot be read is found and named by the examination of the log. */
const ifReadable = <Result>(read: () => Result): Result | undefined => {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof UnreadableEvent) return undefined;
    throw cause;
  }
};

/** Whether the database opens, is whole, holds its settings and has the tables of this version; and the log in it. */
export const examineLog = async (examined: ExaminedLog): Promise<readonly Finding[]> => {
  const { events, problems, terminals, unanchored } = await verifyLogs(examined.source, {});
  const isDamaged = problems.some(({ code }) => code === 'STORE_DAMAGED');
  const found = [
    ...[...tableFindings(examined), ...walFindings(examined)],
    ...[...(isDamaged ? [] : damageFindings(examined)), ...namedProblems(problems)],
  ];
  const damage = startDamage(examined);
  const all = [...found, ...(damage ? [damage] : [])];
  const sound = (part: Finding['part']): boolean => all.every((one) => one.part !== part || one.health === 'warning');
  const integrity = `tillog.db opens, SQLite finds it whole, and its tables are version ${String(schemaVersion)}.`;
  return [
    ...(sound('database') ? [finding('DATABASE_WHOLE', integrity)] : []),
    ...(sound('chain') ? [finding('CHAIN_WHOLE', chainText({ events, terminals, unanchored }))] : []),
    ...all,
  ];
};

const chainText = ({ events, terminals, unanchored }: Pick<VerifyReport, 'events' | 'terminals' | 'unanchored'>) => {
  const head = terminals.at(-1)?.head_hash.slice(0, 12) ?? 'none';
  const open = unanchored[0];
  const signed = open
    ? `events ${String(open.from_seq)} to ${String(open.to_seq)} come after the last signed head`
    : 'the last one is signed';
  return `${String(events)} events follow each other without a gap up to ${head}; ${signed}.`;
};

const tableFindings = ({ file }: ExaminedLog): readonly Finding[] => {
  const version = file.db.pragma('user_version', { simple: true }) as number;
  if (version > schemaVersion) {
    const detail = `The tables are version ${String(version)}; this tillog knows version ${String(schemaVersion)}.`;
    return [finding('DATABASE_NEWER', detail)];
  }
  const mode: unknown = file.db.pragma('journal_mode', { simple: true });
  const unsafe = mode === 'wal' ? unsafeSetting() : `journal_mode is ${String(mode)} instead of wal.`;
  return unsafe === undefined ? [] : [finding('DATABASE_UNSAFE', unsafe)];
};

/** Which setting this SQLite does not hold, tried on a database of its own; undefined when it holds them all. */
const unsafeSetting = (): string | undefined => {
  const folder = mkdtempSync(join(tmpdir(), 'tillog-doctor-'));
  try {
    openDurably(join(folder, 'settings.db')).close();
    return undefined;
  } catch (cause) {
    if (cause instanceof UnsafeDatabase) return cause.message;
    throw cause;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** What is wrong with the parts of the database that are not the log: the catalog, and what is added up. */
const damageFindings = ({ file }: ExaminedLog): readonly Finding[] => {
  const said = saidOfWhole(file);
  return said === 'ok' ? [] : [finding('DATABASE_DAMAGED', `The database is damaged: ${said}`, 'STORE_DAMAGED')];
};

const saidOfWhole = ({ db }: TerminalFile): string => {
  try {
    return String(db.pragma('integrity_check(1)', { simple: true }));
  } catch (cause) {
    const code = errorCode(cause);
    if (!code.startsWith('SQLITE_')) throw cause;
    return code;
  }
};

const walFindings = ({ dataDir }: ExaminedLog): readonly Finding[] => {
  const bytes = statSync(`${filesIn(dataDir).database}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes <= walBytesMax) return [];
  return [finding('WAL_LARGE', `The write-ahead log holds ${String(Math.round(bytes / 1024 / 1024))} MiB.`)];
};

const verdictOfProblem: Partial<Record<Problem['code'], VerdictCode>> = {
  STORE_DAMAGED: 'DATABASE_DAMAGED',
  GUARD_MISSING: 'DATABASE_UNGUARDED',
  LOG_TRUNCATED: 'EVENTS_MISSING',
  UNKNOWN_TYPE: 'DATABASE_NEWER',
};

/** The first few of each kind, and how many more there are. */
const namedProblems = (problems: readonly Problem[]): readonly Finding[] => {
  const verdictOf = ({ code }: Problem): VerdictCode => verdictOfProblem[code] ?? 'CHAIN_WRONG';
  return [...new Set(problems.map(verdictOf))].flatMap((verdict) => {
    const same = problems.filter((problem) => verdictOf(problem) === verdict);
    const named = same.slice(0, namedMax).map((problem) => finding(verdict, problemText(problem), problem.code));
    const left = same.length - named.length;
    return left === 0 ? named : [...named, finding(verdict, `There are ${String(left)} more like these.`)];
  });
};

const problemText = ({ seq, detail }: Problem): string =>
  seq === null ? `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.` : `Event ${String(seq)}: ${detail}.`;

const verdictOfDamage: Partial<Record<DamageCode, VerdictCode>> = {
  LOG_TRUNCATED: 'EVENTS_MISSING',
  PROJECTION_BEHIND: 'PROJECTION_BEHIND',
};

/** Why the till would not start on this log; undefined when it would. */
const startDamage = (examined: ExaminedLog): Finding | undefined => {
  const { file, terminal_id } = examined;
  const publicKey = newestData(examined, 'TerminalStarted')?.public_key;
  if (terminal_id === null || publicKey === undefined) return undefined;
  const { db, witness } = file;
  try {
    checkAtStart({ db, log: new EventLog(db), terminal_id, publicKey, witness: witness ?? undefined });
    return undefined;
  } catch (cause) {
    if (!(cause instanceof DamagedLog)) throw cause;
    const { code, message } = cause;
    return finding(verdictOfDamage[code] ?? 'CHAIN_WRONG', `The till does not start: ${message}`, code);
  }
};

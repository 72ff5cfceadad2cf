import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { readIfThere } from '../events/durable-file.js';
import { errorCode } from '../events/error-code.js';
import { EventLog } from '../events/log.js';
import type { Clock } from '../ports.js';
import { DataFolderFault, filesIn, readKey } from './data-folder.js';
import { type Finding, finding, type VerdictCode } from './doctor-finding.js';
import { type ExaminedLog, newestData, recordedAt } from './doctor-log.js';

/** A difference that people do not notice on a receipt. */
const clockMsMax = 2 * 60 * 1000;
/** A till that stood still for longer than this is rarer than a clock that is ahead. */
const stillDaysMax = 400;
const dayMs = 24 * 60 * 60 * 1000;

const ago = (ms: number): string => {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  if (minutes < 120) return `${String(minutes)} minutes`;
  return minutes < 2880 ? `${String(Math.round(minutes / 60))} hours` : `${String(Math.round(minutes / 1440))} days`;
};

/**
 * Whether the clock can be right: after the last event, as central’s, in the zone in which the till was started.
 * @param centralWall central’s clock and this one’s at the same moment; undefined where central did not answer
 */
export const examineClock = (
  examined: ExaminedLog,
  clock: Clock,
  centralWall: { readonly central: number; readonly own: number } | undefined,
): readonly Finding[] => {
  const wall = clock.wall();
  const now = new Date(wall).toISOString();
  const last = lastEventAt(examined);
  const offset = centralWall && centralWall.own - centralWall.central;
  const found = [
    ...(last === undefined ? [] : againstLast(wall, last)),
    ...(offset === undefined || Math.abs(offset) <= clockMsMax
      ? []
      : [finding('CLOCK_OFF', `The clock is ${ago(offset)} ${offset < 0 ? 'behind' : 'ahead of'} that of central.`)]),
    ...zoneFindings(examined, clock.zone),
  ];
  if (found.length > 0) return found;
  const compared = offset === undefined ? 'central was not asked' : 'central says the same';
  return [finding('CLOCK_RIGHT', `The clock says ${now} in ${clock.zone}, which fits the last event; ${compared}.`)];
};

const againstLast = (wall: number, last: number): readonly Finding[] => {
  const said = `The clock says ${new Date(wall).toISOString()}, the last event was at ${new Date(last).toISOString()}`;
  if (wall < last - clockMsMax) return [finding('CLOCK_BEHIND', `${said}: it was set back by ${ago(last - wall)}.`)];
  return wall > last + stillDaysMax * dayMs
    ? [finding('CLOCK_AHEAD', `${said}: nothing was recorded for ${ago(wall - last)}.`)]
    : [];
};

const lastEventAt = ({ file }: ExaminedLog): number | undefined => {
  const log = new EventLog(file.db);
  const last = log.head && log.read(log.head.seq - 1, 1)[0];
  return last ? recordedAt(last) : undefined;
};

const zoneFindings = (examined: ExaminedLog, zone: string): readonly Finding[] => {
  const started = newestData(examined, 'TerminalStarted')?.zone;
  if (started === undefined || started === zone) return [];
  return [finding('ZONE_CHANGED', `The till was last started in the zone ${started}; here it is ${zone}.`)];
};

const mebibyte = 1024 * 1024;

/** The least that a disk has free, in bytes: below the second a warning, below the first a problem. */
const freeBytes = { problem: 32 * mebibyte, warning: 200 * mebibyte };

/** What `statfs` of Linux calls file systems that do not keep what was written to them, or not alone. */
const fileSystems: Readonly<Record<number, readonly [name: string, verdict: VerdictCode]>> = {
  0x6969: ['NFS', 'DISK_OF_NETWORK'],
  0x517b: ['SMB', 'DISK_OF_NETWORK'],
  0xff534d42: ['CIFS', 'DISK_OF_NETWORK'],
  0xfe534d42: ['SMB 2', 'DISK_OF_NETWORK'],
  0x01021997: ['9p', 'DISK_OF_NETWORK'],
  0x00c36400: ['Ceph', 'DISK_OF_NETWORK'],
  0x5346414f: ['AFS', 'DISK_OF_NETWORK'],
  0x01021994: ['tmpfs', 'DISK_IN_MEMORY'],
  0x858458f6: ['ramfs', 'DISK_IN_MEMORY'],
  0x794c7630: ['overlay', 'DISK_OF_CONTAINER'],
};

/** What the system says about the disk of a folder. */
export interface DiskFacts {
  /** Bytes that this user may still write. */
  readonly free: number;
  /** What `statfs` calls the file system, on Linux. */
  readonly type: number;
  /** Why nothing can be written there; null when something can. */
  readonly refused: string | null;
}

/** Asks the system about the disk, without writing to it. */
export const diskFacts = (dataDir: string): DiskFacts => {
  const { bavail, bsize, type } = statfsSync(dataDir);
  return { free: bavail * bsize, type: type >>> 0, refused: refusedBy(dataDir) };
};

const refusedBy = (dataDir: string): string | null => {
  const { database } = filesIn(dataDir);
  try {
    for (const path of [dataDir, database]) accessSync(path, constants.W_OK);
    return null;
  } catch (cause) {
    return errorCode(cause);
  }
};

/** What the disk is good for. */
export const examineDisk = ({ free, type, refused }: DiskFacts): readonly Finding[] => {
  const room = `The disk has ${String(Math.floor(free / mebibyte))} MiB free`;
  const system = fileSystems[type];
  const found = [
    ...(refused === null ? [] : [finding('DISK_READ_ONLY', `Nothing can be written into the folder (${refused}).`)]),
    ...(free < freeBytes.problem ? [finding('DISK_FULL', `${room}.`)] : []),
    ...(free >= freeBytes.problem && free < freeBytes.warning ? [finding('DISK_LOW', `${room}.`)] : []),
    ...(system ? [finding(system[1], `The folder lies on a file system of the kind ${system[0]}.`)] : []),
  ];
  return found.length > 0
    ? found
    : [finding('DISK_FINE', `${room} and takes what is written; no network disk was seen.`)];
};

/** Whether the key is there, is this till's, and is nobody else's to read; and so the other secrets beside it. */
export const examineKey = (examined: ExaminedLog): readonly Finding[] => {
  const { key, secret, enrolment } = filesIn(examined.dataDir);
  const found = [...keyFindings(key, newestData(examined, 'TerminalStarted')?.public_key), ...secretFindings(secret)];
  const open = [key, secret, enrolment].flatMap(openToOthers);
  if (found.length + open.length > 0) return [...found, ...open];
  return [finding('KEY_FITS', 'terminal.key is the key that this log names; only its owner may read it.')];
};

const keyFindings = (path: string, expected: string | undefined): readonly Finding[] => {
  const pem = readIfThere(path);
  if (pem === undefined) return [finding('KEY_MISSING', 'terminal.key is not in the folder.')];
  try {
    return expected === undefined || readKey(pem, path).publicKey === expected
      ? []
      : [finding('KEY_OF_ANOTHER', 'terminal.key is not the key that this log was signed with.')];
  } catch (cause) {
    if (cause instanceof DataFolderFault) return [finding('KEY_UNREADABLE', cause.message)];
    throw cause;
  }
};

const secretFindings = (path: string): readonly Finding[] =>
  readIfThere(path) === undefined ? [finding('SECRET_MISSING', 'device.secret is not in the folder.')] : [];

const openToOthers = (path: string): readonly Finding[] => {
  const mode = (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o777;
  if ((mode & 0o077) === 0) return [];
  return [finding('KEY_OPEN', `${path} may be read or written by others (mode ${mode.toString(8)}).`)];
};

/** The parts of a till that are examined, in the order of the report. */
export const examinedParts = ['database', 'chain', 'clock', 'disk', 'key', 'central', 'printer'] as const;

/** One of {@link examinedParts}. */
export type ExaminedPart = (typeof examinedParts)[number];

/** How something is. A warning does not make the examination fail; a problem does. */
export type Health = 'ok' | 'warning' | 'problem';

/** One thing that was found, for a person. */
export interface Finding {
  readonly part: ExaminedPart;
  readonly health: Health;
  /** Stable, for programs: one of {@link verdicts}, or the code of what was found by another check of the till. */
  readonly code: string;
  /** What is so. */
  readonly detail: string;
  /** What it means for the money. */
  readonly money: string;
  /** What to do; null where nothing is to be done. */
  readonly advice: string | null;
}

type Verdict = Pick<Finding, 'part' | 'health' | 'money' | 'advice'>;

const allIsThere = 'What was sold is here, whole.';
const nothingLost = 'Nothing is lost: what was sold waits on this disk and is sent later.';
const keepAndAsk =
  'Stop the till and copy the whole folder before anything else. Show the copy to the auditor (tillog audit verify ' +
  'names every event that is wrong), and sell on from the newest backup (tillog restore).';

/** Everything that may be found, what it means for the money, and what to do. A released code is never renamed. */
export const verdicts = {
  DATABASE_WHOLE: { part: 'database', health: 'ok', money: allIsThere, advice: null },
  DATABASE_DAMAGED: {
    part: 'database',
    health: 'problem',
    money: 'A part of what was sold may be unreadable here.',
    advice: keepAndAsk,
  },
  DATABASE_UNGUARDED: {
    part: 'database',
    health: 'problem',
    money: 'Somebody with this file could change or take away a sale through SQL.',
    advice: keepAndAsk,
  },
  DATABASE_NEWER: {
    part: 'database',
    health: 'problem',
    money: 'Nothing was changed, but this version sells nothing on it.',
    advice: 'Install the version of tillog that made it, or a newer one.',
  },
  DATABASE_UNSAFE: {
    part: 'database',
    health: 'problem',
    money: 'A power cut could take sales that were confirmed to a customer.',
    advice: 'Sell nothing here. Install tillog again with “npm ci”, so that it has its own SQLite.',
  },
  WAL_LARGE: {
    part: 'database',
    health: 'warning',
    money: 'Nothing is lost by it, but the disk fills up, and one bad sector there would take more sales with it.',
    advice:
      'End the program that reads this database without an end, such as a report or a copy; then restart the till.',
  },
  CHAIN_WHOLE: { part: 'chain', health: 'ok', money: 'Nothing was altered, removed or added.', advice: null },
  CHAIN_WRONG: {
    part: 'chain',
    health: 'problem',
    money: 'The figures of this till cannot be trusted before this is explained.',
    advice: keepAndAsk,
  },
  EVENTS_MISSING: {
    part: 'chain',
    health: 'problem',
    money: 'The newest sales are gone from this disk. Central may have them; receipts that were handed out name them.',
    advice:
      'Copy the whole folder first. Then sell on from a newer backup (tillog restore), or where there is none start the ' +
      'till with --new-epoch and the reason.',
  },
  PROJECTION_BEHIND: {
    part: 'chain',
    health: 'problem',
    money: 'The log is whole, but the totals beside it are not, so the till does not start.',
    advice: 'Stop the till and run “tillog projections rebuild --data DIR”.',
  },
  CLOCK_RIGHT: { part: 'clock', health: 'ok', money: 'Receipts have the right date.', advice: null },
  CLOCK_BEHIND: {
    part: 'clock',
    health: 'problem',
    money: 'Order and amounts stay right, but receipts and the next session get a wrong date.',
    advice: 'Set the clock of this machine (timedatectl set-ntp true), then open a new session.',
  },
  CLOCK_OFF: {
    part: 'clock',
    health: 'problem',
    money: 'Order and amounts stay right, but receipts and the next session may get a wrong date.',
    advice: 'Compare both clocks with a telephone, and set the wrong one (timedatectl set-ntp true).',
  },
  CLOCK_AHEAD: {
    part: 'clock',
    health: 'warning',
    money: 'If the clock is ahead, receipts and the next session get a wrong date.',
    advice: 'Look whether the clock of this machine is right.',
  },
  ZONE_CHANGED: {
    part: 'clock',
    health: 'warning',
    money: 'Receipts have another local time, and a session near midnight may get another business date.',
    advice:
      'Set the zone of the shop (timedatectl set-timezone), or TZ where the till is started, and restart the till.',
  },
  DISK_FINE: { part: 'disk', health: 'ok', money: 'There is room for what will be sold.', advice: null },
  DISK_LOW: {
    part: 'disk',
    health: 'warning',
    money: 'Nothing is lost; when the disk is full, no sale is taken until there is room again.',
    advice: 'Make room: old backups, logs of other programs, downloads. Never a file of this folder.',
  },
  DISK_FULL: {
    part: 'disk',
    health: 'problem',
    money: 'What was sold is safe, but sales will be refused at any moment.',
    advice: 'Make room now: old backups, logs of other programs, downloads. Never a file of this folder.',
  },
  DISK_READ_ONLY: {
    part: 'disk',
    health: 'problem',
    money: 'What was sold is safe, but nothing more can be sold.',
    advice:
      'Look at the rights of the folder. Where the system made the disk read-only, the disk is failing: back up now.',
  },
  DISK_OF_NETWORK: {
    part: 'disk',
    health: 'problem',
    money: 'A network disk may confirm a sale and lose it, and two tills may write at once.',
    advice: 'Move the folder to a disk of this machine: stop the till, back up, and restore there.',
  },
  DISK_IN_MEMORY: {
    part: 'disk',
    health: 'warning',
    money: 'Everything that was sold is gone when the power goes.',
    advice: 'Move the folder to a real disk of this machine: stop the till, back up, and restore there.',
  },
  DISK_OF_CONTAINER: {
    part: 'disk',
    health: 'warning',
    money: 'Everything that was sold is gone when the container is made anew.',
    advice: 'Give the container a volume for this folder.',
  },
  KEY_FITS: { part: 'key', health: 'ok', money: 'The log can be signed, and nobody else can sign it.', advice: null },
  KEY_MISSING: {
    part: 'key',
    health: 'problem',
    money: 'Nothing that was sold is lost, but the till does not start without its key.',
    advice: 'Put terminal.key back. It is in no backup: look where its copy was kept when the till was set up.',
  },
  KEY_UNREADABLE: {
    part: 'key',
    health: 'problem',
    money: 'Nothing that was sold is lost, but the till does not start without its key.',
    advice: 'Put the right terminal.key back.',
  },
  KEY_OF_ANOTHER: {
    part: 'key',
    health: 'problem',
    money: 'What this till signs would be refused as somebody else’s.',
    advice: 'Put the key of this till back. Two tills never share a key or a folder.',
  },
  KEY_OPEN: {
    part: 'key',
    health: 'problem',
    money: 'Whoever copied it could record in the name of this till, or guess PINs.',
    advice: 'Take the rights away (chmod 600). If somebody else used this machine: new PINs, and enrol again.',
  },
  SECRET_MISSING: {
    part: 'key',
    health: 'problem',
    money: 'What was sold is safe, but nobody can sign in.',
    advice:
      'Put device.secret back; else start the till with central reachable, or add the staff again (tillog staff add).',
  },
  CENTRAL_REACHED: { part: 'central', health: 'ok', money: 'What was sold here reaches central.', advice: null },
  NOT_ENROLLED: {
    part: 'central',
    health: 'ok',
    money: 'What was sold is on this disk only.',
    advice: 'Make backups (tillog backup), or join the till to central (tillog enroll).',
  },
  ENROLMENT_UNREADABLE: {
    part: 'central',
    health: 'problem',
    money: nothingLost,
    advice: 'Enrol the till again with a code from central (tillog enroll).',
  },
  CENTRAL_SILENT: {
    part: 'central',
    health: 'warning',
    money: nothingLost,
    advice: 'Look at the line and whether central runs; it is sent by itself once central answers.',
  },
  CENTRAL_STRANGE: {
    part: 'central',
    health: 'problem',
    money: nothingLost,
    advice: 'Something else than central answers there: sign in at the network’s page, or correct the address.',
  },
  TOKEN_REFUSED: {
    part: 'central',
    health: 'problem',
    money: nothingLost,
    advice: 'Central does not know this token: enrol the till again with a code from central (tillog enroll).',
  },
  TOKEN_REVOKED: {
    part: 'central',
    health: 'problem',
    money: nothingLost,
    advice:
      'The back office took the token out of use or replaced it: ask why. Put the new token into ' +
      'enrolment.json, or enrol the till again with a code from central (tillog enroll).',
  },
  EVENTS_WAIT_LONG: {
    part: 'central',
    health: 'problem',
    money: 'Nothing is lost, but what waits is on this disk only and lacks in central’s figures.',
    advice: 'Bring the till to a line that works, and make a backup today (tillog backup).',
  },
  EVENTS_REFUSED: {
    part: 'central',
    health: 'problem',
    money: 'They are in the log and the Z of this till, but not in the figures of central.',
    advice: 'Read the reasons in GET /v1/sync; mend the cause, or settle each of them as a manager.',
  },
  NO_PRINTER: { part: 'printer', health: 'ok', money: 'Sales are recorded without paper.', advice: null },
  PRINTER_READY: { part: 'printer', health: 'ok', money: 'Receipts are printed.', advice: null },
  PRINTER_SAYS_NOTHING: {
    part: 'printer',
    health: 'ok',
    money: 'Sales are recorded whatever it does.',
    advice: 'Many printers never answer: see with --print-test whether it prints.',
  },
  PRINTER_UNREACHABLE: {
    part: 'printer',
    health: 'problem',
    money: 'Sales are recorded; their papers wait and can be printed again.',
    advice: 'Look whether it is on and its cable is in, and whether --printer names the right place.',
  },
  PRINTER_PLACE_REFUSED: {
    part: 'printer',
    health: 'problem',
    money: 'Sales are recorded; nothing is printed, and the till does not start with this setting.',
    advice: 'Correct --printer or TILLOG_PRINTER.',
  },
  PRINTER_LOW: {
    part: 'printer',
    health: 'warning',
    money: 'Receipts are still printed.',
    advice: 'Have a new roll ready.',
  },
  PRINTER_TROUBLE: {
    part: 'printer',
    health: 'problem',
    money: 'Sales are recorded; their papers wait until it prints again.',
    advice: 'See to the printer; what waits is then printed by itself.',
  },
  TEST_PRINTED: {
    part: 'printer',
    health: 'ok',
    money: 'Receipts are printed.',
    advice: 'Look whether every line of the page is whole: the ruler, the Arabic, the code.',
  },
  TEST_NOT_PRINTED: {
    part: 'printer',
    health: 'problem',
    money: 'Sales are recorded; their papers wait and can be printed again.',
    advice: 'Look whether it is on and has paper, and whether --printer names the right place.',
  },
} as const satisfies Readonly<Record<string, Verdict>>;

/** One of the codes in {@link verdicts}. */
export type VerdictCode = keyof typeof verdicts;

/**
 * Something that was found, with what it means.
 * @param detail one sentence for a person
 * @param code of another check of the till, where that says more
 */
export const finding = (verdict: VerdictCode, detail: string, code: string = verdict): Finding => ({
  ...verdicts[verdict],
  code,
  detail,
});

/** The worst of them; ok when there are none. */
export const worstOf = (healths: readonly Health[]): Health =>
  (['problem', 'warning'] as const).find((health) => healths.includes(health)) ?? 'ok';

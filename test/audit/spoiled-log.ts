import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { runVerify } from '../../src/audit/program.js';
import { openSource } from '../../src/audit/sqlite-file.js';
import type { VerifyOptions, VerifyReport } from '../../src/audit/verify.js';
import { type LogFixture, tamper, threeDays } from './log-fixture.js';

/** A log of three days, made once for a file of specs, of which every spec gets a fresh copy to spoil. */
export class SpoiledLog {
  /** The data folder that is verified; a spec may put another one. */
  dir = '';
  made!: LogFixture;
  private home = '';

  /** Must be called once, outside of every spec. */
  constructor() {
    beforeAll(() => {
      this.home = mkdtempSync(join(tmpdir(), 'tillog-verify-'));
      this.made = threeDays(join(this.home, 'made'));
      this.made.stop();
    });
    beforeEach(() => {
      this.dir = mkdtempSync(join(this.home, 'copy-'));
      cpSync(join(this.home, 'made'), this.dir, { recursive: true });
    });
    afterAll(() => rmSync(this.home, { recursive: true }));
  }

  get path(): string {
    return join(this.dir, 'tillog.db');
  }

  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    const source = openSource(this.dir);
    try {
      const { report, exitCode } = await runVerify(source, options);
      expect(exitCode).toBe(report.ok ? 0 : 1);
      expect(report.ok).toBe(report.problems.length === 0);
      return report;
    } finally {
      await source.close();
    }
  }

  /** Every problem as its code and position. */
  async found(options: VerifyOptions = {}): Promise<readonly string[]> {
    const { problems } = await this.verify(options);
    return problems.map(({ code, seq }) => (seq === null ? code : `${code} ${String(seq)}`)).sort();
  }

  /** Changes rows although the log is guarded. */
  sql(text: string): void {
    tamper(this.path, (db) => void db.exec(text));
  }

  /** Changes the file itself, its guards included. */
  edit(text: string): void {
    const db = new Database(this.path);
    db.exec(text);
    db.close();
  }
}

import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataFolder } from '../../src/terminal/data-folder.js';
import { openTerminalDatabase } from '../../src/terminal/terminal-database.js';
import { temporaryFolder } from '../temporary-folder.js';
import { Shop } from './shop.js';
import { errorWith } from '../errors.js';

let parent: string;
let path: string;
beforeEach(() => {
  parent = temporaryFolder();
  path = join(parent, 'a', 'till');
});
afterEach(() => rmSync(parent, { recursive: true }));

const fault = (code: string) => errorWith({ name: 'DataFolderFault', code });

const withFolder = (work: (folder: DataFolder) => void): void => {
  const folder = DataFolder.take(path);
  try {
    work(folder);
  } finally {
    folder.release();
  }
};

describe('A data folder', () => {
  it('is made for its owner alone, and belongs to one at a time', () => {
    withFolder(() => {
      expect(statSync(path).mode & 0o777).toBe(0o700);
      expect(() => DataFolder.take(path)).toThrow(fault('FOLDER_IN_USE'));
      expect(() => DataFolder.take(path)).toThrow(fault('FOLDER_IN_USE'));
    });
    withFolder(({ hasLog }) => expect(hasLog).toBe(false));
  });

  it('is refused where a file stands in its place, or in the place of its lock', () => {
    mkdirSync(join(parent, 'a'));
    writeFileSync(path, '');
    expect(() => DataFolder.take(path)).toThrow(fault('FOLDER_UNUSABLE'));
    rmSync(path);
    mkdirSync(join(path, 'owner.lock'), { recursive: true });
    expect(() => DataFolder.take(path)).toThrow(fault('FOLDER_UNUSABLE'));
  });
});

describe('The key of a terminal', () => {
  const keyFile = () => join(path, 'terminal.key');

  it('is made once, readable by its owner only, and stays the same', () => {
    withFolder((folder) => {
      const { publicKey } = folder.takeKey();
      expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
      expect(folder.takeKey().publicKey).toBe(publicKey);
      chmodSync(keyFile(), 0o644);
      expect(folder.takeKey().publicKey).toBe(publicKey);
      expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
      expect(readFileSync(keyFile(), 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/u);
    });
  });

  it('is never made again for a log that has lost it', () => {
    withFolder((folder) => {
      folder.takeKey();
      openTerminalDatabase(folder.database).close();
      rmSync(keyFile());
      expect(() => folder.takeKey()).toThrow(fault('KEY_MISSING'));
      expect(() => statSync(keyFile())).toThrow();
    });
  });

  it.each([
    ['no key', () => 'hello'],
    ['empty', () => ''],
    [
      'of another kind',
      () => {
        const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      },
    ],
  ])('is refused when the file is %s', (_name, text) => {
    withFolder((folder) => {
      writeFileSync(keyFile(), text());
      expect(() => folder.takeKey()).toThrow(fault('KEY_UNREADABLE'));
    });
  });

  it('that is not the terminal’s own is found out by the signed head', async () => {
    const shop = await Shop.trading();
    try {
      shop.terminal.stop('evening');
      rmSync(join(shop.folder, 'terminal.key'));
      expect(() => shop.open()).toThrow(fault('KEY_MISSING'));
      withFolder((other) => {
        other.takeKey();
        writeFileSync(join(shop.folder, 'terminal.key'), readFileSync(keyFile()));
      });
      expect(() => shop.open()).toThrow(errorWith({ code: 'SIGNATURE_WRONG' }));
    } finally {
      shop.remove();
    }
  });
});

describe('The database of a terminal', () => {
  it('of a newer program is not touched', () => {
    withFolder(({ database }) => {
      const db = openTerminalDatabase(database);
      db.pragma('user_version = 99');
      db.close();
      const before = readFileSync(database);
      expect(() => openTerminalDatabase(database)).toThrow(errorWith({ name: 'NewerDatabase' }));
      expect(readFileSync(database).equals(before)).toBe(true);
    });
  });

  it('is made by itself, and again changes nothing', () => {
    withFolder(({ database }) => {
      const tables = (): unknown => {
        const db = openTerminalDatabase(database);
        const all = db.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all();
        db.close();
        return all;
      };
      expect(tables()).toEqual(tables());
    });
  });
});

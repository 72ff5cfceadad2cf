import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWitness, type Witness, WitnessFile } from '../../src/events/witness.js';
import { temporaryFolder } from '../temporary-folder.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'head.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const witness = (seq: number, epoch = 1): Witness => ({
  terminal_id: '7e570000-0000-4000-8000-000000000001',
  epoch,
  seq,
  hash: seq.toString(16).padStart(64, '0'),
  signature: Buffer.alloc(64, seq).toString('base64'),
});

describe('The head file', () => {
  it('is absent until a head was witnessed, and then names the newest', () => {
    expect(readWitness(path)).toBeUndefined();
    const file = new WitnessFile(path);
    for (const seq of [1, 2, 20, 40, 60]) {
      file.write(witness(seq));
      expect(readWitness(path)).toEqual(witness(seq));
    }
  });

  it('names a new branch, however much longer the one before it was', () => {
    const file = new WitnessFile(path);
    for (const newer of [witness(60), witness(61), witness(7, 2), witness(8, 2)]) {
      file.write(newer);
      expect(readWitness(path)).toEqual(newer);
    }
  });

  it('that a power cut tore at any byte of its next writing names the head before or the new one', () => {
    new WitnessFile(path).write(witness(20));
    new WitnessFile(path).write(witness(40));
    const before = readFileSync(path);
    new WitnessFile(path).write(witness(60));
    const after = readFileSync(path);
    expect(after.length).toBe(before.length);
    for (let cut = 0; cut <= after.length; cut += 1) {
      for (const torn of [
        [after.subarray(0, cut), before.subarray(cut)],
        [before.subarray(0, cut), after.subarray(cut)],
      ]) {
        writeFileSync(path, Buffer.concat(torn));
        expect([witness(40), witness(60)]).toContainEqual(readWitness(path));
      }
    }
  });

  it('is made again when somebody took it away: the writing that finds it gone fails, and the next one makes it', () => {
    const file = new WitnessFile(path);
    file.write(witness(20));
    rmSync(path);
    expect(() => file.write(witness(40))).toThrow('ENOENT');
    file.write(witness(60));
    expect(readWitness(path)).toEqual(witness(60));
  });

  it('is put right by the next writing when half of it, all of it or its size is not what was written', () => {
    for (const spoiled of ['', '{}', 'x'.repeat(1024), 'x'.repeat(5000), `${'{}'.padEnd(511)}\n`.repeat(2)]) {
      writeFileSync(path, spoiled);
      new WitnessFile(path).write(witness(20));
      expect([readWitness(path), statSync(path).size]).toEqual([witness(20), 1024]);
    }
  });

  it('that holds no head at all is unreadable', () => {
    for (const spoiled of ['', '\n', '{}', '{"seq":', 'null', JSON.stringify(witness(9))]) {
      writeFileSync(path, spoiled);
      expect(readWitness(path)).toBe('unreadable');
    }
  });

  it('in which a figure was changed by hand is unreadable', () => {
    new WitnessFile(path).write(witness(20));
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('"seq":20', '"seq":19'));
    expect(readWitness(path)).toBe('unreadable');
  });
});

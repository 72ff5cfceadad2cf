import type Database from 'better-sqlite3';

/** The same whole numbers in every run: below `limit`, drawn by mulberry32. */
export const draws = (seed: number): ((limit: number) => number) => {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
};

export type Draw = (limit: number) => number;

/** Each changes one thing at a drawn event, and says where it may be noticed first and last. */
export const mutations: Readonly<
  Record<string, (db: Database.Database, seq: number, draw: Draw) => readonly [number, number]>
> = {
  'flip a bit of a text': (db, seq, draw) => {
    const row = db.prepare<[number], { envelope: string }>('SELECT envelope FROM events WHERE seq = ?').get(seq);
    const bytes = Buffer.from(row?.envelope ?? '');
    const at = draw(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << draw(7));
    db.prepare('UPDATE events SET envelope = ? WHERE seq = ?').run(bytes.toString('latin1'), seq);
    return [seq, seq];
  },
  'change a digit of a hash': (db, seq, draw) => {
    const at = draw(64) + 1;
    const swap = `CASE substr(hash, ${String(at)}, 1) WHEN '0' THEN '1' ELSE '0' END`;
    db.prepare(`UPDATE events SET hash = substr(hash, 1, ?) || ${swap} || substr(hash, ?) WHERE seq = ?`).run(
      at - 1,
      at + 1,
      seq,
    );
    return [seq, seq];
  },
  'delete an event': (db, seq) => {
    db.prepare('DELETE FROM events WHERE seq = ?').run(seq);
    return [seq, seq + 1];
  },
  'put one text in the place of another': (db, seq, draw) => {
    const other = ((seq + draw(50)) % 53) + 1;
    db.prepare(
      'UPDATE events SET envelope = other.envelope, hash = other.hash FROM events AS other WHERE events.seq = ? AND other.seq = ?',
    ).run(seq, other);
    return [seq, seq];
  },
  'change a column': (db, seq, draw) => {
    const column = ['type', 'session_id', 'local_id'][draw(3)] ?? 'type';
    db.prepare(`UPDATE events SET ${column} = 'something else' WHERE seq = ?`).run(seq);
    return [seq, seq];
  },
};

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Head, TillEvent } from '../../src/domain/event.js';
import { checkEvent } from '../../src/events/chain.js';
import { canonical, type SealedEvent } from '../../src/events/envelope.js';
import { eventTypes } from '../../src/events/stored.js';
import { foldRows } from '../../src/projections/projection.js';
import { centralReadModels, terminalReadModels } from '../../src/projections/read-models.js';

/**
 * Logs that were recorded once and are read for ever: `name.jsonl`, an event and its hash a line, and what it folded to
 * in `name.folded.json`. A file is added for every new type or version, and none is ever edited.
 */
const folder = join('test', 'events', 'golden');
const names = readdirSync(folder).flatMap((file) => /^(.*)\.jsonl$/u.exec(file)?.[1] ?? []);

const linesOf = (name: string): readonly SealedEvent[] =>
  readFileSync(join(folder, `${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as SealedEvent);

const read = (name: string): readonly TillEvent[] => {
  let head: Head | null = null;
  return linesOf(name).map((sealed) => {
    const { event, envelope, problems } = checkEvent(sealed, head);
    expect(problems).toEqual([]);
    if (!event || !envelope) throw new Error('It could not be read.');
    head = { epoch: event.epoch, seq: event.seq, hash: sealed.hash };
    return event;
  });
};

const foldedOf = (name: string): Readonly<Record<string, object>> =>
  JSON.parse(readFileSync(join(folder, `${name}.folded.json`), 'utf8')) as Readonly<Record<string, object>>;

describe('A log of long ago', () => {
  it.each(names)('like %s is whole, is read, and folds to what it folded to then', (name) => {
    const events = read(name);
    const stored = foldedOf(name);
    const now = Object.fromEntries(
      Object.keys(stored).map((table) => {
        const model = [...terminalReadModels, ...centralReadModels].find((candidate) => candidate.table === table);
        if (!model) throw new Error(`No read model fills ${table} any more.`);
        return [table, Object.fromEntries(foldRows(model, events))];
      }),
    );
    expect(now).toMatchObject(stored);
    const keys = (rows: Readonly<Record<string, object>>) => Object.values(rows).map((table) => Object.keys(table));
    expect(keys(now)).toEqual(keys(stored));
  });

  it('is read in the order in which it was written, so that what is recorded is written as it is', () => {
    for (const { data } of names.flatMap(read)) expect(JSON.stringify(data)).toBe(canonical(data));
  });

  it('is kept for every type of event', () => {
    const types = new Set<string>(names.flatMap((name) => read(name).map(({ type }) => type)));
    expect(eventTypes.filter((type) => !types.has(type))).toEqual([]);
  });
});

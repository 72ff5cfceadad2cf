import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logTriggers } from '../../src/events/log.js';
import { readWitness, type Witness, WitnessFile } from '../../src/events/witness.js';
import { LogFixture, threeDays } from './log-fixture.js';
import { idOf } from './steady-id.js';
import { strangeKey } from './strange-files.js';
import { SpoiledLog } from './spoiled-log.js';

const log = new SpoiledLog();

describe('what vouches for a log', () => {
  it('shows that the end was cut off, by the signed heads', async () => {
    log.sql('DELETE FROM events WHERE seq > 50');
    expect(await log.found()).toEqual(['LOG_TRUNCATED 51']);
    expect(await log.verify()).toMatchObject({
      terminals: [{ last_seq: 50, anchored_to_seq: 37 }],
      unanchored: [{ from_seq: 38, to_seq: 50 }],
    });
  });

  it('shows that the end was cut off together with its heads, by the head file and the acknowledgements', async () => {
    const folder = join(log.dir, 'fresh');
    const fixture = threeDays(folder);
    fixture.witness();
    fixture.acknowledge(52);
    fixture.stop();
    log.dir = folder;
    log.sql('DELETE FROM events WHERE seq > 50; DELETE FROM heads WHERE seq > 50');
    expect(await log.found()).toEqual(['LOG_TRUNCATED 51', 'LOG_TRUNCATED 51']);
    rmSync(join(folder, 'head.json'));
    expect(await log.found()).toEqual(['LOG_TRUNCATED 51']);
    log.sql('DELETE FROM verdicts WHERE seq > 50');
    expect(await log.found()).toEqual([]);
  });

  it('cannot show the loss of what nothing vouched for', async () => {
    log.sql('DELETE FROM events WHERE seq > 50; DELETE FROM heads WHERE seq > 50');
    expect(await log.verify()).toMatchObject({ ok: true, events: 50, unanchored: [{ from_seq: 38, to_seq: 50 }] });
  });

  it('shows a log of which nothing is left', async () => {
    log.made.witnessAt(log.dir);
    log.sql('DELETE FROM events');
    expect(await log.found()).toEqual(['LOG_TRUNCATED 1', 'LOG_TRUNCATED 1']);
  });

  it('shows a broken signature at its head', async () => {
    log.sql("UPDATE heads SET signature = 'AAAA' || substr(signature, 5) WHERE seq = 37");
    expect(await log.found()).toEqual(['SIGNATURE_WRONG 37']);
    log.sql("UPDATE heads SET signature = 'no signature' WHERE seq = 37");
    expect(await log.found()).toEqual(['SIGNATURE_WRONG 37']);
  });

  it('shows broken signatures at their heads among more heads than are looked at together', async () => {
    log.sql("INSERT INTO heads SELECT seq, epoch, hash, '' FROM events WHERE true ON CONFLICT DO NOTHING");
    log.made.signAgain(log.path);
    expect(await log.verify()).toMatchObject({ ok: true, terminals: [{ anchored_to_seq: 53 }] });
    log.sql(
      'UPDATE heads SET signature = (SELECT signature FROM heads WHERE seq = 2) WHERE seq IN (1, 32, 33, 34, 53)',
    );
    const broken = [1, 32, 33, 34, 53].map((seq) => `SIGNATURE_WRONG ${String(seq)}`);
    expect(await log.found()).toEqual(broken);
    expect(await log.found({ publicKey: log.made.publicKey })).toEqual(broken);
    expect((await log.found({ publicKey: strangeKey() })).filter((one) => one.startsWith('SIGNATURE'))).toHaveLength(
      53,
    );
  });

  it('shows heads that hold no text, in a table that was built anew', async () => {
    log.edit('CREATE TABLE other AS SELECT * FROM heads; DROP TABLE heads; ALTER TABLE other RENAME TO heads');
    log.edit("UPDATE heads SET signature = NULL WHERE seq = 37; UPDATE heads SET signature = x'00ff' WHERE seq = 53");
    log.edit('INSERT INTO heads (seq, epoch) VALUES (99, 1)');
    expect(await log.found()).toEqual(['LOG_TRUNCATED 54', 'SIGNATURE_WRONG 37', 'SIGNATURE_WRONG 53']);
    expect(await log.found({ publicKey: log.made.publicKey })).toContain('SIGNATURE_WRONG 53');
  });

  it('shows a signature that was written otherwise, although it decodes to the same', async () => {
    log.sql("UPDATE heads SET signature = ' ' || signature WHERE seq = 37");
    expect(await log.found()).toEqual(['SIGNATURE_WRONG 37']);
  });

  it('shows a head of an event that is not there', async () => {
    log.sql('UPDATE heads SET seq = 36 WHERE seq = 37');
    expect(await log.found()).toEqual(['HEAD_WRONG 36', 'SIGNATURE_WRONG 36']);
    log.sql('UPDATE heads SET epoch = 9 WHERE seq = 36');
    expect(await log.found()).toEqual(['HEAD_WRONG 36']);
  });

  it('shows every head when another key is trusted', async () => {
    expect(await log.found({ publicKey: strangeKey() })).toEqual([
      'KEY_CHANGED 1',
      'SIGNATURE_WRONG 17',
      'SIGNATURE_WRONG 21',
      'SIGNATURE_WRONG 37',
      'SIGNATURE_WRONG 53',
    ]);
  });

  it('shows a terminal that names another key', async () => {
    const folder = join(log.dir, 'fresh');
    const fixture = threeDays(folder);
    const data = { software_version: '0.1.0', zone: 'Asia/Beirut', public_key: strangeKey() };
    fixture.append({ type: 'TerminalStarted', data });
    fixture.stop();
    log.dir = folder;
    expect(await log.found()).toEqual(['KEY_CHANGED 54']);
  });

  it('says when there is no key to check with', async () => {
    const folder = join(log.dir, 'fresh');
    const fixture = new LogFixture(folder);
    fixture.append({ type: 'TerminalStopped', data: { reason: 'test' } });
    fixture.witness();
    fixture.stop();
    log.dir = folder;
    expect(await log.found()).toEqual(['KEY_MISSING 1', 'WITNESS_WRONG 1']);
    expect(await log.found({ publicKey: fixture.publicKey })).toEqual([]);
  });

  it('shows a head file that was changed, or is of another terminal', async () => {
    log.made.witnessAt(log.dir);
    expect(await log.found()).toEqual([]);
    const file = join(log.dir, 'head.json');
    const witness = readWitness(file) as Witness;
    rmSync(file);
    new WitnessFile(file).write({ ...witness, hash: 'ab'.repeat(32) });
    expect(await log.found()).toEqual(['WITNESS_WRONG 53']);
    writeFileSync(file, '{');
    expect(await log.found()).toEqual(['WITNESS_WRONG']);
  });

  it('shows an acknowledgement of another event', async () => {
    log.sql(
      `INSERT INTO verdicts (seq, local_id, synced_at) VALUES (20, '${idOf('other')}', '2026-01-02T00:00:00.000Z')`,
    );
    expect(await log.found()).toEqual(['ACKNOWLEDGEMENT_WRONG 20']);
  });

  it('needs no verdicts of central', async () => {
    log.sql('DROP VIEW outbox; DROP TABLE verdicts');
    expect(await log.found()).toEqual([]);
  });
});

describe('the guards of the log', () => {
  it.each(['events_refuse_update', 'events_refuse_delete', 'events_refuse_replace'])('miss %s', async (name) => {
    log.edit(`DROP TRIGGER ${name}`);
    expect(await log.found()).toEqual(['GUARD_MISSING']);
    log.edit(`CREATE TRIGGER ${name} BEFORE UPDATE ON events BEGIN SELECT 1; END`);
    expect(await log.found()).toEqual(['GUARD_MISSING']);
  });

  it('miss the constraints of a table that was built anew, and what slipped in without them', async () => {
    log.edit(`
      DROP VIEW outbox; CREATE TABLE loose AS SELECT * FROM events;
      DROP TABLE events; ALTER TABLE loose RENAME TO events;`);
    log.sql('INSERT INTO events SELECT * FROM events WHERE seq = 5');
    const triggers = logTriggers.map(() => 'GUARD_MISSING');
    const twice = ['CHAIN_BROKEN 5', 'DUPLICATE 5', 'DUPLICATE 5', 'RECEIPT_NUMBER_WRONG 5'];
    const problems = await log.found();
    expect(problems).toEqual(expect.arrayContaining([...twice, ...triggers, 'GUARD_MISSING', 'GUARD_MISSING']));
    log.sql("UPDATE events SET seq = 'five' WHERE seq = 5");
    expect(await log.found()).toEqual(expect.arrayContaining(['COLUMN_WRONG', 'GAP 5']));
  });

  it('miss the table of the signed heads', async () => {
    log.edit('DROP TABLE heads');
    expect(await log.found()).toEqual(['GUARD_MISSING']);
  });
});

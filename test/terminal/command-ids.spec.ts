import { machineRandomness } from '../../src/ports.js';
import { idsOfOneCommand } from '../../src/terminal/command-ids.js';

const uuidV4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u;

describe('The ids of one command', () => {
  it('are UUIDs v4 that begin alike and never repeat', () => {
    const newId = idsOfOneCommand(machineRandomness);
    const ids = Array.from({ length: 1000 }, () => newId());
    expect(ids.filter((id) => !uuidV4.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(ids.map((id) => id.slice(0, 8))).size).toBe(1);
  });

  it('begin otherwise than those of the next command', () => {
    const beginnings = Array.from({ length: 100 }, () => idsOfOneCommand(machineRandomness)().slice(0, 8));
    expect(new Set(beginnings).size).toBe(beginnings.length);
  });
});

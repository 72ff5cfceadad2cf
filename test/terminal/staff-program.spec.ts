import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { CatalogContent } from '../../src/catalog/catalog.js';
import { machinePorts } from '../../src/ports.js';
import { readPin, type PinInput } from '../../src/terminal/pin-prompt.js';
import { addStaffMember, type NewStaff } from '../../src/terminal/staff-program.js';
import { errorWith } from '../errors.js';
import { content, Till } from './http-fixture.js';

let till: Till;
beforeEach(() => (till = new Till()));
afterEach(() => till.remove());

const mona = { staff_code: 'm', name: 'Mona', role: 'manager' } as const;
const add = (more: Partial<NewStaff> = {}, pin = '739026'): Promise<number> =>
  addStaffMember({
    dataDir: till.folder,
    member: mona,
    currency: 'USD',
    ports: machinePorts,
    readPin: () => Promise.resolve(pin),
    ...more,
  });
const fault = (code: string) => errorWith({ name: 'StaffFault', code });
const openedContent = async (): Promise<CatalogContent | undefined> => {
  await till.start({ catalog: null });
  const { content: found } = till.terminal.recorder.catalog;
  await till.stop();
  return found;
};

describe('The first who signs in at a terminal that knows no central', () => {
  it('is added on the terminal itself, and can sign in', async () => {
    expect(await add()).toBe(-1);
    expect(await add({ member: { ...mona, staff_code: 'c', role: 'cashier' } }, '7390')).toBe(-2);
    await till.start({ catalog: null });
    expect(await till.signIn('m', '739026')).toMatchObject({ status: 200, body: { staff: mona } });
    expect(await till.signIn('c', '7390')).toMatchObject({ status: 200 });
    expect(await till.post('/v1/sessions', { float: [{ currency: 'USD', amount_minor: 1 }] })).toMatchObject({
      status: 201,
    });
    expect(till.events.slice(0, 4)).toEqual(['TerminalStarted', 'CatalogApplied', 'TerminalStopped', 'CatalogApplied']);
    expect(till.events).not.toContain('TerminalRecovered');
    await till.stop();
  });

  it('leaves the rest of the catalog as it was', async () => {
    const settings = { permissions: { no_sale: 'cashier' }, lock_after_minutes: 9 } as const;
    await till.start({ catalog: { ...content, settings } });
    await till.stop();
    expect(await add()).toBe(-2);
    const { staff = [], ...rest } = (await openedContent()) ?? {};
    const { staff: before, ...same } = content;
    expect(rest).toEqual({ ...same, settings });
    expect(staff.slice(0, -1)).toEqual(before);
    expect(staff.at(-1)).toMatchObject({ ...mona, pin_hash: expect.stringMatching(/^\$argon2id\$/u) as string });
  });

  it.each(['0000', '1234', '777777', '73902', '', '123456', '739o26'])(
    'is refused the PIN “%s”, and nothing changes',
    async (pin) => {
      await expect(add({}, pin)).rejects.toThrow(fault('PIN_WEAK'));
      await till.start({ catalog: null });
      expect(till.events).toEqual(['TerminalStarted']);
      await till.stop();
    },
  );

  it('needs a code of their own, unless whoever has it cannot sign in', async () => {
    await till.start();
    await till.stop();
    await expect(add({ member: { ...mona, staff_code: '9' } })).rejects.toThrow(fault('CODE_TAKEN'));
    await add({ member: { ...mona, staff_code: '0' } });
    expect((await openedContent())?.staff.find(({ staff_code }) => staff_code === '0')).toMatchObject({
      staff_id: 's-0',
      name: 'Mona',
    });
  });

  it('is the way back in when the secret of an unenrolled till was lost', async () => {
    await till.start();
    await till.stop();
    rmSync(join(till.folder, 'device.secret'));
    await add({ member: { ...mona, staff_code: '9' } });
    await till.start({ catalog: null });
    expect(await till.signIn('9', '739026')).toMatchObject({ status: 200 });
    expect(await till.signIn('1', 'pin-1111')).toMatchObject({ status: 401 });
    await till.stop();
  });

  it('needs a currency of ISO 4217, and a terminal that nobody uses', async () => {
    await expect(add({ currency: 'XYZ' })).rejects.toThrow(fault('CURRENCY_UNKNOWN'));
    await till.start();
    await expect(add()).rejects.toThrow(errorWith({ code: 'FOLDER_IN_USE' }));
    await till.stop();
  });

  it('comes from central once the terminal is enrolled', async () => {
    await add();
    const ids = { tenant_id: machinePorts.randomness.uuid(), store_id: machinePorts.randomness.uuid() };
    const enrolment = {
      ...ids,
      tenant_name: 'T',
      store_name: 'S',
      token: 't'.repeat(43),
      central_url: 'http://127.0.0.1:1',
    };
    writeFileSync(join(till.folder, 'enrolment.json'), JSON.stringify(enrolment));
    await expect(add({ member: { ...mona, staff_code: 'x' } })).rejects.toThrow(fault('ENROLLED'));
  });
});

describe('A PIN that is typed', () => {
  const typing = (text: string, isTTY: boolean) => {
    const output = new PassThrough();
    const input: PinInput = Object.assign(new PassThrough(), { isTTY });
    (input as unknown as PassThrough).end(text);
    return { pin: readPin(input, output), shown: () => String(output.read() ?? '') };
  };

  it('is one line of the input where nobody types', async () => {
    const { pin, shown } = typing('739026\r\nmore\n', false);
    expect(await pin).toBe('739026');
    expect(shown()).toBe('');
    await expect(typing('', false).pin).rejects.toThrow(fault('PIN_MISSING'));
  });

  it('is asked for twice and never shown where somebody types', async () => {
    const { pin, shown } = typing('739026\r739026\r', true);
    expect(await pin).toBe('739026');
    expect(shown()).toBe('PIN: \nThe same PIN again: \n');
    await expect(typing('739026\r739027\r', true).pin).rejects.toThrow(fault('PIN_DIFFERS'));
  });
});

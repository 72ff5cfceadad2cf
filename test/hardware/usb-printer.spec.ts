import { cutBytes, resetBytes } from '../../src/hardware/escpos-commands.js';
import { usualPulse } from '../../src/hardware/printer-address.js';
import type { Printer } from '../../src/hardware/printer.js';
import { listUsbPrinters, usbPlace } from '../../src/hardware/usb-wire.js';
import { wiredPrinter } from '../../src/hardware/wired-printer.js';
import { machinePorts } from '../../src/ports.js';
import { paperOutAnswers, wellAnswers } from './fake-printer.js';
import { SimulatedUsbPrinter } from './simulated-usb.js';

const paper = Buffer.concat([resetBytes, Buffer.from('Coffee\n'), cutBytes]);
const limits = { connectMs: 300, writeMs: 2000, answerMs: 60, jobMs: 4000 };

describe('A printer on USB', () => {
  let plugged: SimulatedUsbPrinter[];
  let printer: Printer;

  const printerWith = (ids?: { readonly vendor: number; readonly product: number }): Printer =>
    wiredPrinter(
      usbPlace({ name: 'usb:', ...(ids ? { ids } : {}) }, () => plugged.map(({ device }) => device)),
      { clock: machinePorts.clock, pulse: usualPulse, limits },
    );
  const takenBy = (one: SimulatedUsbPrinter | undefined): string => Buffer.concat(one?.taken ?? []).toString('latin1');

  beforeEach(() => {
    plugged = [new SimulatedUsbPrinter()];
    printer = printerWith();
  });

  it('is claimed for a job, asked how it is, printed on, and let go', async () => {
    expect(await printer.status()).toEqual({ answers: true, troubles: [] });
    expect(await printer.print([paper])).toBe('confirmed');
    expect(takenBy(plugged[0])).toContain('Coffee');
    expect(plugged[0]).toMatchObject({ opened: 2, isClaimed: false, interfaces: null });
  });

  it('that cannot say anything prints all the same', async () => {
    plugged[0] = Object.assign(new SimulatedUsbPrinter(), { hears: false });
    expect(await printer.print([paper])).toBe('sent');
  });

  it('whose answer comes too late is not taken to have answered the next question, in this job or another', async () => {
    const [first = new SimulatedUsbPrinter()] = plugged;
    first.isBusy = true;
    expect(await printer.print([paper])).toBe('sent');
    Object.assign(first, { isBusy: false, answers: paperOutAnswers });
    // Read one behind, the answers would tell of a broken knife.
    expect(await printer.status()).toEqual({ answers: false, troubles: [] });
    expect((await printer.status()).troubles).toEqual(['PAPER_OUT', 'OFFLINE']);
    first.answers = wellAnswers;
    expect(await printer.print([paper])).toBe('confirmed');
  });

  it('is found again after it was unplugged, also as another device, without a restart', async () => {
    const [first] = plugged;
    await printer.print([paper]);
    if (first) first.isPluggedIn = false;
    plugged = [];
    await expect(printer.print([paper])).rejects.toMatchObject({
      made: 'nothing_sent',
      message: expect.stringMatching(/No printer is plugged in at usb:.*cable/u) as string,
    });
    plugged = [new SimulatedUsbPrinter()];
    expect(await printer.print([paper])).toBe('confirmed');
    expect(takenBy(plugged[0])).toContain('Coffee');
  });

  it('that is unplugged in the middle leaves it open how much is on paper, and prints when it is back', async () => {
    const [first = new SimulatedUsbPrinter()] = plugged;
    const pull = jest.fn(() => (first.isPluggedIn = false));
    const push = first.taken.push.bind(first.taken);
    first.taken.push = (...bytes) => (pull(), push(...bytes));
    await expect(printer.print([Buffer.concat([paper, Buffer.alloc(20_000, 0x0a)])])).rejects.toMatchObject({
      made: 'unknown',
    });
    expect(pull).toHaveBeenCalled();
    plugged = [new SimulatedUsbPrinter()];
    expect(await printer.print([paper])).toBe('confirmed');
  });

  it('that takes nothing, for it has no paper, is given up, and every transfer had a limit', async () => {
    const [first = new SimulatedUsbPrinter()] = plugged;
    first.isFull = true;
    await expect(printer.print([paper])).rejects.toMatchObject({ made: 'nothing_sent' });
    expect(first.limits.every((ms) => ms > 0 && ms <= 4000)).toBe(true);
    first.isFull = false;
    expect(await printer.print([paper])).toBe('confirmed');
    expect(first.taken.filter((bytes) => bytes.includes('Coffee'))).toHaveLength(1);
  });

  it('that belongs to another program or user gets nothing', async () => {
    const [first = new SimulatedUsbPrinter()] = plugged;
    first.isForbidden = true;
    await expect(printer.print([paper])).rejects.toMatchObject({
      made: 'nothing_sent',
      message: expect.stringMatching(/another program has it|no right/u) as string,
    });
    first.isForbidden = false;
    expect(await printer.print([paper])).toBe('confirmed');
  });

  it('is the one of the vendor and product that were named', async () => {
    plugged = [new SimulatedUsbPrinter(1, 2), new SimulatedUsbPrinter(0x0416, 0x5011)];
    await printerWith({ vendor: 0x0416, product: 0x5011 }).print([paper]);
    expect([takenBy(plugged[0]), takenBy(plugged[1]).includes('Coffee')]).toEqual(['', true]);
    await expect(printerWith({ vendor: 9, product: 9 }).print([paper])).rejects.toMatchObject({ made: 'nothing_sent' });
  });

  it('is listed as it is written in the settings, and why none can be', async () => {
    const listed = await listUsbPrinters(() => plugged.map(({ device }) => device));
    expect(listed).toEqual({ printers: [{ place: 'usb:04b8:0202' }], problem: null });
    const forbidden = await listUsbPrinters(() => {
      throw Object.assign(new Error('LIBUSB_ERROR_IO'), { errno: -1 });
    });
    expect(forbidden).toEqual({
      printers: [],
      problem: expect.stringMatching(/check the rights on .*LIBUSB_ERROR_IO/u) as string,
    });
  });

  it('is looked for with libusb itself', async () => {
    const { printers, problem } = await listUsbPrinters();
    expect(problem).toBeNull();
    for (const { place } of printers) expect(place).toMatch(/^usb:[0-9a-f]{4}:[0-9a-f]{4}$/u);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printerAt, PrinterPlaceFault, type PrinterPlaceCode } from '../../src/hardware/printer-address.js';
import { machinePorts } from '../../src/ports.js';

const options = {
  clock: machinePorts.clock,
  network: { addresses: () => '10.1.2.3 127.0.0.1 ::1' },
  virtualFolder: '/nowhere',
};

const codeOf = (place: string, more = {}): PrinterPlaceCode | undefined => {
  try {
    printerAt(place, { ...options, ...more });
    return undefined;
  } catch (cause) {
    if (cause instanceof PrinterPlaceFault) return cause.code;
    throw cause;
  }
};

describe('A printer is named by', () => {
  it.each([
    'tcp:192.168.1.50:9100',
    'tcp:10.0.0.1:9101',
    'tcp:172.16.0.1:9102',
    'tcp:172.31.255.254:515',
    'tcp:192.168.0.9:631',
    'usb:',
    'usb:04b8:0202',
    'usb:04B8:0E15',
    'serial:/dev/ttyUSB0',
    'serial:/dev/serial/by-id/usb-1a86?baud=115200',
    'serial:COM3?baud=19200',
    'file:/dev/usb/lp0',
    'file:/tmp/receipts.bin',
    'virtual',
    'virtual:/tmp/papers',
  ])('%s', (place) => {
    expect(codeOf(place)).toBeUndefined();
    if (place !== 'virtual') expect(printerAt(place, options).name).toBe(place);
  });

  it.each<[PrinterPlaceCode, readonly string[]]>([
    [
      'PRINTER_KIND_UNKNOWN',
      ['', 'lp0', '/dev/usb/lp0', 'http://192.168.1.50', 'TCP:192.168.1.50:9100', 'lpd:x', ' virtual'],
    ],
    [
      'PRINTER_ADDRESS_MALFORMED',
      [
        ...['tcp:', 'tcp:printer:9100', 'tcp:localhost:9100', 'tcp:printer.local:9100', 'tcp:192.168.1.50.nip.io:9100'],
        ...[
          'tcp:192.168.1.50',
          'tcp:192.168.1.50:',
          'tcp:192.168.1.50:0',
          'tcp:192.168.1.50:65536',
          'tcp:192.168.1.50:09100',
        ],
        ...['tcp:3232235826:9100', 'tcp:0xc0a80132:9100', 'tcp:0xc0.0xa8.1.50:9100', 'tcp:0300.0250.1.50:9100'],
        ...['tcp:192.168.1.050:9100', 'tcp:192.168.306:9100', 'tcp:192.168.1.256:9100', 'tcp:192.168.1.50.1:9100'],
        ...['tcp:[::1]:9100', 'tcp:::1:9100', 'tcp:[::ffff:192.168.1.50]:9100', 'tcp:[fe80::1]:9100'],
        ...[
          'tcp:192.168.1.50:9100;rm -rf /',
          'tcp:192.168.1.50:9100\n',
          'tcp: 192.168.1.50:9100',
          'tcp:192.168.1.50:9100/x',
        ],
        ...[
          'tcp:user@192.168.1.50:9100',
          'tcp:192.168.1.50:9100#',
          'tcp:١٩٢.168.1.50:9100',
          'tcp:192。168。1。50:9100',
        ],
        ...['tcp:-1.168.1.50:9100', 'tcp:1e2.168.1.50:9100', 'tcp://192.168.1.50:9100', 'tcp:$(id):9100'],
      ],
    ],
    ['PRINTER_ADDRESS_LOOPBACK', ['tcp:127.0.0.1:9100', 'tcp:127.1.2.3:9100']],
    [
      'PRINTER_ADDRESS_NOT_PRIVATE',
      [
        ...['tcp:169.254.169.254:9100', 'tcp:169.254.1.1:9100', 'tcp:0.0.0.0:9100', 'tcp:224.0.0.251:9100'],
        ...['tcp:255.255.255.255:9100', 'tcp:8.8.8.8:9100', 'tcp:172.15.0.1:9100', 'tcp:172.32.0.1:9100'],
        ...['tcp:192.167.1.1:9100', 'tcp:11.0.0.1:9100', 'tcp:100.64.0.1:9100'],
      ],
    ],
    ['PRINTER_ADDRESS_OWN', ['tcp:10.1.2.3:9100']],
    [
      'PRINTER_PORT_REFUSED',
      ['tcp:192.168.1.50:22', 'tcp:192.168.1.50:80', 'tcp:192.168.1.50:9103', 'tcp:10.0.0.1:4100'],
    ],
    [
      'PRINTER_USB_MALFORMED',
      ['usb:04b8', 'usb:4b8:202', 'usb:04b8:0202:1', 'usb:zzzz:0202', 'usb:/dev/usb/lp0', 'usb:*'],
    ],
    [
      'PRINTER_SERIAL_MALFORMED',
      [
        ...['serial:', 'serial:ttyUSB0', 'serial:/etc/passwd', 'serial:/dev/../etc/passwd', 'serial:/dev/tty USB0'],
        ...[
          'serial:/dev/ttyUSB0?baud=1',
          'serial:/dev/ttyUSB0?baud=9600&x=1',
          'serial:/dev/ttyUSB0;rm',
          'serial:COM3000',
        ],
      ],
    ],
    [
      'PRINTER_FILE_UNSUITABLE',
      [
        ...[
          'file:',
          'file:lp0',
          'file:../lp0',
          'file:/tmp/../etc/passwd',
          'file:/tmp/',
          'file:/dev/sda',
          'file:/dev/usb/lp0/x',
        ],
        ...[
          'file:/dev/usb/lp10',
          'file:/dev/mem',
          'file:/proc/self/mem',
          'file:/sys/power/state',
          'file:/tmp/a\u0000b',
        ],
        ...['file:/tmp//x', 'file:/dev', 'file:/dev/usb/../sda'],
      ],
    ],
  ])('nothing else: %s', (code, places) => {
    for (const place of places) expect([place, codeOf(place)]).toEqual([place, code]);
  });

  it('no file of the data folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tillog-place-'));
    try {
      writeFileSync(join(folder, 'tillog.db'), '');
      expect(codeOf(`file:${folder}/tillog.db`)).toBe('PRINTER_FILE_UNSUITABLE');
      expect(codeOf(`file:${folder}/terminal.key`)).toBe('PRINTER_FILE_UNSUITABLE');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('this machine, at any port, only where that was allowed at start', async () => {
    const calls: unknown[] = [];
    const server = createServer((socket) => calls.push(socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const place = `tcp:127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    try {
      expect(codeOf(place)).toBe('PRINTER_ADDRESS_LOOPBACK');
      expect(codeOf(place, { allowLoopback: true })).toBeUndefined();
      expect(codeOf('tcp:169.254.169.254:80', { allowLoopback: true })).toBe('PRINTER_ADDRESS_NOT_PRIVATE');
      expect(codeOf('tcp:10.1.2.3:9100', { allowLoopback: true })).toBe('PRINTER_ADDRESS_OWN');
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    expect(calls).toEqual([]);
  });
});

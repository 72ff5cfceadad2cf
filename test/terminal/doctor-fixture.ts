import { machineNetwork } from '../../src/ports.js';
import { type DoctorReport, type DoctorSettings, examineTill } from '../../src/terminal/doctor.js';
import type { Shop } from './shop.js';
import { virtualPorts } from './virtual-ports.js';

/** Examines a shop’s till by the shop’s own clock, over the network of this machine. */
export const examined = (shop: Shop, more: Partial<DoctorSettings> = {}): Promise<DoctorReport> =>
  examineTill({
    dataDir: shop.folder,
    printer: { printer: null },
    usbPrinters: () => Promise.resolve({ printers: [{ place: 'usb:04b8:0202' }], problem: null }),
    ports: { ...virtualPorts(shop.clock), network: machineNetwork },
    ...more,
  });

/** Everything that is not as it should be. What kind of disk these specs run on is nobody's fault. */
export const troubles = ({ checks }: DoctorReport): readonly string[] =>
  checks
    .filter(({ check }) => check !== 'disk')
    .flatMap(({ check, findings }) => findings.map((one) => ({ check, ...one })))
    .filter(({ health }) => health !== 'ok')
    .map(({ check, health, code }) => `${check} ${health} ${code}`);

/** What was found about a part. */
export const codesOf = ({ checks }: DoctorReport, part: string): readonly string[] =>
  checks.filter(({ check }) => check === part).flatMap(({ findings }) => findings.map(({ code }) => code));

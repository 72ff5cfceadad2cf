import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cutBytes, resetBytes } from '../../src/hardware/escpos-commands.js';
import { testPrinter } from './printers.js';

/*
 * Opens a terminal of the system in two halves, names the one for the till on its first line, and writes in hexadecimal
 * what comes out of the other. With an argument it answers questions, as a printer does.
 */
const otherEnd = `
import os, pty, sys, tty
printer, till = pty.openpty()
tty.setraw(till)
print(os.ttyname(till), flush=True)
answers = len(sys.argv) > 1
while True:
    said = os.read(printer, 4096)
    print(said.hex(), flush=True)
    if answers:
        os.write(printer, b"\\x12" * said.count(b"\\x10\\x04"))
`;

const paper = Buffer.concat([resetBytes, Buffer.from('Coffee\n'), cutBytes]);

describe('A printer on a serial line', () => {
  const children: ChildProcess[] = [];

  const line = async (...args: readonly string[]) => {
    const child = spawn('python3', ['-c', otherEnd, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    let text = '';
    let wake = (): void => undefined;
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      wake();
    });
    const until = async (holds: () => boolean): Promise<void> => {
      while (!holds()) await new Promise<void>((resolve) => (wake = resolve));
    };
    await until(() => text.includes('\n'));
    const [path = ''] = text.split('\n');
    const taken = (): Buffer => Buffer.from(text.split('\n').slice(1).join(''), 'hex');
    return { path, taken, until };
  };

  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill();
      await once(child, 'close');
    }
  });

  it('gets the whole job, and the next one, too', async () => {
    const { path, taken, until } = await line();
    const printer = testPrinter(`serial:${path}?baud=115200`);
    expect(await printer.print([paper])).toBe('sent');
    expect(await printer.print([paper])).toBe('sent');
    await until(() => taken().toString('latin1').split('Coffee').length === 3);
  });

  it('is asked how it is, and confirms', async () => {
    const { path } = await line('answers');
    const printer = testPrinter(`serial:${path}?baud=115200`);
    expect(await printer.status()).toEqual({ answers: true, troubles: [] });
    expect(await printer.print([paper])).toBe('confirmed');
  });

  it('that is not plugged in gets nothing', async () => {
    await expect(testPrinter('serial:/dev/ttyNOWHERE0').print([paper])).rejects.toMatchObject({
      made: 'nothing_sent',
      message: expect.stringMatching(/check its cable/u) as string,
    });
  });
});

import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { StaffFault } from './staff-program.js';

/** Where a PIN is typed. */
export type PinInput = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/**
 * Asks for a PIN twice without showing it where somebody types, and otherwise takes the first line of the input.
 * @param output where the question goes
 * @param what is asked for
 * @throws StaffFault PIN_MISSING, PIN_DIFFERS
 */
export const readPin = async (input: PinInput, output: NodeJS.WritableStream, what = 'PIN'): Promise<string> => {
  const typed = input.isTTY === true;
  // Readline shows what is typed on its output; this one shows nothing.
  const blind = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: blind, terminal: typed });
  const answers = lines[Symbol.asyncIterator]();
  const ask = async (question: string): Promise<string> => {
    if (typed) output.write(question);
    const answer = await answers.next();
    if (typed) output.write('\n');
    if (answer.done === true) throw new StaffFault('PIN_MISSING', `No ${what} was given. Nothing was changed.`);
    return answer.value;
  };
  try {
    const pin = await ask(`${what}: `);
    if (typed && (await ask(`The same ${what} again: `)) !== pin) {
      throw new StaffFault('PIN_DIFFERS', `The two ${what}s differ. Nothing was changed.`);
    }
    return pin;
  } finally {
    lines.close();
  }
};

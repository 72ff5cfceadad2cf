import {
  type StatusQuestion,
  statusQuestionBytes,
  troubleHints,
  troublesIn,
} from '../../src/hardware/escpos-status.js';
import { print } from '../../src/hardware/escpos-interpreter.js';

describe('What a printer says of itself', () => {
  it('is asked by four questions of three bytes that print nothing', () => {
    const questions: readonly StatusQuestion[] = ['printer', 'offline', 'error', 'paper'];
    const { items, questions: heard } = print(Buffer.concat(questions.map(statusQuestionBytes)));
    expect(heard).toEqual([1, 2, 3, 4]);
    expect(items).toEqual([]);
  });

  // What printers answered on the wire.
  it.each<[StatusQuestion, number, readonly string[]]>([
    ['printer', 0x12, []],
    ['printer', 0x16, []],
    ['printer', 0x1a, ['OFFLINE']],
    ['offline', 0x12, []],
    ['offline', 0x16, ['COVER_OPEN']],
    ['offline', 0x32, ['PAPER_OUT']],
    ['offline', 0x56, ['COVER_OPEN', 'PRINTER_ERROR']],
    ['error', 0x12, []],
    ['error', 0x1a, ['PRINTER_ERROR']],
    ['error', 0x32, ['PRINTER_ERROR']],
    ['error', 0x52, ['PRINTER_ERROR']],
    ['paper', 0x12, []],
    ['paper', 0x1e, ['PAPER_LOW']],
    ['paper', 0x72, ['PAPER_OUT']],
    ['paper', 0x7e, ['PAPER_OUT', 'PAPER_LOW']],
  ])('asked for %s, %i says %j', (question, answer, troubles) => {
    expect(troublesIn(question, answer)).toEqual(troubles);
    for (const trouble of troublesIn(question, answer) ?? []) expect(troubleHints[trouble]).toMatch(/[a-z]: .+\.$/u);
  });

  it.each([0x00, 0x11, 0x13, 0x93, 0xff])('takes %i for no answer', (byte) => {
    expect(troublesIn('paper', byte)).toBeUndefined();
  });
});

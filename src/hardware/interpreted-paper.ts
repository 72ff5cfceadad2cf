import { createCanvas, type Canvas } from '@napi-rs/canvas';
import qrcode from 'qrcode-generator';
import type { Print, Printed } from './escpos-interpreter.js';
import { handOf } from './paper-fonts.js';

/** The paper as a picture of `width` dots, with letters 12 dots wide as a printer of 203 dots an inch has them. */
export const paperOf = ({ items }: Print, width: number): Canvas => {
  const heights = items.map((item) => heightOf(item));
  const canvas = createCanvas(width, heights.reduce((sum, height) => sum + height, 0) || 1);
  const context = canvas.getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = 'black';
  let top = 0;
  items.forEach((item, index) => {
    if (item.kind === 'line') {
      const scale = (item.size & 7) + 1;
      Object.assign(context, handOf('', scale));
      context.fillText(item.text, 0, top + 22 * scale);
    }
    if (item.kind === 'picture') {
      item.rows.forEach((row, y) => {
        for (let x = 0; x < row.length * 8; x += 1) {
          if (((row[Math.floor(x / 8)] ?? 0) & (128 >> (x % 8))) !== 0) context.fillRect(x, top + y, 1, 1);
        }
      });
    }
    if (item.kind === 'code') {
      const { code, side } = symbolOf(item.content, item.dots);
      const left = Math.floor((((item.area === 0 ? width : item.area) - side) * item.align) / 2);
      for (let y = 0; y < side; y += 1) {
        for (let x = 0; x < side; x += 1) {
          const dark = code.isDark(Math.floor(y / item.dots), Math.floor(x / item.dots));
          if (dark) context.fillRect(left + x, top + y, 1, 1);
        }
      }
    }
    if (item.kind === 'cut') context.fillRect(0, top + 8, width, 1);
    top += heights[index] ?? 0;
  });
  return canvas;
};

const symbolOf = (content: string, dots: number) => {
  const code = qrcode(0, 'M');
  code.addData(content, 'Byte');
  code.make();
  return { code, side: code.getModuleCount() * dots };
};

const heightOf = (item: Printed): number => {
  switch (item.kind) {
    case 'line':
      return 30 * ((item.size & 7) + 1);
    case 'picture':
      return item.rows.length;
    case 'code':
      return symbolOf(item.content, item.dots).side;
    case 'feed':
      return item.dots;
    case 'cut':
      return 16;
  }
};

/** The same as text: what the printer drew itself, and where it was given a picture, that there is one. */
export const paperTextOf = ({ items, pulses }: Print): string =>
  [
    ...pulses.map(({ pin, on_ms }) => `[drawer ${String(pin)} opened, ${String(on_ms)} ms]`),
    ...items.flatMap((item) => textOf(item)),
  ]
    .map((line) => `${line}\n`)
    .join('');

const textOf = (item: Printed): readonly string[] => {
  switch (item.kind) {
    case 'line':
      return [item.text];
    case 'picture':
      return [`[picture of ${String((item.rows[0]?.length ?? 0) * 8)} x ${String(item.rows.length)} dots]`];
    case 'code':
      return [`[code: ${item.content}]`];
    case 'feed':
      return [];
    case 'cut':
      return ['[cut]'];
  }
};

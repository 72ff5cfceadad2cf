import { z } from 'zod';
import { paperLanguages, paperNumerals, type PaperSettings } from '../domain/paper.js';

/**
 * An object with just these fields. It is read in the order of its canonical text, so that what was read need not be put
 * in order to be written.
 */
export const record = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(Object.fromEntries(Object.entries(shape).sort(([a], [b]) => (a < b ? -1 : 1))) as Shape);

/** Text of people: well-formed Unicode without NUL, so that every database and printer can hold it. */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => value.isWellFormed() && !value.includes('\u0000'), 'holds characters that are not text');

/** Dots of a line on the narrowest roll: a wider picture would fail every paper there. */
const logoWidthMax = 384;

const logo = record({
  width: z.int().min(8).max(logoWidthMax).multipleOf(8),
  height: z.int().min(1).max(384),
  dots: z.base64().max(24_576),
}).refine(({ width, height, dots }) => Buffer.from(dots, 'base64').length === (width / 8) * height, {
  error: 'has another number of dots than its width and height say',
  path: ['dots'],
});

const said = (max: number) => text(max).refine((value) => value.trim() !== '', 'is empty');

/** How a shop wants its papers: limits that keep every paper printable. */
export const paperSettings = record({
  shop_name: said(200).exactOptional(),
  address: z.array(said(200)).max(6).exactOptional(),
  tax_number: said(50).exactOptional(),
  logo: logo.exactOptional(),
  footer: z.array(said(200)).max(10).exactOptional(),
  language: z.enum(paperLanguages).exactOptional(),
  numerals: z.enum(paperNumerals).exactOptional(),
  second_currency: z
    .string()
    .regex(/^[A-Z]{3}$/u)
    .exactOptional(),
  tax_invoice: z.enum(['simplified', 'zatca']).exactOptional(),
}) satisfies z.ZodType<PaperSettings>;

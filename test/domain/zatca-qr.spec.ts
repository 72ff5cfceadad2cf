import { type ZatcaInvoice, zatcaQr } from '../../src/domain/zatca-qr.js';
import { errorWith } from '../errors.js';

const bobs: ZatcaInvoice = {
  seller_name: 'Bobs Records',
  vat_number: '310122393500003',
  issued_at: '2022-04-25T15:30:00Z',
  total_minor: 100_000,
  tax_minor: 15_000,
  currency: 'SAR',
};

/** Reads the fields back as a shopper's scanner does. */
const fieldsIn = (code: string): readonly (readonly [number, string])[] => {
  const bytes = Buffer.from(code, 'base64');
  const fields: [number, string][] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt8(at + 1);
    fields.push([bytes.readUInt8(at), bytes.toString('utf8', at + 2, at + 2 + length)]);
    at += 2 + length;
  }
  return fields;
};

describe('The QR code of a simplified tax invoice of Saudi Arabia', () => {
  it('is the published one for the published invoice', () => {
    expect(zatcaQr(bobs)).toBe(
      'AQxCb2JzIFJlY29yZHMCDzMxMDEyMjM5MzUwMDAwMwMUMjAyMi0wNC0yNVQxNTozMDowMFoEBzEwMDAuMDAFBjE1MC4wMA==',
    );
  });

  it('gives an Arabic seller, the number, the time and both amounts back', () => {
    expect(fieldsIn(zatcaQr({ ...bobs, seller_name: 'مخبز البيت', total_minor: 1291, tax_minor: 66 }))).toEqual([
      [1, 'مخبز البيت'],
      [2, '310122393500003'],
      [3, '2022-04-25T15:30:00Z'],
      [4, '12.91'],
      [5, '0.66'],
    ]);
  });

  it('counts bytes, not letters: 63 Arabic letters and a digit fit, 64 letters are refused, and so is no name', () => {
    const name = 'م'.repeat(63);
    expect(fieldsIn(zatcaQr({ ...bobs, seller_name: `${name}1` }))[0]).toEqual([1, `${name}1`]);
    for (const [seller_name, bytes] of [
      [`${name}م`, 128],
      ['', 0],
    ] as const) {
      expect(() => zatcaQr({ ...bobs, seller_name })).toThrow(
        errorWith({ code: 'TAX_QR_UNFIT', details: { field: 'seller_name', bytes, limit: 127 } }),
      );
    }
    expect(() => zatcaQr({ ...bobs, vat_number: '3'.repeat(128) })).toThrow(errorWith({ code: 'TAX_QR_UNFIT' }));
  });
});

import { formatMinor, type Minor } from './money.js';
import { Refusal } from './refusal.js';

/** What the QR code on a simplified tax invoice of Saudi Arabia says, in the first phase of its rules. */
export interface ZatcaInvoice {
  readonly seller_name: string;
  readonly vat_number: string;
  /** ISO 8601 in UTC, to the second. */
  readonly issued_at: string;
  /** With tax. */
  readonly total_minor: Minor;
  readonly tax_minor: Minor;
  readonly currency: string;
}

/** The length of a field is one byte, and readers differ on what its highest bit means. */
const fieldBytesMax = 127;

/**
 * The content of the code: base64 over five fields, each as its number, the bytes of its text in UTF-8, and the text
 * (ZATCA, “Security Features Implementation Standards”, tags 1 to 5). Golden vectors stand in its specification.
 * @throws Refusal TAX_QR_UNFIT when a field is empty or takes more than 127 bytes; an Arabic letter takes two
 */
export const zatcaQr = (invoice: ZatcaInvoice): string => {
  const { seller_name, vat_number, issued_at, total_minor, tax_minor, currency } = invoice;
  const fields = {
    seller_name,
    vat_number,
    issued_at,
    total_minor: formatMinor(total_minor, currency),
    tax_minor: formatMinor(tax_minor, currency),
  };
  const bytes = Object.entries(fields).flatMap(([field, text], index) => {
    const value = new TextEncoder().encode(text);
    if (value.length === 0 || value.length > fieldBytesMax) throw unfit(field, value.length);
    return [index + 1, value.length, ...value];
  });
  return btoa(String.fromCharCode(...bytes));
};

const unfit = (field: string, bytes: number): Refusal =>
  new Refusal(
    'TAX_QR_UNFIT',
    `The tax authority's QR code takes 1 to ${fieldBytesMax} bytes for “${field}”, and this takes ${bytes}. ` +
      'No money moved; give the shop a shorter name or its right tax number.',
    { field, bytes, limit: fieldBytesMax },
  );

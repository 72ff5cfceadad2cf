import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { hash } from '@node-rs/argon2';
import { z } from 'zod';
import type { Product, StaffMember } from '../catalog/catalog.js';
import { outlineSchema, productSchema, staffSchema } from '../catalog/catalog-schema.js';
import { fileLines } from '../catalog/csv-cells.js';
import { ProductsFault, ProductsReading, productRows, readProductFile } from '../catalog/product-file.js';
import { weaknessOf } from '../domain/pin.js';
import { giveWay, type Ports } from '../ports.js';
import {
  type Draft,
  type DraftEditor,
  editDraft,
  productsOf,
  putProducts,
  putStaff,
  removeItems,
  staffOf,
  viewDraft,
} from './catalog-draft.js';
import type { CentralDatabase, Transaction } from './database.js';
import { pruneOverrides } from './override-rows.js';
import { Problem, ProblemList } from './problem.js';

/** So many items change with one request; more come as a file. */
export const itemsMax = 1000;

/** What names a product, somebody or a category. */
export const key = z.string().min(1).max(200);

/** Why a text would not come back unchanged out of a file; undefined when it would. */
const unsteadyText = (text: string): boolean => text !== text.trim() || /\p{Cc}/u.test(text);

const steadyProduct = productSchema
  .refine(({ code, name, category }) => ![code, name, category ?? ''].some(unsteadyText), {
    message: 'code, name and category must be without control characters and without spaces at their ends',
  })
  .refine(({ category }) => category !== '', { message: 'a category that is left out is null' })
  .refine(({ barcodes }) => !barcodes.some((barcode) => /[|\s]/u.test(barcode)), {
    message: 'a barcode is without spaces and without |',
  });

/** Products that are put into the draft, in the place of those with the same code, and codes of those that go. */
export const productsEditSchema = z.strictObject({
  put: z.array(steadyProduct).max(itemsMax).default([]),
  remove: z.array(key).max(itemsMax).default([]),
});

/** People who are put into the draft, in the place of those with the same staff_id, and staff_ids of those who go. */
export const staffEditSchema = z.strictObject({
  put: z
    .array(
      staffSchema.omit({ pin_hash: true, staff_id: true }).extend({
        /** Left out for somebody new. */
        staff_id: key.exactOptional(),
        /** The new PIN; null takes the PIN away; left out, the one before stays. */
        pin: z.string().max(100).nullable().exactOptional(),
      }),
    )
    .max(100)
    .default([]),
  remove: z.array(key).max(itemsMax).default([]),
});

/** Everything in the draft but its products and staff. */
export const draftTermsSchema = outlineSchema.omit({ products: true, staff: true });

/** Gives a category another name, or none, on every product that has it. */
export const categoryEditSchema = z.strictObject({ category: key, renamed_to: key.nullable() });

/** How a file of products meets those that are there: `replace` takes out what the file does not name. */
export const importQuerySchema = z.strictObject({ mode: z.enum(['replace', 'merge']).default('replace') });

/** How a file is written: what stands between its cells, which a spreadsheet takes from the country of the computer. */
export const exportQuerySchema = z.strictObject({ separator: z.enum(['comma', 'semicolon']).default('comma') });

/** What a refused export is told. */
export const exportTakes = 'An export takes separator: comma or semicolon.';

/** What {@link exportQuerySchema} reads. */
export type ExportQuery = z.infer<typeof exportQuerySchema>;

/** Changes products. @returns the revision from then on. @throws Problem */
export const editProducts = (
  db: CentralDatabase,
  editor: DraftEditor,
  { put, remove }: z.infer<typeof productsEditSchema>,
  ports: Ports,
): Promise<number> =>
  editDraft(db, editor, ports, async (transaction) => {
    checkOnce([...put.map(({ code }) => code), ...remove]);
    await removeItems(transaction, editor.tenant_id, 'products', remove);
    await putProducts(transaction, editor.tenant_id, put);
    await pruneOverrides(transaction, editor.tenant_id);
    return {};
  });

/** Refuses an edit that names a thing twice. @throws Problem REQUEST_INVALID 422 */
export const checkOnce = (keys: readonly string[]): void => {
  const twice = keys.find((one, index) => keys.indexOf(one) !== index);
  if (twice === undefined) return;
  throw new Problem(422, 'REQUEST_INVALID', `“${twice}” appears twice. Nothing was changed.`);
};

/** Gives a category another name. @returns the revision from then on. @throws Problem */
export const renameCategory = (
  db: CentralDatabase,
  editor: DraftEditor,
  { category, renamed_to }: z.infer<typeof categoryEditSchema>,
  ports: Ports,
): Promise<number> =>
  editDraft(db, editor, ports, async (transaction) => {
    const products = (await productsOf(transaction, editor.tenant_id)).filter((one) => one.category === category);
    if (products.length === 0) {
      throw new Problem(422, 'REQUEST_INVALID', `No product is in the category “${category}”. Nothing was changed.`);
    }
    const renamed = products.map((product) => ({ ...product, category: renamed_to }));
    await putProducts(transaction, editor.tenant_id, renamed);
    return {};
  });

type PutStaff = z.infer<typeof staffEditSchema>['put'][number];

/** Changes the staff; PINs are kept as hashes only. @returns the revision from then on. @throws Problem */
export const editStaff = async (
  db: CentralDatabase,
  editor: DraftEditor,
  { put, remove }: z.infer<typeof staffEditSchema>,
  ports: Ports,
): Promise<number> => {
  checkPins(put);
  // Hashing takes long, so it is done before anybody waits for the draft.
  const hashed = await Promise.all(put.map(withHash));
  return editDraft(db, editor, ports, async (transaction) => {
    checkOnce([...put.flatMap(({ staff_id }) => staff_id ?? []), ...remove]);
    const known = new Map((await staffOf(transaction, editor.tenant_id)).map((one) => [one.staff_id, one]));
    const people = hashed.map(({ asked, pin_hash }) => {
      const before = asked.staff_id === undefined ? null : known.get(asked.staff_id);
      if (before !== undefined) return personAfter(before, asked, pin_hash, ports);
      throw new Problem(422, 'REQUEST_INVALID', `Nobody has the staff_id “${String(asked.staff_id)}”.`);
    });
    await removeItems(transaction, editor.tenant_id, 'staff', remove);
    await putStaff(transaction, editor.tenant_id, people);
    return {};
  });
};

const withHash = async (
  asked: PutStaff,
): Promise<{ readonly asked: PutStaff; readonly pin_hash: string | null | undefined }> => ({
  asked,
  pin_hash: typeof asked.pin === 'string' ? await hash(asked.pin) : asked.pin,
});

/** @param given undefined keeps the PIN of before */
const personAfter = (
  before: StaffMember | null,
  { pin: _pin, staff_id, ...person }: PutStaff,
  given: string | null | undefined,
  ports: Ports,
): StaffMember => {
  const kept = before?.pin_hash ?? null;
  if (given === undefined && kept !== null && before?.role !== 'manager' && person.role === 'manager') {
    throw new Problem(422, 'PIN_WEAK', `${person.name} needs a new PIN: a manager's is longer. Nothing was changed.`);
  }
  return {
    ...person,
    staff_id: staff_id ?? ports.randomness.uuid(),
    pin_hash: given === undefined ? kept : given,
  };
};

const checkPins = (put: z.infer<typeof staffEditSchema>['put']): void => {
  const weak = put.flatMap(({ pin, role, name }) => {
    const weakness = typeof pin === 'string' ? weaknessOf(pin, role) : null;
    return weakness === null ? [] : [`${name}: the PIN ${weakness}.`];
  });
  if (weak.length > 0) throw new ProblemList(422, 'PIN_WEAK', 'Choose another PIN. Nothing was changed.', weak);
};

/** Changes everything but products and staff. @returns the revision from then on. @throws Problem */
export const editTerms = (
  db: CentralDatabase,
  editor: DraftEditor,
  terms: z.infer<typeof draftTermsSchema>,
  ports: Ports,
): Promise<number> =>
  editDraft(db, editor, ports, async (transaction, draft) => {
    if (terms.currency !== draft.terms.currency && (await countProducts(transaction, editor.tenant_id)) > 0) {
      const hint = `The prices are in ${draft.terms.currency}. Take the products out before you change the base currency.`;
      throw new Problem(422, 'REQUEST_INVALID', hint);
    }
    return { terms };
  });

const countProducts = async (transaction: Transaction, tenant_id: string): Promise<number> => {
  const { rows } = await transaction.query<{ n: number }>(
    `SELECT count(*) AS n FROM catalog_draft_items WHERE tenant_id = $1 AND list = 'products'`,
    [tenant_id],
  );
  return rows[0]?.n ?? 0;
};

/** What an import did. */
export interface Imported {
  readonly revision: number;
  /** So many products were in the file. */
  readonly products_count: number;
  /** So many of them are new, and so many others are not as they were. */
  readonly added_count: number;
  readonly changed_count: number;
  /** So many products are gone, because the file did not name them. */
  readonly removed_count: number;
}

/**
 * Takes a file of products into the draft, all of it or nothing. A product that is there already keeps its dated prices.
 * @throws ProblemList CATALOG_INVALID 422 that names every row that cannot be used; Problem
 */
export const importProducts = async (
  db: CentralDatabase,
  editor: DraftEditor,
  { csv, mode }: { readonly csv: Buffer } & z.infer<typeof importQuerySchema>,
  ports: Ports,
): Promise<Imported> => {
  let counts = { products_count: 0, added_count: 0, changed_count: 0, removed_count: 0 };
  const revision = await editDraft(db, editor, ports, async (transaction, { terms }) => {
    const { tenant_id } = editor;
    const reading = new ProductsReading(terms.currency, terms.taxes);
    const pieces = Readable.from(piecesOf(csv), { objectMode: false });
    const read = await readingFile(readProductFile(pieces, reading));
    const known = new Map((await productsOf(transaction, tenant_id)).map((product) => [product.code, product]));
    const products = read.map((product) => withDatedPrices(product, known.get(product.code)));
    if (mode === 'replace') await removeItems(transaction, tenant_id, 'products');
    await putProducts(transaction, tenant_id, products);
    await pruneOverrides(transaction, tenant_id);
    counts = await countsOf(products, known, mode);
    return { terms: { ...terms, taxes: [...reading.taxes.values()] } };
  });
  return { revision, ...counts };
};

const countsOf = async (
  products: readonly Product[],
  known: ReadonlyMap<string, Product>,
  mode: z.infer<typeof importQuerySchema>['mode'],
): Promise<Omit<Imported, 'revision'>> => {
  let [same, changed_count] = [0, 0];
  for (const [index, product] of products.entries()) {
    const before = known.get(product.code);
    if (before && isDeepStrictEqual(before, product)) same += 1;
    else if (before) changed_count += 1;
    if (index % stepLines === 0) await giveWay();
  }
  const kept = same + changed_count;
  const removed_count = mode === 'replace' ? known.size - kept : 0;
  return { products_count: products.length, added_count: products.length - kept, changed_count, removed_count };
};

const withDatedPrices = ({ prices: said, ...product }: Product, before: Product | undefined): Product => {
  const prices = said ?? before?.prices ?? [];
  return prices.length === 0 ? product : { ...product, prices };
};

/** Waits for a file that is read. @throws ProblemList CATALOG_INVALID 422 that names every row that cannot be used */
export const readingFile = async <Read>(reading: Promise<Read>): Promise<Read> => {
  try {
    return await reading;
  } catch (cause) {
    if (!(cause instanceof ProductsFault)) throw cause;
    const rows = cause.rows.map(({ line, reason }) => `line ${String(line)}: ${reason}`);
    throw new ProblemList(422, 'CATALOG_INVALID', cause.message, rows);
  }
};

/** A file as a stream would bring it. */
export function* piecesOf(bytes: Buffer): Generator<Buffer> {
  const size = 64 * 1024;
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

/** So many lines of a file are written before others have their turn. */
const stepLines = 2000;

/** The products of the draft as a file that {@link importProducts} takes back unchanged. */
export const exportProducts = async (
  db: CentralDatabase,
  tenant_id: string,
  { separator }: ExportQuery,
  ports: Ports,
): Promise<string> => {
  const { products, currency } = await viewDraft(db, tenant_id, ports, async (transaction, { terms }: Draft) => ({
    products: await productsOf(transaction, tenant_id),
    currency: terms.currency,
  }));
  return joined(fileLines(productRows(products, currency), separator));
};

/** The lines of a file as one text; others have their turn meanwhile. */
export const joined = async (lines: Iterable<string>): Promise<string> => {
  const all: string[] = [];
  for (const line of lines) {
    all.push(line);
    if (all.length % stepLines === 0) await giveWay();
  }
  return all.join('');
};

import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { BadCatalog, type Catalog, type CatalogContent, makeCatalogInSteps } from '../catalog/catalog.js';
import { contentOfStore, type StoreOverrides } from '../catalog/store-overrides.js';
import { canonical } from '../events/envelope.js';
import { giveWay, givingWay, type Ports } from '../ports.js';
import type { CentralDatabase, Transaction } from './database.js';
import type { KnownTerminal } from './enrolment.js';
import { Problem } from './problem.js';
import { quotedUuid } from './tenant.js';

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** A published catalog as it is stored. */
export interface PublishedCatalog {
  readonly catalog_version: number;
  readonly checksum: string;
  /** The whole document as terminals get it, compressed with gzip. */
  readonly document: Buffer;
}

/** Who publishes, and whether it is an older version again. */
export interface Publication {
  /** By name. */
  readonly by: string;
  readonly restored_from?: number;
  /** What stores have of their own, by store_id; none when left out. */
  readonly overrides?: ReadonlyMap<string, StoreOverrides>;
  readonly ports: Ports;
}

/** SQL that lets one after another publish in whichever copy of central. It travels with the BEGIN. */
export const publishLock = (tenant_id: string): readonly string[] => [
  `SELECT pg_advisory_xact_lock(hashtextextended('catalogs of ' || ${quotedUuid(tenant_id)}, 42))`,
];

/**
 * Publishes a catalog for every terminal of the tenant, as the next version. Must be inside a transaction that took
 * {@link publishLock}.
 * @returns the new version; the first one is 1
 * @throws Problem CATALOG_INVALID 422; nothing is published then
 */
export const publishContent = async (
  transaction: Transaction,
  tenant_id: string,
  content: CatalogContent,
  { by, restored_from, overrides = new Map(), ports }: Publication,
): Promise<number> => {
  const version = (await newestVersion(transaction, tenant_id)) + 1;
  await check(version, content);
  const { checksum, document } = editionOf(version, content);
  await transaction.query(
    `INSERT INTO catalogs (tenant_id, catalog_version, checksum, document, products_count, restored_from, published_by,
       published_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      ...[tenant_id, version, checksum, await pack(document), content.products.length],
      ...[restored_from ?? null, by, new Date(ports.clock.wall())],
    ],
  );
  await transaction.query('DELETE FROM store_catalogs WHERE tenant_id = $1', [tenant_id]);
  for (const [store_id, own] of overrides) {
    await storeEdition(transaction, { tenant_id, store_id }, own, editionOf(version, contentOfStore(content, own)));
    await giveWay();
  }
  return version;
};

const storeEdition = async (
  transaction: Transaction,
  { tenant_id, store_id }: { readonly tenant_id: string; readonly store_id: string },
  overrides: StoreOverrides,
  { catalog_version, checksum, document }: Edition,
): Promise<void> => {
  await transaction.query(
    `INSERT INTO catalog_overrides (tenant_id, store_id, catalog_version, checksum, overrides) VALUES ($1, $2, $3, $4, $5)`,
    [tenant_id, store_id, catalog_version, checksum, JSON.stringify(overrides)],
  );
  await transaction.query(
    `INSERT INTO store_catalogs (tenant_id, store_id, catalog_version, checksum, document) VALUES ($1, $2, $3, $4, $5)`,
    [tenant_id, store_id, catalog_version, checksum, await pack(document)],
  );
};

/** Publishes a catalog as {@link publishContent} does, in a transaction of its own. */
export const publishCatalog = (
  db: CentralDatabase,
  tenant_id: string,
  content: CatalogContent,
  ports: Ports,
): Promise<number> =>
  db.inTenant(
    tenant_id,
    (transaction) => publishContent(transaction, tenant_id, content, { by: 'tillog', ports }),
    publishLock(tenant_id),
  );

/** The newest version that was published; 0 when none was. */
export const newestVersion = async (transaction: Transaction, tenant_id: string): Promise<number> => {
  const { rows } = await transaction.query<{ newest: number }>(
    'SELECT coalesce(max(catalog_version), 0) AS newest FROM catalogs WHERE tenant_id = $1',
    [tenant_id],
  );
  return rows[0]?.newest ?? 0;
};

interface Edition {
  readonly catalog_version: number;
  readonly checksum: string;
  readonly document: string;
}

/** A content as it is published. It was checked before, so that a chain of many stores does not wait for that again. */
const editionOf = (catalog_version: number, content: CatalogContent): Edition => {
  const text = canonical(content);
  const checksum = createHash('sha256').update(text, 'utf8').digest('hex');
  // The content stands in its canonical form, so that the document hashes to its checksum as it is.
  const document = `{"catalog_version":${String(catalog_version)},"checksum":"${checksum}","content":${text}}`;
  return { catalog_version, checksum, document };
};

const check = async (version: number, content: CatalogContent): Promise<void> => {
  try {
    await givingWay(makeCatalogInSteps(version, content));
  } catch (cause) {
    if (cause instanceof BadCatalog) throw new Problem(422, 'CATALOG_INVALID', cause.detail);
    throw cause;
  }
};

/** The newest catalog of the store to which a terminal belongs now, if it is newer than `since`. */
export const newestCatalog = (
  db: CentralDatabase,
  { tenant_id, terminal_id }: KnownTerminal,
  since: number,
): Promise<PublishedCatalog | undefined> =>
  db.inTenant(tenant_id, async (transaction) => {
    const { rows } = await transaction.query<PublishedCatalog>(
      `SELECT c.catalog_version, coalesce(s.checksum, c.checksum) AS checksum, coalesce(s.document, c.document) AS document
       FROM catalogs c LEFT JOIN store_catalogs s ON s.tenant_id = c.tenant_id AND s.catalog_version = c.catalog_version
         AND s.store_id = (SELECT store_id FROM terminals WHERE tenant_id = $1 AND terminal_id = $2)
       WHERE c.tenant_id = $1 AND c.catalog_version > $3 ORDER BY c.catalog_version DESC LIMIT 1`,
      [tenant_id, terminal_id, since],
    );
    return rows[0];
  });

/** The document of a published catalog as text. */
export const unpackDocument = async (document: Buffer): Promise<string> => (await unpack(document)).toString('utf8');

/**
 * What one version says.
 * @throws Problem CATALOG_UNKNOWN 404
 */
export const contentOfVersion = async (
  transaction: Transaction,
  tenant_id: string,
  catalog_version: number,
): Promise<CatalogContent> => {
  const { rows } = await transaction.query<{ document: Buffer }>(
    'SELECT document FROM catalogs WHERE tenant_id = $1 AND catalog_version = $2',
    [tenant_id, catalog_version],
  );
  const [row] = rows;
  if (!row) throw new Problem(404, 'CATALOG_UNKNOWN', 'There is no published catalog with this version.');
  // It was checked when it was published, and nobody can change it since.
  return (JSON.parse(await unpackDocument(row.document)) as Catalog).content;
};

/** What stores had of their own in one version, by store_id. */
export const overridesOfVersion = async (
  transaction: Transaction,
  tenant_id: string,
  catalog_version: number,
): Promise<ReadonlyMap<string, StoreOverrides>> => {
  const { rows } = await transaction.query<{ store_id: string; overrides: string }>(
    'SELECT store_id, overrides FROM catalog_overrides WHERE tenant_id = $1 AND catalog_version = $2 ORDER BY store_id',
    [tenant_id, catalog_version],
  );
  return new Map(rows.map(({ store_id, overrides }) => [store_id, JSON.parse(overrides) as StoreOverrides]));
};

import { readFile } from 'node:fs/promises';
import { BadCatalog, type Catalog, makeCatalog } from '../catalog/catalog.js';
import { outlineSchema } from '../catalog/catalog-schema.js';
import type { Ports } from '../ports.js';
import { changeCatalogAtRest } from './catalog-at-rest.js';
import { enrolledFault, ImportFault } from './catalog-import.js';
import { type AppliedCatalog, nextImportedVersion } from './catalog-swap.js';
import { isEnrolled } from './enrolment.js';
import type { Recorder } from './recorder.js';
import { StaffUnreadable } from './sign-in.js';

/** How `tillog catalog settings` was called. */
export interface SettingsFile {
  readonly path: string;
  readonly dataDir: string;
  readonly ports: Ports;
}

const named = outlineSchema.pick({ currencies: true, methods: true, taxes: true, settings: true }).partial();

/**
 * Gives a terminal that is not enrolled, and that no other program has open, other currencies, methods of payment, taxes
 * or settings: each that the JSON file names, whole. Products, staff and what it does not name stay.
 * @throws ImportFault, StaffUnreadable, DataFolderFault, DamagedLog
 */
export const applySettingsFile = ({ path, dataDir, ports }: SettingsFile): Promise<AppliedCatalog> =>
  changeCatalogAtRest({ dataDir, ports, reason: 'settings were imported' }, async (terminal) => {
    if (isEnrolled(terminal)) throw enrolledFault();
    return withSettings(await readJson(path), terminal.recorder);
  });

const readJson = async (path: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new ImportFault('FILE_UNREADABLE', `${path} cannot be read as JSON. Nothing was changed.`, [], { cause });
  }
};

const withSettings = (file: unknown, recorder: Recorder): Catalog => {
  const { catalog } = recorder;
  if (!catalog.staffReadable) throw new StaffUnreadable();
  const { content } = catalog;
  if (!content) throw new ImportFault('CATALOG_INVALID', 'This till has no catalog yet: import its products first.');
  const read = named.safeParse(file);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw invalid(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it does not match its schema.'}`, read.error);
  }
  try {
    // Read as a whole again, which also finds what does not fit together.
    return makeCatalog(nextImportedVersion(recorder), { ...content, ...(read.data as Partial<typeof content>) });
  } catch (cause) {
    if (!(cause instanceof BadCatalog)) throw cause;
    throw invalid(cause.detail, cause);
  }
};

const invalid = (detail: string, cause: Error): ImportFault =>
  new ImportFault('CATALOG_INVALID', `${detail} Nothing was changed.`, [], { cause });

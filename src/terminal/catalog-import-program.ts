import { createReadStream } from 'node:fs';
import type { Ports } from '../ports.js';
import { changeCatalogAtRest } from './catalog-at-rest.js';
import { enrolledFault, readImport } from './catalog-import.js';
import type { AppliedCatalog } from './catalog-swap.js';
import { isEnrolled } from './enrolment.js';

/** How `tillog catalog import` was called. */
export interface ImportSettings {
  readonly path: string;
  readonly dataDir: string;
  /** ISO 4217; that of the catalog in use, or USD, when left out. */
  readonly currency: string | undefined;
  readonly ports: Ports;
}

/**
 * Imports a file of products into the terminal of a folder that no other program has open and that is not enrolled.
 * Whoever may write the folder may do so, as with the first staff: there may be nobody yet who could sign in.
 * @throws ImportFault, Refusal UNKNOWN_CURRENCY or CURRENCY_CHANGED, StaffUnreadable, DataFolderFault, DamagedLog
 */
export const importCatalogFile = ({ path, dataDir, currency, ports }: ImportSettings): Promise<AppliedCatalog> =>
  changeCatalogAtRest({ dataDir, ports, reason: 'a catalog was imported' }, (terminal) => {
    if (isEnrolled(terminal)) throw enrolledFault();
    return readImport({ open: () => createReadStream(path), currency }, terminal.recorder);
  });

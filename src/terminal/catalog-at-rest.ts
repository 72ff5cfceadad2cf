import type { Catalog } from '../catalog/catalog.js';
import type { Ports } from '../ports.js';
import { type AppliedCatalog, swapCatalog } from './catalog-swap.js';
import { Terminal } from './terminal.js';

/** Where a catalog is changed while nothing is sold, and what the log says of it. */
export interface ChangeAtRest {
  readonly dataDir: string;
  readonly ports: Ports;
  /** Why the terminal, started for this alone, stopped again. */
  readonly reason: string;
}

/**
 * Puts another catalog in use on a terminal that no other program has open.
 * @param make reads or makes it; when it throws, nothing is recorded
 * @throws DataFolderFault, DamagedLog, and what {@link swapCatalog} and `make` throw
 */
export const changeCatalogAtRest = async (
  { dataDir, ports, reason }: ChangeAtRest,
  make: (terminal: Terminal) => Promise<Catalog>,
): Promise<AppliedCatalog> => {
  const terminal = Terminal.open({
    dataDir,
    ports,
    onCommitUnknown: (fault) => {
      throw fault;
    },
  });
  try {
    const made = await make(terminal);
    if (terminal.recorder.log.head === null) terminal.start();
    const request = { key: null, body: null, staff_id: null };
    const applied = await swapCatalog(terminal.recorder, { request, catalog: () => Promise.resolve(made) });
    if (terminal.started) terminal.recordStop(reason);
    else terminal.recorder.witness();
    return applied;
  } finally {
    terminal.close();
  }
};

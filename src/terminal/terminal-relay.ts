import { readCatalog } from '../catalog/catalog.js';
import type { Link } from '../outbox/delivery.js';
import { Relay } from '../outbox/relay.js';
import type { Ports } from '../ports.js';
import { ApplyCatalog, ApplyCatalogHandler } from './commands/apply-catalog.js';
import type { Terminal } from './terminal.js';

/** How a terminal's relay runs. */
export interface RelayOptions {
  readonly ports: Ports;
  /** Null while the terminal is not enrolled: it sells, and nothing is sent. */
  readonly link: Link | null;
  /** The healthy pause between two exchanges, in ms. */
  readonly intervalMs: number;
  /** Whether the terminal sells from the catalog that central publishes. */
  readonly takesCatalog: boolean;
  readonly onBroken: (cause: unknown) => void;
}

/** The relay of one terminal; not started yet. */
export const relayOf = ({ recorder }: Terminal, options: RelayOptions): Relay => {
  const { ports, link, intervalMs, takesCatalog, onBroken } = options;
  const applier = new ApplyCatalogHandler(recorder);
  return new Relay({
    outbox: recorder.outbox,
    ports,
    link: () => link,
    signHead: () => recorder.signHead(),
    // A catalog whose PINs do not open any more is asked for again.
    catalogVersion: () => (recorder.catalog.staffReadable ? recorder.catalog.version : 0),
    keepStock: (stock, downloaded_at) => recorder.stock.keep(stock, downloaded_at),
    wake$: recorder.commits$,
    intervalMs,
    onBroken,
    ...(takesCatalog ? { applyCatalog: (value) => applier.execute(new ApplyCatalog(readCatalog(value))) } : {}),
  });
};

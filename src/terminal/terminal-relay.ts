import { readCatalogInSteps } from '../catalog/catalog.js';
import { DeliveryFault, type Link } from '../outbox/delivery.js';
import { Relay } from '../outbox/relay.js';
import { givingWay, type Ports } from '../ports.js';
import { swapCatalog } from './catalog-swap.js';
import type { Recorder } from './recorder.js';
import { DiskFull } from './recording-fault.js';
import type { Terminal } from './terminal.js';
import { keepToken, rotateToken, withEarlierToken } from './token-rotation.js';

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
export const relayOf = (terminal: Terminal, options: RelayOptions): Relay => {
  const { recorder } = terminal;
  const { ports, intervalMs, takesCatalog, onBroken } = options;
  let inUse = options.link;
  let link = inUse;
  return new Relay({
    outbox: recorder.outbox,
    ports,
    link: () => link,
    rotateToken: async (present, signal) => {
      link = inUse = await rotateToken(terminal, ports, present, signal);
    },
    tryEarlierToken: () => {
      const earlier = link && withEarlierToken(terminal, link);
      // When central takes none of them, it is asked with the one in use again.
      link = earlier ?? inUse;
      return Boolean(earlier);
    },
    keepToken: () => {
      if (link && link !== inUse) keepToken(terminal, link);
      inUse = link;
    },
    signHead: () => recorder.signHead(),
    catalogVersion: () => usableVersion(recorder),
    keepStock: (stock, downloaded_at) => recorder.stock.keep(stock, downloaded_at),
    startEpoch: (least) => terminal.startEpoch(least, 'central has another past of this log'),
    wake$: recorder.commits$,
    intervalMs,
    onBroken,
    ...(takesCatalog ? { applyCatalog: (value) => applyCatalog(recorder, value) } : {}),
  });
};

/** A catalog whose PINs do not open any more, or that another store sells from, is asked for again. */
const usableVersion = ({ catalog, identity }: Recorder): number =>
  catalog.staffReadable && (catalog.version <= 0 || catalog.storeId === identity.store_id) ? catalog.version : 0;

const applyCatalog = async (recorder: Recorder, value: unknown): Promise<void> => {
  const request = { key: null, body: null, staff_id: null };
  try {
    await swapCatalog(recorder, { request, catalog: () => givingWay(readCatalogInSteps(value)) });
  } catch (cause) {
    if (!(cause instanceof DiskFull)) throw cause;
    // Nothing is wrong with this catalog: it is asked for again.
    throw new DeliveryFault('busy', 'The disk is full: the new catalog waits. Make space.', 0, { cause });
  }
};

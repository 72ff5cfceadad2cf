import type { IngestParts } from './ingest.js';
import type { Metrics } from './metrics.js';

/** What central was started with; its controllers need nothing else. */
export interface CentralParts extends IngestParts {
  readonly metrics: Metrics;
}

/** Injected into every controller: {@link CentralParts}. */
export const centralParts = Symbol('CentralParts');

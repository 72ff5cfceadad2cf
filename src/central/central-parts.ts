import type { IngestParts } from './ingest.js';

/** What central was started with; its controllers need nothing else. */
export type CentralParts = IngestParts;

/** Injected into every controller: {@link CentralParts}. */
export const centralParts = Symbol('CentralParts');

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** What draws letters. It is loaded when something is drawn for the first time: many a till never does, and it is large. */
export const canvasLibrary = (): typeof import('@napi-rs/canvas') =>
  require('@napi-rs/canvas') as typeof import('@napi-rs/canvas');

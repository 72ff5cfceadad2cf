import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fresh folder; whoever asked for it takes it away again. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'tillog-'));

import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fresh folder; whoever asked for it takes it away again. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'tillog-'));

/** Where Linux offers a folder in memory. */
const memory = '/dev/shm';

/** A fresh folder that is small and need not outlive anything: in memory where there is such a place, to save the disk's time. */
export const passingFolder = (): string => mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'tillog-'));

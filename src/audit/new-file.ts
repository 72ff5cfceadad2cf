import { appendFileSync, closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { moveDurably } from '../events/durable-file.js';
import { errorCode } from '../events/error-code.js';
import { UnusableSource } from './source.js';

type Parts = AsyncIterable<string> | Iterable<string | Uint8Array>;

/**
 * Writes a file part by part under another name and gives it its own once it is whole, so that nobody ever finds half of
 * it. What could not be finished is removed.
 *
 * @param replace whether a file of that name may be replaced
 * @throws UnusableSource when there is such a file, or it cannot be written
 */
export const writeNewFile = async (path: string, parts: Parts, replace: boolean): Promise<void> => {
  const refuseExisting = (): void => {
    if (!replace && existsSync(path)) {
      throw new UnusableSource(`${path} is there already: give another name, or --replace to write over it.`);
    }
  };
  refuseExisting();
  const temporary = `${path}.${String(process.pid)}.part`;
  try {
    await writeParts(temporary, parts);
    refuseExisting();
    moveDurably(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw unwritable(path, cause);
  }
};

/** An error of the file system in words; any other error as it is. */
export const unwritable = (path: string, cause: unknown): unknown => {
  const code = errorCode(cause);
  if (!/^E[A-Z]+$/u.test(code)) return cause;
  return new UnusableSource(`${path} cannot be written (${code}): nothing is there.`, { cause });
};

const writeParts = async (path: string, parts: Parts): Promise<void> => {
  const file = openSync(path, 'wx');
  try {
    for await (const part of parts) appendFileSync(file, part);
  } finally {
    closeSync(file);
  }
};

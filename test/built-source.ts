import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { transformFileSync } from '@swc/core';

/** The sources as they run outside of Jest: ES modules in a folder of their own, which finds the project's packages. */
export interface BuiltSource {
  /** Where `src/x.ts` lies as `x.js`. */
  readonly folder: string;
  /** Takes the folder away. */
  remove(): void;
}

/** Builds the parts of `src` that are named. */
export const buildSource = (...parts: readonly string[]): BuiltSource => {
  const cache = resolve('node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'tillog-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const file of parts.flatMap(filesOf)) {
    const target = join(folder, file.replace(/ts$/u, 'js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, built(resolve('src', file)));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

const filesOf = (part: string): readonly string[] =>
  part.endsWith('.ts')
    ? [part]
    : readdirSync(resolve('src', part), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(part, name));

const built = (path: string): string =>
  transformFileSync(path, {
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2022',
    },
    module: { type: 'es6' },
  }).code;

import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformFileSync } from '@swc/core';

/**
 * Compiles `src` into a folder, so that a test can run a program as a process of its own and kill it, whether or not
 * somebody built the project before.
 * @returns the folder with the compiled files
 */
export const compileSource = (folder: string): string => {
  const source = join(process.cwd(), 'src');
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const path of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts')) continue;
    const to = join(folder, 'dist', path.replace(/\.ts$/u, '.js'));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, compile(join(source, path)));
  }
  return join(folder, 'dist');
};

const compile = (path: string): string =>
  transformFileSync(path, {
    swcrc: false,
    configFile: false,
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2022',
      keepClassNames: true,
    },
    module: { type: 'es6' },
  }).code;

// Jest runs everything as CommonJS; swc turns the packages that ship as ES modules only into CommonJS on the way in.
const swc = (parser, transform) => ({
  jsc: { parser, transform, target: 'es2022', keepClassNames: true },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
});
const esModulesOnly = [
  '@nestjs',
  'uuid',
  'file-type',
  'strtok3',
  'token-types',
  'uint8array-extras',
  '@tokenizer',
  '@borewit',
  'es-toolkit',
  'load-esm',
  'canonicalize',
  'cookie',
  'content-disposition',
  'node-pg-migrate',
  'glob',
  'csv-parse',
  'minimatch',
  'minipass',
  'path-scurry',
  'lru-cache',
  'brace-expansion',
  'balanced-match',
  '@isaacs',
];
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': ['$1', '$1.js'],
    // It names only an entry for import, which a CommonJS Jest does not look for.
    '^canonicalize$': '<rootDir>/node_modules/canonicalize/lib/canonicalize.js',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      swc({ syntax: 'typescript', decorators: true }, { legacyDecorator: true, decoratorMetadata: true }),
    ],
    '^.+\\.m?js$': ['@swc/jest', swc({ syntax: 'ecmascript' })],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esModulesOnly.join('|')})/)`],
  testTimeout: 120_000,
  maxWorkers: 2,
};

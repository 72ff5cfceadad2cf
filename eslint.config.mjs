import js from '@eslint/js';
import jsdoc from 'eslint-plugin-jsdoc';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/* What nobody writes, anywhere. */
const nowhere = [
  { selector: 'TSEnumDeclaration', message: 'Use a union of strings.' },
  {
    selector: 'CatchClause > BlockStatement[body.length=0]',
    message: 'Deal with the error, or rethrow it with { cause }.',
  },
];

/* An export is declared, documented and found in one place. */
const exportSyntax = ['ExportAllDeclaration', 'ExportNamedDeclaration[declaration=null]'].map((selector) => ({
  selector,
  message: 'Export it where it is declared, and import it from there.',
}));

/* Time and randomness are handed in, so that every run can be repeated. src/ports.ts makes the real ones. */
const handedIn = 'Take it as a parameter; src/ports.ts makes the real one.';
const clockSyntax = [
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: handedIn },
  { selector: 'CallExpression[callee.name="Date"]', message: handedIn },
];
const clockProperties = [
  { object: 'Date', property: 'now', message: handedIn },
  { object: 'Math', property: 'random', message: handedIn },
  ...['randomUUID', 'randomBytes', 'randomInt', 'getRandomValues'].map((property) => ({
    object: 'crypto',
    property,
    message: handedIn,
  })),
];
const clockGlobals = ['setTimeout', 'setInterval'].map((name) => ({ name, message: handedIn }));
const clockImports = [
  {
    name: 'node:crypto',
    importNames: ['randomUUID', 'randomBytes', 'randomInt', 'randomFill', 'randomFillSync', 'webcrypto'],
    message: handedIn,
  },
  { name: 'uuid', importNames: ['v1', 'v4', 'v6', 'v7'], message: handedIn },
  { name: 'node:timers', message: handedIn },
  { name: 'node:timers/promises', message: handedIn },
];

/* Money and quantities are whole numbers; these two invite fractions. */
const wholeNumbers = 'Money and quantities are whole numbers of their smallest unit.';
const fractionProperties = [
  { property: 'toFixed', message: wholeNumbers },
  { object: 'Number', property: 'parseFloat', message: wholeNumbers },
];
const fractionGlobals = [{ name: 'parseFloat', message: wholeNumbers }];

/* A rule of the shop is plain arithmetic: the same answer today, tomorrow and at the auditor's. */
const pure = 'src/domain has no clock, no randomness and nothing asynchronous.';
const pureSyntax = [
  ':function[async=true]',
  'AwaitExpression',
  'ForOfStatement[await=true]',
  'ImportExpression',
  'TSTypeReference[typeName.name=/^(Date|Promise|PromiseLike)$/]',
].map((selector) => ({ selector, message: pure }));
const pureGlobals = [
  'Date',
  'Promise',
  'crypto',
  'performance',
  'process',
  'fetch',
  'queueMicrotask',
  'setImmediate',
].map((name) => ({ name, message: pure }));

/* What must say, where it is exported, what it promises. */
const documented = [
  'ClassDeclaration',
  'FunctionDeclaration',
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
  'VariableDeclaration',
];

const restrict = ({ syntax = [], properties = [], globals = [], imports = [], importPatterns = [] }) => ({
  'no-restricted-syntax': ['error', ...nowhere, ...exportSyntax, ...syntax],
  'no-restricted-properties': ['error', ...fractionProperties, ...properties],
  'no-restricted-globals': ['error', { globals: [...fractionGlobals, ...globals], checkGlobalObject: true }],
  'no-restricted-imports': ['error', { paths: imports, patterns: importPatterns }],
});

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'tillog-data/', 'ui/']),
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'max-lines': ['error', 400],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      // A switch over every event is one decision, however many events there are.
      complexity: ['error', { max: 10, variant: 'modified' }],
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', ...nowhere],
    },
  },
  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/max-params': ['error', { max: 4 }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Nest's modules are empty classes; only the decorator matters.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // Only a type alias, never an interface, can be given where JSON is asked for; so both are in use.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // It asks for the non-null assertion that another rule forbids.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { jsdoc },
    settings: { jsdoc: { mode: 'typescript' } },
    rules: {
      ...restrict({}),
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: true,
          enableFixer: false,
          require: { FunctionDeclaration: false },
          contexts: documented,
        },
      ],
      'jsdoc/require-description': ['error', { contexts: ['ExportNamedDeclaration'] }],
      'jsdoc/check-param-names': ['error', { checkDestructured: false, disableMissingParamChecks: true }],
      'jsdoc/check-tag-names': ['error', { typed: true }],
      'jsdoc/no-types': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/main.ts', 'src/ports.ts'],
    rules: restrict({
      syntax: clockSyntax,
      properties: clockProperties,
      globals: clockGlobals,
      imports: clockImports,
    }),
  },
  {
    files: ['src/domain/**/*.ts'],
    rules: restrict({
      syntax: pureSyntax,
      properties: clockProperties,
      globals: [...clockGlobals, ...pureGlobals],
      importPatterns: [{ regex: '^(?!\\./)', message: 'src/domain imports nothing but itself.' }],
    }),
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
);

import { readFileSync } from 'node:fs';
import { problemCodes } from '../../src/central/problem.js';

test('docs/back-office.md has a row for every code with which central refuses a request', () => {
  const page = readFileSync('docs/back-office.md', 'utf8');
  const rows = [...page.matchAll(/^\| `([A-Z_]+)`/gmu)].map(([, code]) => code);
  expect(rows).toEqual([...problemCodes]);
});

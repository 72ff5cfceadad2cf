import { readFileSync } from 'node:fs';
import type { ShopSettings } from '../../src/catalog/catalog.js';
import { usualPermissions } from '../../src/domain/permission.js';

test('docs/operations.md shows the rights that hold when the catalog says nothing', () => {
  const page = readFileSync('docs/operations.md', 'utf8');
  const shown = /^ {4}"settings": (\{[\s\S]*?^ {4}\})/mu.exec(page)?.[1] ?? '';
  expect((JSON.parse(shown) as ShopSettings).permissions).toEqual(usualPermissions);
});

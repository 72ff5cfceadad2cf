import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventsPage } from './events-page.js';

const path = join(__dirname, '../../docs/events.md');

test('the page of events lists every field of every stored version', () => {
  const page = eventsPage();
  if (process.env['WRITE_DOCS'] !== undefined) writeFileSync(path, page);
  expect(readFileSync(path, 'utf8')).toBe(page);
});

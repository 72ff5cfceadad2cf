import type { RungLine } from '../../src/domain/pricing.js';
import { cheese, coffee, LogFixture, service } from './log-fixture.js';

/** Names that a shop may really have, and names that somebody may try. */
export const strangeNames = [
  'قهوة عربية ٢٥٠ غ',
  '<script>alert(1)</script><img src=x onerror=alert(2)>',
  '"quoted" & \'single\' </td></tr></table>',
  'Coffee\u202Egnp.exe',
  'Bell\u0007 and escape\u001B[31m red',
  'line\u2028break',
  '=HYPERLINK("http://evil")',
] as const;

const named = (name: string, more: Partial<RungLine> = {}): RungLine => ({ ...coffee, name, ...more });

/** A day in which everything happens, under names of every kind; a training session after it. */
export const richDay = (dir: string): LogFixture => {
  const fixture = new LogFixture(dir, 'rich').start();
  fixture.open('2026-01-01');
  for (const name of strangeNames) {
    fixture.sale([named(name), cheese], [{ method: 'cash', amount_minor: 2000 }]);
  }
  fixture.sale([named('Tea شاي', { unit_price_minor: 300 })], [{ method: 'card', amount_minor: 300 }]);
  fixture.sale([coffee, service], [{ method: 'cash', currency: 'LBP', amount_minor: 200_000_000 }], {
    kind: 'percent',
    rate_ppm: 100_000,
    reason: '<b>زبون دائم</b>',
  });
  fixture.refundLast(1000, [{ method: 'cash', amount_minor: 405 }]);
  fixture.sale([coffee], [{ method: 'cash', amount_minor: 450 }]);
  fixture.voidLast();
  fixture.refund([coffee], [{ method: 'cash', amount_minor: 450 }]);
  fixture.move('paid_in', 'USD', 1500);
  fixture.move('paid_out', 'LBP', 500_000);
  fixture.noSale();
  const sale = fixture.events.find(({ type }) => type === 'SaleRecorded');
  fixture.append({
    type: 'ReceiptReprinted',
    data: {
      receipt_local_id: sale?.local_id ?? '',
      receipt_number: sale?.type === 'SaleRecorded' ? sale.data.receipt_number : '',
      copy_no: 1,
      reason: 'فاتورة',
      staff_name: null,
      approver_name: null,
    },
  });
  const head = fixture.log.head;
  if (!head) throw new Error('nothing was recorded');
  fixture.append({
    type: 'LogExported',
    data: { first_seq: 1, head, manifest_sha256: 'ab12'.repeat(16), staff_name: null, approver_name: null },
  });
  fixture.append({
    type: 'ClockJumped',
    data: { expected_at: '2026-01-01T01:00:00.000Z', found_at: '2026-01-01T02:00:00.000Z', jump_ms: 3_600_000 },
  });
  fixture.close([
    { currency: 'LBP', amount_minor: 199_500_000 },
    { currency: 'USD', amount_minor: 18_000 },
  ]);
  fixture.open('2026-01-01', true);
  fixture.sale([coffee], [{ method: 'cash', amount_minor: 450 }]);
  fixture.close([{ currency: 'USD', amount_minor: 10_450 }]);
  return fixture;
};

import type { ZReport } from '../domain/report.js';
import type { SessionRow } from '../projections/sessions.js';
import {
  type Payment,
  type Position,
  rateKeysOf,
  type RateKeys,
  taxFreeKey,
  type Voucher,
  vouchersOf,
} from './closing-rows.js';
import type { ClosingRow } from './closing-tables.js';
import { exactAmount, exactPercent } from './figures.js';
import { shopTime } from './hours.js';
import type { Journal } from './journal.js';
import { zDifferences } from './z-report.js';

/** A session that was closed, with its report. */
export interface Closing {
  readonly row: SessionRow;
  readonly z: ZReport;
}

/** Adds up what a key stands for. */
class Sums<Value extends object> {
  private readonly sums = new Map<string, { readonly value: Value; readonly minor: readonly number[] }>();

  add(value: Value, minor: readonly number[]): void {
    const key = JSON.stringify(Object.values(value));
    const before = this.sums.get(key)?.minor ?? minor.map(() => 0);
    this.sums.set(key, { value, minor: minor.map((one, index) => one + (before[index] ?? 0)) });
  }

  all(): readonly { readonly value: Value; readonly minor: readonly number[] }[] {
    return [...this.sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
  }
}

/**
 * The rows of all tables for one closing.
 * @param journals what happened in the session; several where it went on in another epoch
 */
export const closingRows = (journals: readonly Journal[], { row, z }: Closing): readonly ClosingRow[] => {
  const base = z.currency ?? '';
  const cases = new Sums<Pick<Position, 'kind' | 'tax_key'>>();
  const paid = new Sums<Pick<Payment, 'method'>>();
  const rows: ClosingRow[] = [];
  const vouchers: Voucher[] = [];
  const rates: RateKeys = rateKeysOf(journals);
  for (const journal of journals) {
    for (const voucher of vouchersOf(journal, z, rates)) {
      vouchers.push(voucher);
      rows.push(...voucherRows(voucher, { journal, base }));
      for (const one of voucher.positions) {
        const { kind, tax_key, gross_minor, net_minor, tax_minor } = one;
        cases.add({ kind, tax_key }, [gross_minor, net_minor, tax_minor]);
      }
      for (const { method, base_minor } of voucher.payments) paid.add({ method }, [base_minor]);
    }
  }
  return [
    ...rows,
    ...masterRows(journals, { row, z }, vouchers),
    ...vatRows(rates),
    ...cases.all().map(({ value, minor: [gross = 0, net = 0, tax = 0] }): ClosingRow => {
      const amounts = { Z_UMS_BRUTTO: exactAmount(gross, base), Z_UMS_NETTO: exactAmount(net, base) };
      const names = { GV_TYP: value.kind, UST_SCHLUESSEL: value.tax_key };
      return { table: 'businesscases', row: { ...names, ...amounts, Z_UST: exactAmount(tax, base) } };
    }),
    ...paid.all().map(({ value, minor: [sum = 0] }): ClosingRow => ({
      table: 'payment',
      row: { ...methodOf(value.method), Z_ZAHLART_BETRAG: exactAmount(sum, base) },
    })),
    ...cashRows(z),
    ...staffRows(journals, vouchers),
  ];
};

/** Cash is cash; every other method goes by the name that the shop gave it. */
const methodOf = (method: string) => ({
  ZAHLART_TYP: method === 'cash' ? 'Bar' : 'Unbar',
  ZAHLART_NAME: method,
});

const total = <Key extends string>(items: readonly Readonly<Record<Key, number>>[], key: Key): number =>
  items.reduce((sum, item) => sum + item[key], 0);

interface Context {
  readonly journal: Journal;
  readonly base: string;
}

const voucherRows = (voucher: Voucher, context: Context): readonly ClosingRow[] => {
  const { base } = context;
  const { positions, payments, reference } = voucher;
  const BON_ID = voucher.event.local_id;
  const byRate = new Sums<Pick<Position, 'tax_key'>>();
  for (const { tax_key, gross_minor, net_minor, tax_minor } of positions) {
    byRate.add({ tax_key }, [gross_minor, net_minor, tax_minor]);
  }
  return [
    { table: 'transactions', row: headerOf(voucher, context) },
    ...byRate.all().map(({ value, minor: [gross = 0, net = 0, tax = 0] }): ClosingRow => {
      const amounts = { BON_BRUTTO: exactAmount(gross, base), BON_NETTO: exactAmount(net, base) };
      const row = { BON_ID, UST_SCHLUESSEL: value.tax_key, ...amounts, BON_UST: exactAmount(tax, base) };
      return { table: 'transactions_vat', row };
    }),
    ...positions.flatMap((position, index) => positionRows(position, { voucher, context, POS_ZEILE: index + 1 })),
    ...payments.map((payment, index): ClosingRow => ({
      table: 'datapayment',
      row: {
        ...{ BON_ID, ZAHL_ZEILE: index + 1, ...methodOf(payment.method), ZAHLWAEH_CODE: payment.currency },
        ZAHLWAEH_BETRAG: exactAmount(payment.amount_minor, payment.currency),
        BASISWAEH_BETRAG: exactAmount(payment.base_minor, base),
      },
    })),
    ...(reference === null
      ? []
      : [
          {
            table: 'references' as const,
            row: { BON_ID, REF_TYP: reference.kind, REF_NAME: reference.name, REF_BON_ID: reference.id },
          },
        ]),
  ];
};

const headerOf = (voucher: Voucher, { journal, base }: Context) => {
  const { event, hash, type, name, isVoid, note, positions } = voucher;
  const { local_id, seq, staff_id, approved_by } = event;
  const time = isoShopTime(event);
  return {
    ...{ BON_ID: local_id, BON_NR: seq, BON_TYP: type, BON_NAME: name, TERMINAL_ID: journal.terminal_id },
    ...{ BON_STORNO: isVoid ? 1 : 0, BON_START: time, BON_ENDE: time, BEDIENER_ID: staff_id ?? '' },
    ...{ BEDIENER_NAME: journal.known.staff.get(staff_id ?? '')?.name ?? '', FREIGABE_ID: approved_by ?? '' },
    ...{ UMS_BRUTTO: exactAmount(total(positions, 'gross_minor'), base), WAEH_CODE: base, BON_NOTIZ: note },
    BON_HASH: hash,
  };
};

/** The clock of the shop with its offset, as ISO 8601 has it. */
const isoShopTime = (event: Voucher['event']): string => {
  const size = Math.abs(event.utc_offset_minutes);
  const [hours, minutes] = [Math.floor(size / 60), size % 60].map((part) => String(part).padStart(2, '0'));
  return `${shopTime(event).replace(' ', 'T')}${event.utc_offset_minutes < 0 ? '-' : '+'}${hours ?? ''}:${minutes ?? ''}`;
};

const positionRows = (
  position: Position,
  { voucher, context, POS_ZEILE }: { readonly voucher: Voucher; readonly context: Context; readonly POS_ZEILE: number },
): readonly ClosingRow[] => {
  const { base, journal } = context;
  const BON_ID = voucher.event.local_id;
  return [
    {
      table: 'lines',
      row: {
        ...{ BON_ID, POS_ZEILE, ARTIKELTEXT: position.name, POS_TERMINAL_ID: journal.terminal_id },
        ...{ GV_TYP: position.kind, P_STORNO: voucher.isVoid ? 1 : 0, ART_NR: position.code },
        ...{ WARENGR: position.category, MENGE: position.quantity, STK_PREIS: position.unit_price },
        ...{ LISTENPREIS: position.list_price, RABATT: position.discount, RABATT_GRUND: position.discount_reason },
      },
    },
    {
      table: 'lines_vat',
      row: {
        ...{ BON_ID, POS_ZEILE, UST_SCHLUESSEL: position.tax_key },
        POS_BRUTTO: exactAmount(position.gross_minor, base),
        POS_NETTO: exactAmount(position.net_minor, base),
        POS_UST: exactAmount(position.tax_minor, base),
      },
    },
  ];
};

const masterRows = (
  journals: readonly Journal[],
  { row, z }: Closing,
  vouchers: readonly Voucher[],
): readonly ClosingRow[] => {
  const { shop = null, software_version = '' } = journals.at(-1)?.known ?? {};
  const { tenant_name, store_name, store_id } = shop ?? { tenant_name: '', store_name: '', store_id: '' };
  const KASSE_BASISWAEH_CODE = z.currency ?? '';
  const till = { KASSE_SERIENNR: row.terminal_id, KASSE_SW_BRAND: 'tillog', KASSE_SW_VERSION: software_version };
  return [
    { table: 'cashpointclosing', row: { ...closingOf({ row, z }, vouchers), NAME: tenant_name } },
    { table: 'location', row: { LOC_NAME: store_name, LOC_ID: store_id } },
    { table: 'cashregister', row: { ...till, KASSE_BASISWAEH_CODE } },
  ];
};

const closingOf = ({ row, z }: Closing, vouchers: readonly Voucher[]) => {
  const base = z.currency ?? '';
  const payments = vouchers.flatMap((voucher) => voucher.payments);
  const cash = payments.filter(({ method }) => method === 'cash');
  const ids = vouchers.map(({ event }) => event.local_id);
  return {
    ...{ Z_BUCHUNGSTAG: z.business_date, Z_START_ID: ids[0] ?? '', Z_ENDE_ID: ids.at(-1) ?? '' },
    ...{ Z_START_SEQ: z.first_seq, Z_ENDE_SEQ: z.last_seq, Z_SITZUNG_ID: z.session_id },
    ...{ Z_TRAINING: z.training ? 1 : 0, WAEH_CODE: base, Z_UMSATZ: exactAmount(z.turnover_minor, base) },
    Z_SE_ZAHLUNGEN: exactAmount(total(payments, 'base_minor'), base),
    Z_SE_BARZAHLUNGEN: exactAmount(total(cash, 'base_minor'), base),
    Z_PERPETUAL: exactAmount(z.perpetual.turnover_minor, base),
    Z_PERPETUAL_ABSOLUT: exactAmount(z.perpetual.absolute_minor, base),
    Z_STIMMT: zDifferences(z, row.report).length === 0 ? 1 : 0,
  };
};

const vatRows = (rates: RateKeys): readonly ClosingRow[] => [
  { table: 'vat', row: { UST_SCHLUESSEL: taxFreeKey, UST_SATZ: exactPercent(0), UST_BESCHR: 'not taxable' } },
  ...[...rates.values()].map(({ key, rate }): ClosingRow => ({
    table: 'vat',
    row: { UST_SCHLUESSEL: key, UST_SATZ: exactPercent(rate.rate_ppm), UST_BESCHR: rate.tax_code },
  })),
];

const cashRows = (z: ZReport): readonly ClosingRow[] =>
  z.difference.map(({ currency, amount_minor }): ClosingRow => {
    const of = (list: ZReport['counted']): string =>
      exactAmount(list.find((money) => money.currency === currency)?.amount_minor ?? 0, currency);
    return {
      table: 'cash_per_currency',
      row: {
        ...{ ZAHLART_WAEH: currency, ZAHLART_SOLL_WAEH: of(z.expected), ZAHLART_BETRAG_WAEH: of(z.counted) },
        ZAHLART_DIFFERENZ_WAEH: exactAmount(amount_minor, currency),
      },
    };
  });

const staffRows = (journals: readonly Journal[], vouchers: readonly Voucher[]): readonly ClosingRow[] => {
  const staff = journals.at(-1)?.known.staff;
  const ids = new Set(vouchers.flatMap(({ event }) => [event.staff_id, event.approved_by]));
  return [...ids]
    .filter((id) => id !== null)
    .sort()
    .map((id): ClosingRow => {
      const { staff_code = '', name = '', role = '' } = staff?.get(id) ?? {};
      return {
        table: 'pa',
        row: { BEDIENER_ID: id, BEDIENER_CODE: staff_code, BEDIENER_NAME: name, BEDIENER_ROLLE: role },
      };
    });
};

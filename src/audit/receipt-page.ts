import type { SaleLine } from '../domain/pricing.js';
import { amount, percent, thousandths } from './figures.js';
import { shopTime } from './hours.js';
import type { JournalReceipt } from './journal.js';
import { receiptKind } from './journal-tables.js';
import { type Content, markup, type Markup, said } from './markup.js';

/**
 * One receipt, a line that unfolds into everything that was recorded.
 * @param voided ids of the sales that were voided
 */
export const receiptItem = ({ event, hash }: JournalReceipt, voided: ReadonlySet<string>): Markup => {
  const { data } = event;
  const money = (minor: number): string => amount(minor, data.currency);
  const original = event.type === 'RefundRecorded' ? refundOf(event.data) : null;
  return markup`<details class="receipt"><summary><span class="n">${money(data.total_minor)}</span>
<span class="soft">${event.seq}</span> ${shopTime(event).slice(11)} <strong>${said(data.receipt_number)}</strong>
${receiptKind({ event }, voided)}</summary>
<div class="scroll"><table><tbody>
${data.lines.map((line) => soldLine(line, money))}
${data.taxes.map(({ tax_code, rate_ppm, net_minor, tax_minor }) =>
  figure(markup`${said(tax_code)} ${percent(rate_ppm)} of ${money(net_minor)}`, money(tax_minor)),
)}
${extras(event, money)}
${figure('Total', money(data.total_minor))}
${data.tenders.map(({ method, currency, amount_minor, base_minor, reference }) =>
  figure(
    markup`Paid by ${said(method)}${reference === null ? null : markup` (${said(reference)})`}`,
    amount(amount_minor, currency) + (currency === data.currency ? '' : ` = ${money(base_minor)}`),
  ),
)}
${data.change.map(({ currency, amount_minor }) => figure('Change', amount(amount_minor, currency)))}
</tbody></table></div>
<p class="soft">${original}${whoDidIt(event)}Epoch ${event.epoch}, event ${event.seq}, ${event.occurred_at}</p>
<p class="soft hash">${event.local_id} ${hash}</p></details>
`;
};

type Event = JournalReceipt['event'];

const figure = (label: Content, value: string): Markup =>
  markup`<tr><td>${label}</td><td></td><td class="n">${value}</td></tr>\n`;

const soldLine = (line: SaleLine, money: (minor: number) => string): Content => {
  const list = line.unit_price_minor === line.list_price_minor ? null : ` (list price ${money(line.list_price_minor)})`;
  const times = `${thousandths(line.quantity_milli)} × ${money(line.unit_price_minor)}`;
  return [
    markup`<tr><td>${said(line.name)} <span class="soft">${said(line.code)}</span></td><td class="n">${times}${list}</td>
<td class="n">${money(line.extended_minor)}</td></tr>\n`,
    line.discounts.map(({ rate_ppm, reason, amount_minor }) =>
      figure(markup`Discount ${rate_ppm === null ? null : percent(rate_ppm)} ${said(reason)}`, money(0 - amount_minor)),
    ),
  ];
};

const extras = ({ type, data }: Event, money: (minor: number) => string): Content => [
  type === 'SaleRecorded' && data.tip
    ? figure(`Tip for the ${data.tip.beneficiary}`, money(data.tip.amount_minor))
    : null,
  data.rounding_minor === 0 ? null : figure('Rounding', money(data.rounding_minor)),
];

const refundOf = ({ original_receipt_number, reason }: Extract<Event, { type: 'RefundRecorded' }>['data']): Markup =>
  original_receipt_number === null
    ? markup`Without receipt: ${said(reason)}. `
    : markup`Of receipt ${said(original_receipt_number)}: ${said(reason)}. `;

const whoDidIt = ({ staff_id, approved_by, data }: Event): Markup =>
  markup`By ${said(data.staff_name ?? staff_id ?? 'nobody')}${
    approved_by === null ? null : markup`, approved by ${said(data.approver_name ?? approved_by)}`
  }. `;

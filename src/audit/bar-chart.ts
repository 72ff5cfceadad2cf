import { multiplyDivide } from '../domain/money.js';
import { type Content, markup, type Markup } from './markup.js';

/** One bar: its length follows `value`, a whole number; `text` is what the value is for a person. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly text: string;
}

const barWidth = 14;
/** A drawing has room for so many bars, so that a few do not become walls. */
const barsMin = 24;
const plotHeight = 110;
const labelHeight = 14;
/** What a character of a label takes, with room to the next one. */
const characterWidth = 6;

/**
 * Upright bars in one drawing that needs no script. Its geometry is in whole units, so that no fraction of an amount is
 * ever computed; what is below zero is drawn upwards in another colour.
 * @param labelEvery so many bars share one label, or more where the labels would run into each other
 */
export const barChart = (title: string, bars: readonly Bar[], labelEvery: number): Markup => {
  const most = tallest(bars);
  const width = Math.max(bars.length, barsMin) * barWidth;
  const longest = bars.reduce((length, { label }) => Math.max(length, label.length), 0);
  const every = Math.max(labelEvery, Math.ceil(((longest + 1) * characterWidth) / barWidth));
  const isLabelled = (index: number): boolean =>
    index % every === 0 && index * barWidth + longest * characterWidth <= width;
  return markup`<svg class="chart" viewBox="0 0 ${width} ${plotHeight + labelHeight}" role="img" aria-label="${title}">
<line class="axis" x1="0" y1="${plotHeight}" x2="${width}" y2="${plotHeight}"/>
${bars.map((bar, index) => upright(bar, index, { most, isLabelled: isLabelled(index) }))}</svg>`;
};

const tallest = (bars: readonly Bar[]): number => bars.reduce((most, { value }) => Math.max(most, Math.abs(value)), 1);

const classOf = ({ value }: Bar): string => (value < 0 ? 'bar below' : 'bar');

const upright = (
  bar: Bar,
  index: number,
  { most, isLabelled }: { readonly most: number; readonly isLabelled: boolean },
): Content => {
  const { label, value, text } = bar;
  const x = index * barWidth;
  const length = multiplyDivide(Math.abs(value), plotHeight - 4, most);
  return markup`<g><title>${label}: ${text}</title>
<rect class="touch" x="${x}" y="0" width="${barWidth}" height="${plotHeight}"/>
<rect class="${classOf(bar)}" x="${x + 2}" y="${plotHeight - length}" width="${barWidth - 4}" height="${length}"/>
${isLabelled ? markup`<text x="${x + 2}" y="${plotHeight + 11}">${label}</text>` : null}</g>\n`;
};

/** Lying bars, a row of a table each, with the name at its start and the figure at its end. */
export const barTable = (bars: readonly Bar[]): Markup => {
  const most = tallest(bars);
  const row = (bar: Bar): Markup => markup`<tr><th scope="row"><bdi>${bar.label}</bdi></th><td>
<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
<rect class="${classOf(bar)}" width="${multiplyDivide(Math.abs(bar.value), 100, most)}" height="10"/></svg>
</td><td class="n">${bar.text}</td></tr>\n`;
  return markup`<table class="bars"><tbody>${bars.map(row)}</tbody></table>`;
};

import { markup, type Markup } from './markup.js';
import { hintTable } from './patterns-text.js';
import type { PatternReport } from './patterns.js';
import { tableMarkup } from './session-page.js';

/** The patterns as a part of a page: each rule in words, and what met it. */
export const patternSection = (report: PatternReport): Markup => {
  const rules = report.rules.map(
    ({ pattern, rule, hints_count }) => markup`<details${hints_count > 0 ? markup` open` : null}>
<summary><strong>${pattern.replaceAll('_', ' ')}</strong>: ${hints_count === 0 ? 'nothing found' : hints_count}</summary>
<p class="soft">${rule}</p>${hints_count === 0 ? null : tableMarkup(hintTable(report, pattern))}</details>\n`,
  );
  return markup`<h2>Patterns</h2><div class="card"><p class="soft">A hint is a reason to ask, not a verdict.</p>${rules}</div>`;
};

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { auditDay } from '../../src/audit/program.js';
import type { DayOptions } from '../../src/audit/selection.js';
import { openSource } from '../../src/audit/sqlite-file.js';
import type { LogSource } from '../../src/audit/source.js';
import { inBrowser, onPage } from '../browser.js';
import { forge, type Forged, threeDays } from './log-fixture.js';
import { richDay, strangeNames } from './rich-day.js';

let home: string;
let dir: string;
let html: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tillog-page-'));
  dir = join(home, 'data');
  html = join(home, 'day.html');
});
afterEach(() => rmSync(home, { recursive: true }));

const run = async (
  files: { html?: string; replace?: boolean } = {},
  options: DayOptions = {},
  open: () => LogSource = () => openSource(dir),
) => {
  const out: string[] = [];
  const complaints: string[] = [];
  const output = {
    write: (text: string) => void out.push(text),
    complain: (text: string) => void complaints.push(text),
  };
  const exitCode = await auditDay(open, options, { ...output, json: false }, files);
  return { exitCode, text: out.join(''), complaint: complaints.join('') };
};

const page = async (options: DayOptions = {}): Promise<string> => {
  await run({ html, replace: true }, options);
  return readFileSync(html, 'utf8');
};

describe('the text of one date', () => {
  it('lists what happened beside the sums, each with its event', async () => {
    richDay(dir).stop();
    const { exitCode, text } = await run({}, { date: '2026-01-01' });
    expect(exitCode).toBe(0);
    expect(text).toMatch(/Refunds\n +Seq +Time +Receipt .*\n +20 .*stale +cashier +4\.05 USD\n/u);
    expect(text).toMatch(/Voids\n.*\n +\d+ +\d\d:\d\d:\d\d .*wrong table +cashier +4\.50 USD/u);
    expect(text).toMatch(/Price overrides\n.*\n.*Tea شاي +4\.50 USD +3\.00 USD/u);
    expect(text).toMatch(/Discounts\n.*\n.*order +10 % +0\.45 USD/u);
    expect(text).toMatch(/Drawer opened without a sale\n.*\n.*no_sale/u);
    expect(text).toMatch(/Receipts printed again\n.*\n.* 1 +فاتورة/u);
    expect(text).toMatch(/Cash movements\n.*\n.*paid in .* 15\.00 USD\n.*paid out .* 5000 LBP/u);
    expect(text).toMatch(/The log was exported\n.*\n +\d+ +\d\d:\d\d:\d\d +1 +\d+ +ab12ab12ab12/u);
    expect(text).toMatch(/The clock jumped/u);
    expect(text).toMatch(/training, counts nowhere/u);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028]/u);
  });

  it('names each figure in which the recorded Z differs, both sides beside each other', async () => {
    spoilZ((z) => {
      z.turnover_minor -= 100;
      z.sales_count = 3;
    });
    const { exitCode, text } = await run({}, { date: '2026-01-01' });
    expect(exitCode).toBe(1);
    expect(text).toMatch(
      /Where the recorded Z differs from its events\n.*\n +sales count +3 +4\n +turnover +44\.59 USD +45\.59 USD\n/u,
    );
  });
});

describe('the page', () => {
  it('loads nothing, runs nothing and says so to the browser', async () => {
    richDay(dir).stop();
    const text = await page();
    expect(text).toContain('default-src &#39;none&#39;; style-src &#39;sha256-');
    expect(
      /<script|<img|<link|<iframe|<[a-z]+ [^>]*\s(on\w+|src|style)=|href="[^#]|@import|url\(/iu.exec(text),
    ).toBeNull();
  });

  inBrowser('opens from its file, asks the network for nothing, runs into nothing and shows the figures', async () => {
    richDay(dir).stop();
    await page();
    const url = pathToFileURL(html).href;
    await onPage(url, async (shown, { asked, errors }) => {
      for (const figure of ['102.20 USD', '8.55 USD', '89.15 USD', 'cash × 11', '63.80 USD', '2000000 LBP']) {
        await shown.getByText(figure).first().waitFor({ state: 'visible' });
      }
      await shown.getByText('Z 1 equals its events').first().waitFor({ state: 'visible' });
      const receipt = shown.locator('details.receipt').first();
      await receipt.locator('summary').click();
      await receipt.getByText(strangeNames[0]).waitFor({ state: 'visible' });
      expect(await shown.locator('svg.chart .bar').count()).toBeGreaterThan(0);
      expect(await shown.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(asked).toEqual([url]);
      expect(errors).toEqual([]);
      const pictures = process.env['PICTURES'];
      if (pictures !== undefined) await shown.screenshot({ path: join(pictures, 'day.png'), fullPage: true });
    });
  });

  it('shows every name as a text, whatever it holds', async () => {
    richDay(dir).stop();
    const text = await page();
    expect(text).toContain(`<bdi>${strangeNames[0]}</bdi>`);
    expect(text).toContain('<bdi>&#60;script&#62;alert(1)&#60;/script&#62;');
    expect(text).toContain('<bdi>Coffee\uFFFDgnp.exe</bdi>');
    expect(text).toContain('<bdi>Bell\uFFFD and escape\uFFFD[31m red</bdi>');
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028]/u);
    expect(text.match(/<table/gu)).toHaveLength(text.match(/<\/table>/gu)?.length ?? 0);
  });

  it('unfolds every receipt with its lines, tenders and hash', async () => {
    const fixture = richDay(dir);
    const sales = fixture.events.filter(({ type }) => type === 'SaleRecorded' || type === 'RefundRecorded');
    const rows = fixture.log.read(0, 1000);
    fixture.stop();
    const text = await page();
    expect(text.match(/<details class="receipt">/gu)).toHaveLength(sales.length);
    for (const { seq } of sales) expect(text).toContain(rows[seq - 1]?.hash);
    expect(text).toContain('Drawer by currency');
  });

  it('sets each figure of a Z beside its own and marks what differs', async () => {
    spoilZ((z) => (z.turnover_minor -= 100));
    const text = await page();
    expect(text.match(/class="differs"/gu)).toHaveLength(1);
    expect(text).toMatch(
      /class="differs">\n<td><bdi>turnover<\/bdi><\/td><td class="n">44\.59 USD<\/td><td class="n">45\.59 USD/u,
    );
    expect(text).toContain('1 finding');
  });

  it('is the same, byte for byte, for the same log, and follows the choice of date and event', async () => {
    threeDays(dir).stop();
    const all = await page();
    expect(await page()).toBe(all);
    const one = await page({ date: '2026-01-02' });
    expect(one).not.toContain('<strong>2026-01-01</strong>');
    expect(one).toContain('<strong>2026-01-02</strong>');
    const early = await page({ terminal: openTerminal(), at: { seq: 4 } });
    expect(early.match(/<details class="receipt">/gu)).toHaveLength(1);
    expect(early).toContain('open</span>');
  });

  it('is never written over unasked, and never left half written', async () => {
    threeDays(dir).stop();
    writeFileSync(html, 'mine');
    const refused = await run({ html });
    expect(refused.exitCode).toBe(2);
    expect(refused.complaint).toContain('--replace');
    expect(readFileSync(html, 'utf8')).toBe('mine');
    const broken = await run({ html: join(home, 'none', 'day.html') });
    expect(broken).toMatchObject({ exitCode: 2, complaint: expect.stringContaining('ENOENT') as string });
    await expect(run({ html, replace: true }, {}, () => endingEarly(openSource(dir)))).rejects.toThrow('power cut');
    expect(readFileSync(html, 'utf8')).toBe('mine');
    expect(readdirSync(home).sort()).toEqual(['data', 'day.html']);
    expect(existsSync(html)).toBe(true);
  });
});

/** Three days, in the first of which the Z says something else than its events. */
const spoilZ = (spoil: (z: NonNullable<Forged['data']['z_report']>) => unknown): void => {
  const fixture = threeDays(dir);
  const { seq = 0 } = fixture.events.find(({ type }) => type === 'SessionClosed') ?? {};
  fixture.stop();
  forge(join(dir, 'tillog.db'), seq, ({ data }) => (data.z_report ? spoil(data.z_report) : null));
};

const openTerminal = (): string => {
  const text = readFileSync(html, 'utf8');
  return /Terminal ([0-9a-f-]{36})/u.exec(text)?.[1] ?? '';
};

/** A source that can be read once, and fails in the middle of the second time. */
const endingEarly = (source: LogSource): LogSource => {
  let times = 0;
  return {
    name: source.name,
    terminals: async () =>
      (await source.terminals()).map((log) => ({
        ...log,
        heads: () => log.heads(),
        forks: () => log.forks(),
        async *rows() {
          times += 1;
          for await (const rows of log.rows()) {
            yield rows.slice(0, 6);
            if (times > 1) throw new Error('power cut');
            yield rows.slice(6);
          }
        },
      })),
    defects: () => source.defects(),
    close: () => source.close(),
  };
};

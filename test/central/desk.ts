import { type Catalog, readCatalog } from '../../src/catalog/catalog.js';
import { publishCatalog } from '../../src/central/published-catalogs.js';
import { ensureTenant } from '../../src/central/tenants.js';
import { type Answer, type Office, smallCatalog } from './office.js';

interface View {
  readonly revision: number;
  readonly products_count: number;
  readonly staff: readonly Record<string, unknown>[];
  readonly published_version: number;
  readonly [term: string]: unknown;
}

/** The back office of one company. */
export class Desk {
  private constructor(
    private readonly office: Office,
    readonly tenant: string,
    readonly token: string,
  ) {}

  /** A company of its own, with {@link smallCatalog} published. */
  static async open(office: Office, tenant: string, content = smallCatalog): Promise<Desk> {
    const { ports } = office.clock;
    const { tenant_id } = await ensureTenant(office.central.db, tenant, ports);
    await publishCatalog(office.central.db, tenant_id, content, ports);
    return new Desk(office, tenant, await office.admin(tenant));
  }

  ask(route: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.office.ask(route, { body, token: this.token, headers });
  }

  async view(): Promise<View> {
    return (await this.ask('GET /v1/catalog-draft')).body as View;
  }

  /** Changes the draft as somebody who just looked at it. */
  async edit(route: string, body?: unknown): Promise<Answer> {
    return this.ask(route, body, { 'if-match': `"${String((await this.view()).revision)}"` });
  }

  /** What a terminal of the company downloads. */
  async downloaded(): Promise<Catalog> {
    const { enrolment } = await this.office.enrol(this.tenant);
    return readCatalog((await this.office.ask('GET /v1/catalog?since=0', { token: enrolment.token })).body);
  }
}

/** A product that costs one dollar. */
export const product = (code: string, change: object = {}) => ({
  code,
  name: code,
  category: null,
  price_minor: 100,
  tax_code: 'vat',
  barcodes: [],
  ...change,
});

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type Catalog, type CatalogContent, makeCatalog, type Product } from '../catalog/catalog.js';
import { amountMax, exponentOf, type Minor } from '../domain/money.js';
import type { Authority } from '../domain/permission.js';
import { priceLines, type SaleLine } from '../domain/pricing.js';
import { Refusal } from '../domain/refusal.js';
import { canonical, eventBytesMax } from '../events/envelope.js';
import { errorCode } from '../events/error-code.js';
import type { LineRequest } from './commands/selling-terms.js';
import { BrokenOrders, type Order, type OrderLine, OrdersFileFault, readOrders } from './orders-file.js';

const cashier = { staff_id: 'simulated-cashier', role: 'cashier' } as const;
const manager = { staff_id: 'simulated-manager', role: 'manager' } as const;

/** Who rings up a simulation. The manager is recorded only with what a cashier may not do alone. */
export const simulatedAuthority: Authority = { by: cashier, approver: manager };

/** A file of orders that was read whole and can be rung up whole. */
export interface SimulatedShop {
  readonly path: string;
  /** Lower-case hex SHA-256 of the file. */
  readonly sha256: string;
  readonly currency: string;
  readonly orders: number;
  /** The products of the file with their first names and prices; its version is −1 and may be replaced. */
  readonly catalog: Catalog;
  /** Catalog prices by code, in the currency. */
  readonly prices: ReadonlyMap<string, Minor>;
}

/** What one order is rung up as. */
export interface SimulatedReceipt {
  readonly kind: 'sale' | 'refund';
  readonly lines: readonly LineRequest[];
  /** What is paid, or paid back, exactly. */
  readonly total_minor: Minor;
}

/**
 * Reads a file of orders from end to end and checks all that a till would refuse later.
 * @throws OrdersFileFault, and Refusal UNKNOWN_CURRENCY
 */
export const checkShop = async (path: string, currency: string): Promise<SimulatedShop> => {
  exponentOf(currency);
  const sha256 = await hashFile(path);
  const broken = new BrokenOrders();
  const products = new Map<string, Product>();
  const check = new OrdersCheck(broken, products);
  for await (const order of readOrders({ path, currency, broken })) check.add(order);
  broken.throwIfAny(path);
  if (check.orders === 0) {
    throw new OrdersFileFault('ORDERS_INVALID', `${path} holds no orders: there is nothing to ring up.`);
  }
  const content = contentOf(currency, [...products.values()]);
  const prices = new Map(content.products.map(({ code, price_minor }) => [code, price_minor]));
  return { path, sha256, currency, orders: check.orders, catalog: catalogOf(path, content), prices };
};

/**
 * What an order is rung up as: its goods as one sale, what came back as one refund without receipt. An order that has
 * both is an exchange and becomes both, the sale first.
 * @param prices holds every code of the order
 */
export const receiptsOf = (order: Order, prices: ReadonlyMap<string, Minor>): readonly SimulatedReceipt[] => {
  const sold = order.lines.filter(({ quantity_milli }) => quantity_milli > 0);
  const returned = order.lines.filter(({ quantity_milli }) => quantity_milli < 0);
  return [{ kind: 'sale', lines: sold } as const, { kind: 'refund', lines: returned } as const]
    .filter(({ lines }) => lines.length > 0)
    .map(({ kind, lines }) => ({
      kind,
      lines: lines.map((line) => requestOf(line, prices)),
      total_minor: priced(lines).gross_minor,
    }));
};

const requestOf = ({ code, quantity_milli, unit_price_minor }: OrderLine, prices: ReadonlyMap<string, Minor>) => ({
  code,
  quantity_milli: Math.abs(quantity_milli),
  ...(prices.get(code) === unit_price_minor ? {} : { unit_price_minor }),
});

const tax = { tax_code: 'none', name: 'No tax', rate_ppm: 0, mode: 'inclusive' } as const;

/** Prices lines as the till will: the tax is in the price, at rate 0. */
const priced = (lines: readonly OrderLine[]) =>
  priceLines(
    lines.map((line) => ({
      ...line,
      quantity_milli: Math.abs(line.quantity_milli),
      catalog_version: -1,
      list_price_minor: line.unit_price_minor,
      tax_code: tax.tax_code,
      tax_mode: tax.mode,
      rate_ppm: tax.rate_ppm,
    })),
  );

/** Adds up what is to be rung up, and notes what a till would refuse. */
class OrdersCheck {
  orders = 0;
  private day = '';
  /** What went in and out of the drawer on the day, and over the whole file, without sign. */
  private ofDay = 0;
  private ofFile = 0;

  constructor(
    private readonly broken: BrokenOrders,
    private readonly products: Map<string, Product>,
  ) {}

  add(order: Order): void {
    this.orders += 1;
    for (const line of order.lines) this.learn(line);
    if (order.date !== this.day) {
      this.day = order.date;
      this.ofDay = 0;
    }
    for (const sign of [1, -1]) {
      const lines = order.lines.filter(({ quantity_milli }) => Math.sign(quantity_milli) === sign);
      if (lines.length > 0) this.addReceipt(order, lines);
    }
    if (this.ofDay > amountMax || !Number.isSafeInteger(this.ofFile)) {
      this.broken.add(order.line, 'with this order the day comes to more than a till can hold');
    }
  }

  private learn({ code, name, category, unit_price_minor }: OrderLine): void {
    if (this.products.has(code)) return;
    this.products.set(code, {
      code,
      name,
      category,
      price_minor: unit_price_minor,
      tax_code: tax.tax_code,
      barcodes: [],
    });
  }

  private addReceipt(order: Order, lines: readonly OrderLine[]): void {
    try {
      const { lines: printed, gross_minor } = priced(lines);
      this.ofDay += gross_minor;
      this.ofFile += gross_minor;
      if (isTooLarge(printed)) this.broken.add(order.line, 'the order is too large for one receipt: split it');
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
      this.broken.add(order.line, cause.message);
    }
  }
}

/** Room for all of a receipt's event but its lines, in bytes. */
const restBytesMax = 4096;
/** More than the figures and field names of one line take, in bytes. */
const lineBytesMax = 500;

const isTooLarge = (lines: readonly SaleLine[]): boolean => {
  const limit = eventBytesMax - restBytesMax;
  const characters = lines.reduce((sum, line) => sum + line.code.length + line.name.length, 0);
  // A UTF-16 unit takes at most 3 bytes; only what may be too large by this rough measure is written out.
  const roughly = lines.length * (lineBytesMax + 3 * 200) + 3 * characters;
  return roughly > limit && Buffer.byteLength(canonical(lines)) > limit;
};

const contentOf = (currency: string, products: CatalogContent['products']): CatalogContent => ({
  currency,
  currencies: [{ currency, rate: { numerator: 1, denominator: 1 }, cash_step_minor: 1 }],
  methods: [],
  taxes: [tax],
  products,
  staff: [
    { ...cashier, staff_code: cashier.staff_id, name: 'Simulated cashier', pin_hash: null },
    { ...manager, staff_code: manager.staff_id, name: 'Simulated manager', pin_hash: null },
  ],
});

/** The most products that a catalog holds. */
const productsMax = 200_000;

const catalogOf = (path: string, content: CatalogContent): Catalog => {
  if (content.products.length <= productsMax) return makeCatalog(-1, content);
  throw new OrdersFileFault(
    'ORDERS_INVALID',
    `${path} has ${content.products.length} products; a catalog holds at most ${productsMax}.`,
  );
};

const hashFile = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
    return hash.digest('hex');
  } catch (cause) {
    const code = errorCode(cause);
    if (code === '') throw cause;
    throw new OrdersFileFault('ORDERS_UNREADABLE', `${path} cannot be read: ${code}.`, [], { cause });
  }
};

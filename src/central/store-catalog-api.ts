import { Body, Controller, Get, HttpCode, Inject, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiConsumes, ApiTags } from '@nestjs/swagger';
import { type ProductOverride, storeTermsSchema } from '../catalog/store-overrides.js';
import { callingTenant } from './authentication.js';
import type { Items } from './back-office-api.js';
import { editorOf, revised, type Revised } from './catalog-draft-api.js';
import { type CentralParts, centralParts } from './central-parts.js';
import { exportQuerySchema, exportTakes, importQuerySchema } from './draft-edits.js';
import {
  editOverrides,
  editStoreTerms,
  exportOverrides,
  type ImportedOverrides,
  importOverrides,
  type ListedStore,
  listOverrides,
  listStores,
  overridesEditSchema,
  overridesQuerySchema,
  type StoreEditor,
  type StoreName,
  type StoreView,
  storeView,
} from './draft-overrides.js';
import type { HttpReply, HttpRequest } from './http-exchange.js';
import { Problem } from './problem.js';
import { readBody, readQuery } from './request-body.js';
import { isUuid } from './tenant.js';

/** In what a store's catalog differs from its company's: prices, what is sold there, taxes and settings. */
@ApiTags('catalog')
@Controller('v1')
export class StoreCatalogApi {
  /** @param parts what central was started with */
  constructor(@Inject(centralParts) private readonly parts: CentralParts) {}

  /** The stores, and how many products each has in its own way. */
  @Get('stores')
  async stores(@Req() request: HttpRequest): Promise<Items<ListedStore>> {
    return { items: await listStores(this.parts.db, callingTenant(request)) };
  }

  /** What a store has of its own in the draft, but its products. */
  @Get('catalog-draft/stores/:store_id')
  view(@Param('store_id') store_id: string, @Req() request: HttpRequest): Promise<StoreView> {
    return storeView(this.parts.db, storeOf(request, store_id), this.parts.ports);
  }

  /** The products that a store has in its own way, by code. */
  @Get('catalog-draft/stores/:store_id/products')
  async products(
    @Param('store_id') store_id: string,
    @Query({ schema: overridesQuerySchema }) query: unknown,
    @Req() request: HttpRequest,
  ): Promise<Items<ProductOverride>> {
    const wanted = readQuery(overridesQuerySchema, query, 'This list takes after (a code) and limit (1 to 500).');
    return { items: await listOverrides(this.parts.db, storeOf(request, store_id), wanted, this.parts.ports) };
  }

  /** Gives products of a store a price or tax of their own, or takes them off its list; or makes them the company's again. */
  @Post('catalog-draft/stores/:store_id/products')
  @HttpCode(200)
  editProducts(
    @Param('store_id') store_id: string,
    @Body({ schema: overridesEditSchema }) body: unknown,
    @Req() request: HttpRequest,
  ): Promise<Revised> {
    const { db, ports } = this.parts;
    return revised(editOverrides(db, storeEditorOf(request, store_id), readBody(overridesEditSchema, body), ports));
  }

  /** Replaces the taxes and settings that a store has of its own. */
  @Put('catalog-draft/stores/:store_id/terms')
  editTerms(
    @Param('store_id') store_id: string,
    @Body({ schema: storeTermsSchema }) body: unknown,
    @Req() request: HttpRequest,
  ): Promise<Revised> {
    const { db, ports } = this.parts;
    return revised(editStoreTerms(db, storeEditorOf(request, store_id), readBody(storeTermsSchema, body), ports));
  }

  /** Takes a CSV file of what a store has of its own, all of it or nothing. */
  @Post('catalog-draft/stores/:store_id/import')
  @HttpCode(200)
  @ApiConsumes('text/csv')
  import(
    @Param('store_id') store_id: string,
    @Body() csv: unknown,
    @Query({ schema: importQuerySchema }) query: unknown,
    @Req() request: HttpRequest,
  ): Promise<ImportedOverrides> {
    const { mode } = readQuery(importQuerySchema, query, 'An import takes mode: replace or merge.');
    if (!Buffer.isBuffer(csv)) throw new Problem(415, 'MEDIA_TYPE_UNSUPPORTED', 'A file of products is text/csv.');
    return importOverrides(this.parts.db, storeEditorOf(request, store_id), { csv, mode }, this.parts.ports);
  }

  /** Every product beside what the store has of its own, as a CSV file for a spreadsheet. */
  @Get('catalog-draft/stores/:store_id/products.csv')
  async export(
    @Param('store_id') store_id: string,
    @Query({ schema: exportQuerySchema }) query: unknown,
    @Req() request: HttpRequest,
    @Res() reply: HttpReply,
  ): Promise<void> {
    const how = readQuery(exportQuerySchema, query, exportTakes);
    const csv = await exportOverrides(this.parts.db, storeOf(request, store_id), how, this.parts.ports);
    const disposition = 'attachment; filename="store-products.csv"';
    await reply.headers({ 'content-type': 'text/csv; charset=utf-8', 'content-disposition': disposition }).send(csv);
  }
}

/** The store that an address names. @throws Problem STORE_UNKNOWN 404 */
export const storeOf = (request: HttpRequest, store_id: string): StoreName => {
  if (isUuid(store_id)) return { tenant_id: callingTenant(request), store_id };
  throw new Problem(404, 'STORE_UNKNOWN', 'There is no such store.');
};

const storeEditorOf = (request: HttpRequest, store_id: string): StoreEditor => ({
  ...editorOf(request),
  ...storeOf(request, store_id),
});

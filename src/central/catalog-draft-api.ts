import { Body, Controller, Get, HttpCode, Inject, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiConsumes, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { Product } from '../catalog/catalog.js';
import { callingOffice, callingTenant } from './authentication.js';
import type { Items } from './back-office-api.js';
import type { Row } from './back-office.js';
import {
  type DraftEditor,
  etagOf,
  publishAgain,
  publishDraft,
  type PublishedDraft,
  resetDraft,
} from './catalog-draft.js';
import {
  changesQuerySchema,
  type Differences,
  draftChanges,
  draftView,
  listCatalogs,
  listDraftProducts,
  productsQuerySchema,
  versionChanges,
} from './catalog-views.js';
import { type CentralParts, centralParts } from './central-parts.js';
import {
  categoryEditSchema,
  draftTermsSchema,
  editProducts,
  editStaff,
  editTerms,
  exportProducts,
  exportQuerySchema,
  exportTakes,
  type Imported,
  importProducts,
  importQuerySchema,
  productsEditSchema,
  renameCategory,
  staffEditSchema,
} from './draft-edits.js';
import type { HttpReply, HttpRequest } from './http-exchange.js';
import { Problem } from './problem.js';
import { readBody, readQuery } from './request-body.js';

/** The revision of the draft after a change. */
export interface Revised {
  readonly revision: number;
}

const resetSchema = z.strictObject({ catalog_version: z.int().min(1) });

/**
 * The catalog that the back office works on, and the published ones. Every change names the revision that was seen in
 * `If-Match`, so that two people do not undo each other's changes.
 */
@ApiTags('catalog')
@Controller('v1')
export class CatalogDraftApi {
  /** @param parts what central was started with */
  constructor(@Inject(centralParts) private readonly parts: CentralParts) {}

  /** The draft but its products. */
  @Get('catalog-draft')
  async draft(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const view = await draftView(this.parts.db, callingTenant(request), this.parts.ports);
    await reply
      .headers({ etag: etagOf(view.revision), 'content-type': 'application/json; charset=utf-8' })
      .send(JSON.stringify(view));
  }

  /** Products of the draft, by code. */
  @Get('catalog-draft/products')
  async products(
    @Query({ schema: productsQuerySchema }) query: unknown,
    @Req() request: HttpRequest,
  ): Promise<Items<Product>> {
    const takes = 'A list of products takes search, category, after (a code) and limit (1 to 500).';
    const wanted = readQuery(productsQuerySchema, query, takes);
    return { items: await listDraftProducts(this.parts.db, callingTenant(request), wanted, this.parts.ports) };
  }

  /** Puts products in and takes products out. */
  @Post('catalog-draft/products')
  @HttpCode(200)
  editProducts(@Body({ schema: productsEditSchema }) body: unknown, @Req() request: HttpRequest): Promise<Revised> {
    const { db, ports } = this.parts;
    return revised(editProducts(db, editorOf(request), readBody(productsEditSchema, body), ports));
  }

  /** Gives a category another name. */
  @Post('catalog-draft/categories')
  @HttpCode(200)
  renameCategory(@Body({ schema: categoryEditSchema }) body: unknown, @Req() request: HttpRequest): Promise<Revised> {
    const { db, ports } = this.parts;
    return revised(renameCategory(db, editorOf(request), readBody(categoryEditSchema, body), ports));
  }

  /** Puts people in and takes people out. A PIN is never shown again. */
  @Post('catalog-draft/staff')
  @HttpCode(200)
  editStaff(@Body({ schema: staffEditSchema }) body: unknown, @Req() request: HttpRequest): Promise<Revised> {
    const { db, ports } = this.parts;
    return revised(editStaff(db, editorOf(request), readBody(staffEditSchema, body), ports));
  }

  /** Replaces currencies and rates, methods of payment, taxes and settings. */
  @Put('catalog-draft/terms')
  editTerms(@Body({ schema: draftTermsSchema }) body: unknown, @Req() request: HttpRequest): Promise<Revised> {
    const { db, ports } = this.parts;
    return revised(editTerms(db, editorOf(request), readBody(draftTermsSchema, body), ports));
  }

  /** Takes a CSV file of products, all of it or nothing. */
  @Post('catalog-draft/import')
  @HttpCode(200)
  @ApiConsumes('text/csv')
  import(
    @Body() csv: unknown,
    @Query({ schema: importQuerySchema }) query: unknown,
    @Req() request: HttpRequest,
  ): Promise<Imported> {
    const { mode } = readQuery(importQuerySchema, query, 'An import takes mode: replace or merge.');
    if (!Buffer.isBuffer(csv)) throw new Problem(415, 'MEDIA_TYPE_UNSUPPORTED', 'A file of products is text/csv.');
    return importProducts(this.parts.db, editorOf(request), { csv, mode }, this.parts.ports);
  }

  /** The products as a CSV file for a spreadsheet. */
  @Get('catalog-draft/products.csv')
  async export(
    @Query({ schema: exportQuerySchema }) query: unknown,
    @Req() request: HttpRequest,
    @Res() reply: HttpReply,
  ): Promise<void> {
    const how = readQuery(exportQuerySchema, query, exportTakes);
    const csv = await exportProducts(this.parts.db, callingTenant(request), how, this.parts.ports);
    const disposition = 'attachment; filename="products.csv"';
    await reply.headers({ 'content-type': 'text/csv; charset=utf-8', 'content-disposition': disposition }).send(csv);
  }

  /** What publishing the draft would change. */
  @Get('catalog-draft/changes')
  changes(@Query({ schema: changesQuerySchema }) query: unknown, @Req() request: HttpRequest): Promise<Differences> {
    return draftChanges(this.parts.db, callingTenant(request), pageOf(query), this.parts.ports);
  }

  /** Publishes the draft for every terminal. */
  @Post('catalog-draft/publish')
  publish(@Req() request: HttpRequest): Promise<PublishedDraft> {
    return publishDraft(this.parts.db, editorOf(request), this.parts.ports);
  }

  /** Fills the draft with the goods of a published version. */
  @Post('catalog-draft/reset')
  @HttpCode(200)
  reset(@Body({ schema: resetSchema }) body: unknown, @Req() request: HttpRequest): Promise<Revised> {
    const { catalog_version } = readBody(resetSchema, body);
    return revised(resetDraft(this.parts.db, editorOf(request), catalog_version, this.parts.ports));
  }

  /** The published versions, newest first. */
  @Get('catalogs')
  async versions(@Req() request: HttpRequest): Promise<Items<Row>> {
    return { items: await listCatalogs(this.parts.db, callingTenant(request)) };
  }

  /** What a version changed, against the one before it or the one named as `since`. */
  @Get('catalogs/:catalog_version/changes')
  versionChanges(
    @Param('catalog_version') version: string,
    @Query({ schema: changesQuerySchema }) query: unknown,
    @Req() request: HttpRequest,
  ): Promise<Differences> {
    return versionChanges(this.parts.db, callingTenant(request), versionOf(version), pageOf(query));
  }

  /** Publishes an older version again, with the staff of the newest one. */
  @Post('catalogs/:catalog_version/publish')
  async publishAgain(
    @Param('catalog_version') version: string,
    @Req() request: HttpRequest,
  ): Promise<Pick<PublishedDraft, 'catalog_version'>> {
    const { db, ports } = this.parts;
    return { catalog_version: await publishAgain(db, editorOf(request), versionOf(version), ports) };
  }
}

/** Waits for the revision after a change. */
export const revised = async (revision: Promise<number>): Promise<Revised> => ({ revision: await revision });

/** Who changes the draft, and which revision they saw. */
export const editorOf = (request: HttpRequest): DraftEditor => {
  const { tenant_id, actor: by } = callingOffice(request);
  const seen = request.headers['if-match'];
  return { tenant_id, by, seen: seen === undefined ? undefined : String(seen) };
};

const pageOf = (query: unknown): z.infer<typeof changesQuerySchema> =>
  readQuery(changesQuerySchema, query, 'A list of changes takes since (a version), limit (1 to 500) and offset.');

const versionOf = (text: string): number => {
  if (/^[1-9]\d{0,14}$/u.test(text)) return Number(text);
  throw new Problem(404, 'CATALOG_UNKNOWN', 'There is no published catalog with this version.');
};

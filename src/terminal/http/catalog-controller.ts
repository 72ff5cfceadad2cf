import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiConsumes } from '@nestjs/swagger';
import type { z } from 'zod';
import type { AppliedCatalog } from '../catalog-swap.js';
import { ImportCatalog } from '../commands/import-catalog.js';
import { Recorder } from '../recorder.js';
import { SignIn, type StaffName } from '../sign-in.js';
import { IdempotencyKey, Records } from './idempotency-key.js';
import { catalogQuery, importQuery, importSchema } from './requests.js';
import { SignedInStaff } from './signed-in.js';

/** What the till sells from. */
@ApiBearerAuth()
@Controller('v1/catalog')
export class CatalogController {
  constructor(
    private readonly commands: CommandBus,
    private readonly signIn: SignIn,
    private readonly recorder: Recorder,
  ) {}

  /**
   * Products by name, code or barcode, and what the till may be paid with, at the prices and rates of the business date.
   * Sorted by name and code; `after` the last code of a page asks for the next.
   */
  @Get()
  catalog(@Query({ schema: catalogQuery }) { search, ...rest }: z.infer<typeof catalogQuery>) {
    const { catalog, businessDate: business_date } = this.recorder;
    const { version: catalog_version, checksum } = catalog;
    const products = catalog.search({ text: search, ...rest }, business_date);
    return { catalog_version, checksum, business_date, ...catalog.termsOn(business_date), products };
  }

  /**
   * Replaces the products by those of a CSV file, until the terminal is enrolled: code, name, category, price, barcodes,
   * and tax_code or tax_rate. As text/csv, or with an approval as a text in JSON.
   */
  @Records()
  @ApiConsumes('text/csv', 'application/json')
  @Post('import')
  async import(
    @Body({ schema: importSchema }) { csv, approval }: z.infer<typeof importSchema>,
    @Query({ schema: importQuery }) query: z.infer<typeof importQuery>,
    @IdempotencyKey() key: string,
    @SignedInStaff() staff: StaffName,
  ): Promise<AppliedCatalog> {
    const authority = await this.signIn.authorityOf(staff, approval);
    return this.commands.execute(new ImportCatalog(key, { csv, ...query }, authority));
  }
}

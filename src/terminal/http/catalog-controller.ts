import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { z } from 'zod';
import { Recorder } from '../recorder.js';
import { catalogQuery } from './requests.js';

/** What the till sells from. */
@ApiBearerAuth()
@Controller('v1/catalog')
export class CatalogController {
  constructor(private readonly recorder: Recorder) {}

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
}

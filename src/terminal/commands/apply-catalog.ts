import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Catalog } from '../../catalog/catalog.js';
import { type AppliedCatalog, swapCatalog } from '../catalog-swap.js';
import { Recorder } from '../recorder.js';

/** Puts a catalog that was read and checked in the place of the one in use. */
export class ApplyCatalog extends Command<AppliedCatalog> {
  constructor(readonly catalog: Catalog) {
    super();
  }
}

/** Writes it beside the one in use while the till sells, and then puts it in use and records it in one transaction. */
@CommandHandler(ApplyCatalog)
export class ApplyCatalogHandler implements ICommandHandler<ApplyCatalog> {
  constructor(private readonly recorder: Recorder) {}

  execute({ catalog }: ApplyCatalog): Promise<AppliedCatalog> {
    const request = { key: null, body: null, staff_id: null };
    return swapCatalog(this.recorder, { request, catalog: () => Promise.resolve(catalog) });
  }
}

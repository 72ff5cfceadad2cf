import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Catalog } from '../../catalog/catalog.js';
import { Refusal } from '../../domain/refusal.js';
import { Recorder } from '../recorder.js';

/** Puts a catalog that was read and checked in the place of the one in use. */
export class ApplyCatalog extends Command<{ readonly catalog_version: number }> {
  constructor(readonly catalog: Catalog) {
    super();
  }
}

/** Replaces all rows and records it in one transaction: a power cut leaves the old catalog or the new one, whole. */
@CommandHandler(ApplyCatalog)
export class ApplyCatalogHandler implements ICommandHandler<ApplyCatalog> {
  constructor(private readonly recorder: Recorder) {}

  execute({ catalog }: ApplyCatalog): Promise<{ readonly catalog_version: number }> {
    const { catalog_version, checksum, content } = catalog;
    const command = { key: null, body: null, staff_id: null };
    return Promise.resolve(
      this.recorder.record(command, ({ state, catalog: tables }) => {
        const { currency, products } = content;
        if (state.currency !== null && state.currency !== currency) {
          throw new Refusal(
            'CURRENCY_CHANGED',
            `This till counts in ${state.currency}; the new catalog is in ${currency}, so the old one stays in use.`,
            { currency: state.currency },
          );
        }
        const previous_version = tables.version;
        const data = { catalog_version, previous_version, checksum, currency, products: products.length };
        return {
          decided: [{ type: 'CatalogApplied', data }],
          also: () => tables.replace(catalog),
          answer: () => ({ catalog_version }),
        };
      }),
    );
  }
}

import { createHash } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Authority, approverOf } from '../../domain/permission.js';
import { enrolledFault, readImport, streamOf } from '../catalog-import.js';
import { type AppliedCatalog, swapCatalog } from '../catalog-swap.js';
import { Recorder } from '../recorder.js';

/** A file of products as it was handed in. */
export interface ImportRequest {
  /** The text of the file. */
  readonly csv: string;
  /** ISO 4217; that of the catalog in use when left out. */
  readonly currency?: string;
}

/** Puts a file of products in the place of those in use, on a terminal that central does not supply. */
export class ImportCatalog extends Command<AppliedCatalog> {
  constructor(
    readonly key: string,
    readonly request: ImportRequest,
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Reads the file while the till sells, and puts it in use whole or not at all. */
@CommandHandler(ImportCatalog)
export class ImportCatalogHandler implements ICommandHandler<ImportCatalog> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ key, request, authority }: ImportCatalog): Promise<AppliedCatalog> {
    const { recorder } = this;
    const { csv, currency } = request;
    const body = { ImportCatalog: { currency, sha256: createHash('sha256').update(csv).digest('hex') } };
    const known = recorder.answerTo(key, body);
    if (known !== undefined) return known as AppliedCatalog;
    if (recorder.identity.tenant_id !== null) throw enrolledFault();
    return swapCatalog(recorder, {
      request: { key, body, staff_id: authority.by.staff_id },
      approved_by: approverOf('catalog_import', authority),
      catalog: () => readImport({ open: () => streamOf(csv), currency }, recorder),
    });
  }
}

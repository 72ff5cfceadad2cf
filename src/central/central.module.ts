import { type DynamicModule, Module } from '@nestjs/common';
import { AccountsApi } from './accounts-api.js';
import { BackOfficeApi } from './back-office-api.js';
import { CatalogDraftApi } from './catalog-draft-api.js';
import { CertificatesApi } from './certificates-api.js';
import { HealthApi } from './health-api.js';
import { type CentralParts, centralParts } from './central-parts.js';
import { Drain } from './drain.js';
import { ReportsApi } from './reports-api.js';
import { StoreCatalogApi } from './store-catalog-api.js';
import { TerminalApi } from './terminal-api.js';

/** Central as an application: its controllers over one database. */
@Module({
  controllers: [
    TerminalApi,
    BackOfficeApi,
    CatalogDraftApi,
    StoreCatalogApi,
    ReportsApi,
    AccountsApi,
    CertificatesApi,
    HealthApi,
  ],
})
export class CentralModule {
  /** The module over these parts, which stops only when `drain` has let it. */
  static of(parts: CentralParts, drain: Drain): DynamicModule {
    const providers = [
      { provide: centralParts, useValue: parts },
      { provide: Drain, useValue: drain },
    ];
    return { module: CentralModule, providers };
  }
}

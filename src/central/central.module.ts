import { type DynamicModule, Module } from '@nestjs/common';
import { BackOfficeApi } from './back-office-api.js';
import { HealthApi } from './health-api.js';
import type { IngestParts } from './ingest.js';
import { centralParts, TerminalApi } from './terminal-api.js';

/** What central was started with; its controllers need nothing else. */
export type CentralParts = IngestParts;

/** Central as an application: three controllers over one database. */
@Module({ controllers: [TerminalApi, BackOfficeApi, HealthApi] })
export class CentralModule {
  /** The module over these parts. */
  static of(parts: CentralParts): DynamicModule {
    return { module: CentralModule, providers: [{ provide: centralParts, useValue: parts }] };
  }
}

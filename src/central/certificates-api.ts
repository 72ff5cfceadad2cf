import { Controller, Get, Inject, Param, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { SignedCertificate } from '../events/certificate.js';
import { callingTenant } from './authentication.js';
import type { Items } from './back-office-api.js';
import { type CentralParts, centralParts } from './central-parts.js';
import { type CertificateKey, listCertificateKeys } from './certificate-keys.js';
import { issueCertificate } from './certificates.js';
import type { HttpRequest } from './http-exchange.js';

/** What an auditor is given about the completeness of a day. */
@ApiTags('certificates')
@Controller('v1')
export class CertificatesApi {
  /** @param parts what central was started with */
  constructor(@Inject(centralParts) private readonly parts: CentralParts) {}

  /** That nothing is missing or changed in the log of a terminal on a business date; refused where it is. */
  @Get('certificates/:terminal_id/:business_date')
  certificate(
    @Req() request: HttpRequest,
    @Param('terminal_id') terminal_id: string,
    @Param('business_date') business_date: string,
  ): Promise<SignedCertificate> {
    const { db, ports } = this.parts;
    return issueCertificate(db, { tenant_id: callingTenant(request), terminal_id, business_date }, ports);
  }

  /** The public keys with which certificates of the company were and are signed. */
  @Get('certificate-keys')
  async keys(@Req() request: HttpRequest): Promise<Items<CertificateKey>> {
    return { items: await listCertificateKeys(this.parts.db, callingTenant(request)) };
  }
}

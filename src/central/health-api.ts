import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import { type CentralParts, centralParts } from './central-parts.js';
import { metricsType } from './metrics.js';
import { unavailable } from './problem.js';

/** Says whether this copy of central runs, and whether it can do its work. */
@ApiTags('health')
@Controller()
export class HealthApi {
  /** @param parts what central was started with */
  constructor(@Inject(centralParts) private readonly parts: CentralParts) {}

  /** The program runs. */
  @Get('health/live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The database answers; 503 while it does not. */
  @Get('health/ready')
  async ready(): Promise<{ status: 'ok' }> {
    if (await this.parts.db.answers()) return { status: 'ok' };
    throw unavailable('The database does not answer.');
  }

  /** Figures of this copy for a monitor, in the text format of Prometheus; nothing of any tenant. */
  @Get('metrics')
  @Header('content-type', metricsType)
  @ApiProduces('text/plain')
  metrics(): Promise<string> {
    return this.parts.metrics.text();
  }
}

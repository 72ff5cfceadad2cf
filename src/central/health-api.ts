import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type CentralParts, centralParts } from './central-parts.js';
import { Problem } from './problem.js';

/** Says whether this copy of central runs, and whether it can do its work. */
@ApiTags('health')
@Controller('health')
export class HealthApi {
  /** @param parts what central was started with */
  constructor(@Inject(centralParts) private readonly parts: CentralParts) {}

  /** The program runs. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The database answers; 503 while it does not. */
  @Get('ready')
  async ready(): Promise<{ status: 'ok' }> {
    if (await this.parts.db.answers()) return { status: 'ok' };
    throw new Problem(503, 'UNAVAILABLE', 'The database does not answer.', { 'retry-after': '5' });
  }
}

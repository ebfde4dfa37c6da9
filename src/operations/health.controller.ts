import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { TryLaterError } from '../common/errors.js';
import { Database } from '../database/database.js';

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly database: Database) {}

  @Get('live')
  @ApiOperation({ summary: 'Is this process alive? Says nothing of the database.' })
  @ApiOkResponse({ schema: { example: { status: 'live' } } })
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Can this process answer? Asks the database.' })
  @ApiOkResponse({ schema: { example: { status: 'ready', publication: 2 } } })
  @ApiServiceUnavailableResponse({ description: 'DATABASE_UNAVAILABLE' })
  async ready(): Promise<{ status: 'ready'; publication: number }> {
    try {
      const [row] = await this.database.query<{ number: number }>(
        'SELECT coalesce(max(number), 0) AS number FROM publication',
      );
      return { status: 'ready', publication: row?.number ?? 0 };
    } catch (cause) {
      throw new TryLaterError(
        'DATABASE_UNAVAILABLE',
        'PostgreSQL does not answer',
        'Is it running? This process recovers by itself once it answers.',
        { cause },
      );
    }
  }
}

import { Controller, Get } from '@nestjs/common';
import {
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { Open } from '../auth/needs.decorator.js';
import { TryLaterError } from '../common/errors.js';
import { Database } from '../database/database.js';

class LiveDto {
  @ApiProperty({ enum: ['live'] })
  status: 'live';
}

class ReadyDto {
  @ApiProperty({ enum: ['ready'] })
  status: 'ready';
  @ApiProperty({ example: 12, description: 'Number of the newest publication; 0 before the first' })
  publication: number;
}

@ApiTags('health')
@Open('load balancers and watchdogs have no key, and it says nothing else')
@Controller('health')
export class HealthController {
  constructor(private readonly database: Database) {}

  @Get('live')
  @ApiOperation({ summary: 'Is this process alive? Says nothing of the database.' })
  @ApiOkResponse({ type: LiveDto })
  live(): LiveDto {
    return { status: 'live' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Can this process answer? Asks the database.' })
  @ApiOkResponse({ type: ReadyDto })
  @ApiServiceUnavailableResponse({ description: 'DATABASE_UNAVAILABLE, with Retry-After' })
  async ready(): Promise<ReadyDto> {
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

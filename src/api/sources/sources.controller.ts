import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SourceOverview, type SourceState } from '../../operations/source-overview.js';
import { SourceList } from './source.dto.js';

@ApiTags('sources')
@Controller('v1/sources')
export class SourcesController {
  constructor(private readonly overview: SourceOverview) {}

  @Get()
  @ApiOperation({ summary: 'The lists we read: licence, schedule, how fresh, and the last run' })
  @ApiOkResponse({ type: SourceList })
  async list(): Promise<{ items: readonly SourceState[] }> {
    return { items: await this.overview.list() };
  }
}

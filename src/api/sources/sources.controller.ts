import { Controller, Get, Param } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Needs } from '../../auth/needs.decorator.js';
import { SourceOverview, type SchedulePreview, type SourceState } from '../../operations/source-overview.js';
import { ScheduleAnswer, SourceList } from './source.dto.js';

@ApiTags('sources')
@Needs('operations:read')
@Controller('v1/sources')
export class SourcesController {
  constructor(private readonly overview: SourceOverview) {}

  @Get()
  @ApiOperation({ summary: 'The lists we read: licence, schedule, how fresh, and the last run' })
  @ApiOkResponse({ type: SourceList })
  async list(): Promise<{ items: readonly SourceState[] }> {
    return { items: await this.overview.list() };
  }

  @Get(':id/schedule')
  @ApiOperation({ summary: 'When a source is due next, and what became of its last slots' })
  @ApiParam({ name: 'id', example: 'eu-esma-firds' })
  @ApiOkResponse({ type: ScheduleAnswer })
  @ApiNotFoundResponse({ description: 'SOURCE_UNKNOWN' })
  async schedule(@Param('id') id: string): Promise<SchedulePreview> {
    return this.overview.schedule(id);
  }
}

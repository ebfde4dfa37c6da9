import { Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { IngestionService } from '../../ingestion/ingestion.service.js';
import { SourceOverview, type SchedulePreview, type SourceState } from '../../operations/source-overview.js';
import { RunStarted, ScheduleAnswer, SourceList } from './source.dto.js';

@ApiTags('sources')
@Controller('v1/sources')
export class SourcesController {
  constructor(
    private readonly overview: SourceOverview,
    private readonly ingestion: IngestionService,
  ) {}

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

  @Post(':id/runs')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Fetch this source now, on or off; a process with the role `worker` takes the run',
  })
  @ApiParam({ name: 'id', example: 'xx-iso-mic' })
  @ApiAcceptedResponse({
    type: RunStarted,
    headers: { Location: { description: 'The run', schema: { type: 'string', example: '/v1/runs/17' } } },
  })
  @ApiNotFoundResponse({ description: 'SOURCE_UNKNOWN' })
  @ApiConflictResponse({ description: 'RUN_IN_PROGRESS' })
  async start(@Param('id') id: string, @Res({ passthrough: true }) response: Response): Promise<RunStarted> {
    const run = await this.ingestion.requestRun(id);
    response.setHeader('Location', `/v1/runs/${run}`);
    return { run };
  }
}

import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { Request } from 'express';
import { RunReader, type Drift, type RunStory, type RunSummary } from '../../ingestion/run-reader.js';
import { nextPage } from '../http/next-page.js';
import { DEFAULT_LIMIT, DriftPage, DriftQuery, RunAnswer, RunPage, RunPath, RunQuery } from './run.dto.js';

@ApiTags('runs')
@Controller('v1/runs')
export class RunsController {
  constructor(private readonly runs: RunReader) {}

  @Get()
  @ApiOperation({ summary: 'Runs, the newest first' })
  @ApiOkResponse({ type: RunPage })
  @ApiBadRequestResponse({ description: 'REQUEST_INVALID' })
  async list(
    @Query() query: RunQuery,
    @Req() request: Request,
  ): Promise<{ items: readonly RunSummary[]; next: string | null }> {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const found = await this.runs.list({ ...query, limit: limit + 1 });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const hasMore = found.length > limit && last !== undefined;
    return { items, next: hasMore ? nextPage(request, 'before', String(last.id)) : null };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One run: steps, findings, the first rejects, the last events' })
  @ApiOkResponse({ type: RunAnswer })
  @ApiBadRequestResponse({ description: 'REQUEST_INVALID' })
  @ApiNotFoundResponse({ description: 'RUN_UNKNOWN' })
  async get(@Param() { id }: RunPath): Promise<RunStory> {
    return this.runs.get(Number(id));
  }

  @Get(':id/drift')
  @ApiOperation({
    summary: 'What a full set showed to be wrong in what the deltas had made of the one before',
  })
  @ApiOkResponse({ type: DriftPage })
  @ApiBadRequestResponse({ description: 'REQUEST_INVALID' })
  @ApiNotFoundResponse({ description: 'RUN_UNKNOWN' })
  async drift(
    @Param() { id }: RunPath,
    @Query() query: DriftQuery,
    @Req() request: Request,
  ): Promise<{ items: readonly Drift[]; next: string | null }> {
    const { id: run } = await this.runs.get(Number(id));
    const limit = query.limit ?? DEFAULT_LIMIT;
    const found = await this.runs.drift({ ...query, run, limit: limit + 1 });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const hasMore = found.length > limit && last !== undefined;
    return { items, next: hasMore ? nextPage(request, 'after', `${last.isin}/${last.mic}`) : null };
  }
}

import { Controller, Get, Query, Req } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { Request } from 'express';
import type { WrittenEvent } from '../../auth/audit-log.js';
import { Needs } from '../../auth/needs.decorator.js';
import { DecisionLog } from '../../ingestion/decision-log.js';
import { nextPage } from '../http/next-page.js';
import { DEFAULT_LOG_LIMIT, LogPage, LogQuery } from './operation.dto.js';

/** What people decided. */
@ApiTags('operations')
@Needs('log:read')
@Controller('v1/log')
export class LogController {
  constructor(private readonly log: DecisionLog) {}

  @Get()
  @ApiOperation({
    summary: 'What people decided, the newest first: who, when, why. Nothing of it is ever changed',
  })
  @ApiOkResponse({ type: LogPage })
  @ApiBadRequestResponse({ description: 'REQUEST_INVALID' })
  @ApiNotFoundResponse({ description: 'SOURCE_UNKNOWN, RUN_UNKNOWN' })
  async list(
    @Query() { source, run, before, limit = DEFAULT_LOG_LIMIT }: LogQuery,
    @Req() request: Request,
  ): Promise<{ items: readonly WrittenEvent[]; next: string | null }> {
    const found = await this.log.list({ sourceId: source, runId: run, before, limit: limit + 1 });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const hasMore = found.length > limit && last !== undefined;
    return { items, next: hasMore ? nextPage(request, 'before', String(last.id)) : null };
  }
}

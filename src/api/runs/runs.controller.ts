import { Controller, Get, Headers, Param, Query, Req, Res } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Doors } from '../../auth/doors.js';
import { Needs } from '../../auth/needs.decorator.js';
import {
  RunReader,
  type Drift,
  type RunEvent,
  type RunStory,
  type RunSummary,
} from '../../ingestion/run-reader.js';
import { nextPage } from '../http/next-page.js';
import { principalOf } from '../http/principal-of.js';
import { InvalidRequestError } from '../http/problem.filter.js';
import { EventStreams, parsePosition } from './event-streams.js';
import { Reader, type Told } from './reader.js';
import {
  DEFAULT_LIMIT,
  DriftPage,
  DriftQuery,
  EventFilter,
  EventPage,
  EventQuery,
  RunAnswer,
  RunPage,
  RunPath,
  RunQuery,
} from './run.dto.js';

@ApiTags('runs')
@Needs('operations:read')
@Controller('v1/runs')
export class RunsController {
  constructor(
    private readonly runs: RunReader,
    private readonly streams: EventStreams,
    private readonly doors: Doors,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Runs, the newest first' })
  @ApiOkResponse({ type: RunPage })
  @ApiBadRequestResponse({ description: 'REQUEST_INVALID' })
  @ApiNotFoundResponse({ description: 'SOURCE_UNKNOWN' })
  async list(
    @Query() query: RunQuery,
    @Req() request: Request,
  ): Promise<{ items: readonly Told<RunSummary>[]; next: string | null }> {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const found = await this.runs.list({ ...query, limit: limit + 1 });
    const reader = new Reader(principalOf(request));
    const items = found.slice(0, limit).map((run) => reader.summary(run));
    const last = items.at(-1);
    const hasMore = found.length > limit && last !== undefined;
    return { items, next: hasMore ? nextPage(request, 'before', String(last.id)) : null };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One run: steps, findings, the first rejects, the last events' })
  @ApiOkResponse({ type: RunAnswer })
  @ApiBadRequestResponse({ description: 'REQUEST_INVALID' })
  @ApiNotFoundResponse({ description: 'RUN_UNKNOWN' })
  async get(@Param() { id }: RunPath, @Req() request: Request): Promise<Told<RunStory>> {
    return new Reader(principalOf(request)).story(await this.runs.get(Number(id)));
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
    const { id: run, source } = await this.runs.summary(Number(id));
    const limit = query.limit ?? DEFAULT_LIMIT;
    if (new Reader(principalOf(request)).isKeptFrom(source)) return { items: [], next: null };
    const found = await this.runs.drift({ ...query, run, limit: limit + 1 });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const hasMore = found.length > limit && last !== undefined;
    return { items, next: hasMore ? nextPage(request, 'after', `${last.isin}/${last.mic}`) : null };
  }

  @Get(':id/events')
  @ApiOperation({ summary: 'The log of a run, line by line as it was written' })
  @ApiOkResponse({ type: EventPage })
  @ApiBadRequestResponse({ description: 'REQUEST_INVALID' })
  @ApiNotFoundResponse({ description: 'RUN_UNKNOWN' })
  async events(
    @Param() { id }: RunPath,
    @Query() query: EventQuery,
    @Req() request: Request,
  ): Promise<{ items: readonly RunEvent[]; next: string | null }> {
    const { id: run, source } = await this.runs.summary(Number(id));
    const limit = query.limit ?? DEFAULT_LIMIT;
    const found = await this.runs.events({ ...query, run, limit: limit + 1 });
    const reader = new Reader(principalOf(request));
    const items = found.slice(0, limit).map((event) => reader.event(source, event));
    const last = items.at(-1);
    const hasMore = found.length > limit && last !== undefined;
    return { items, next: hasMore ? nextPage(request, 'after', String(last.id)) : null };
  }

  @Get(':id/events/stream')
  @ApiOperation({
    summary: 'The same, and then what comes, as server-sent events',
    description:
      'Each line is a message with its number as `id`; the last message is an `end` with how the run ended. Resumes after ' +
      '`Last-Event-ID`; whoever comes back after the end gets 204, at which an EventSource stops.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The `id` of the last message that came',
  })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' } } } })
  @ApiBadRequestResponse({ description: 'REQUEST_INVALID' })
  @ApiNotFoundResponse({ description: 'RUN_UNKNOWN' })
  @ApiServiceUnavailableResponse({
    description: 'DATABASE_UNAVAILABLE, or STREAMS_TOO_MANY: too many follow at once; with Retry-After',
  })
  async stream(
    @Param() { id }: RunPath,
    @Query() filter: EventFilter,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const position = parsePosition(lastEventId ?? '0');
    if (position === undefined) {
      throw new InvalidRequestError([
        { field: 'Last-Event-ID', message: 'must be the id of a message of this stream' },
      ]);
    }
    const principal = principalOf(request);
    await this.streams.send(response, Number(id), position, filter, {
      holder: principal.kind === 'key' ? principal.userId : principal.kind,
      reader: new Reader(principal),
      mayStay: () => this.doors.letsStay(request, 'operations:read'),
    });
  }
}

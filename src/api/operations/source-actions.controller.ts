import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { requirePermission } from '../../auth/doors.js';
import { Needs } from '../../auth/needs.decorator.js';
import { Backfill, type BackfillPlan } from '../../ingestion/backfill.js';
import { Operator, type RunDecided } from '../../ingestion/operator.js';
import { Pauses, type Pause, type PauseDecided } from '../../ingestion/pauses.js';
import { principalOf } from '../http/principal-of.js';
import { byRequest, idempotencyKeyOf, lettersOf } from './by-request.js';
import {
  BackfillAnswer,
  BackfillDto,
  PauseAnswer,
  PauseList,
  Reasoned,
  RunDecidedDto,
  RunOrderDto,
} from './operation.dto.js';

const SOURCE_PARAM = { name: 'id', example: 'xx-iso-mic' };
const SOURCE_OR_ALL = { ...SOURCE_PARAM, description: 'A source, or `all`' };

/** What people do about a source. */
@ApiTags('operations')
@Needs('operations:write')
@Controller('v1')
export class SourceActionsController {
  constructor(
    private readonly operator: Operator,
    private readonly paused: Pauses,
    private readonly backfills: Backfill,
  ) {}

  @Get('pauses')
  @Needs('operations:read')
  @ApiOperation({ summary: 'What is paused, since when, by whom and why' })
  @ApiOkResponse({ type: PauseList })
  async pauses(): Promise<{ items: readonly Pause[] }> {
    return { items: await this.paused.list() };
  }

  @Post('sources/:id/pause')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Begin no step of this source, or of all; what is at work goes to the end of its step',
  })
  @ApiParam(SOURCE_OR_ALL)
  @ApiOkResponse({ type: PauseAnswer })
  @ApiBadRequestResponse({ description: 'REQUEST_INVALID' })
  @ApiNotFoundResponse({ description: 'SOURCE_UNKNOWN' })
  async pause(
    @Param('id') id: string,
    @Body() { reason }: Reasoned,
    @Req() request: Request,
  ): Promise<PauseDecided> {
    return this.paused.pause(id, byRequest(request, reason));
  }

  @Post('sources/:id/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Go on with this source, or with all' })
  @ApiParam(SOURCE_OR_ALL)
  @ApiOkResponse({ type: PauseAnswer })
  @ApiBadRequestResponse({ description: 'REQUEST_INVALID' })
  @ApiNotFoundResponse({ description: 'SOURCE_UNKNOWN' })
  async resume(
    @Param('id') id: string,
    @Body() { reason }: Reasoned,
    @Req() request: Request,
  ): Promise<PauseDecided> {
    return this.paused.resume(id, byRequest(request, reason));
  }

  @Post('sources/:id/runs')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Fetch this source now, on or off; a process with the role `worker` takes the run',
  })
  @ApiParam(SOURCE_PARAM)
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same key with the same body gives the same run, however often it is sent',
  })
  @ApiAcceptedResponse({
    type: RunDecidedDto,
    headers: { Location: { description: 'The run', schema: { type: 'string', example: '/v1/runs/17' } } },
  })
  @ApiBadRequestResponse({
    description: 'REQUEST_INVALID, BACKFILL_UNSUPPORTED, EDITION_IN_FUTURE, PROFILE_UNSUPPORTED',
  })
  @ApiNotFoundResponse({ description: 'SOURCE_UNKNOWN' })
  @ApiConflictResponse({ description: 'RUN_IN_PROGRESS, IDEMPOTENCY_KEY_REUSED' })
  async run(
    @Param('id') id: string,
    @Body() { date, kind, profile, force, acceptGap, reason }: RunOrderDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RunDecided> {
    if (acceptGap !== undefined) requirePermission(principalOf(request), 'editions:decide');
    const order = {
      editionOn: date,
      kind,
      letters: lettersOf(profile),
      force,
      gapReason: acceptGap,
      idempotencyKey: idempotencyKeyOf(request),
    };
    const decided = await this.operator.run(id, order, 'api', byRequest(request, reason));
    response.setHeader('Location', `/v1/runs/${decided.run}`);
    return decided;
  }

  @Post('sources/:id/backfills')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Bring days of the publisher’s archive, one run for each edition; or say what that would be',
  })
  @ApiParam({ name: 'id', example: 'eu-esma-firds' })
  @ApiAcceptedResponse({ type: BackfillAnswer })
  @ApiBadRequestResponse({
    description:
      'REQUEST_INVALID, BACKFILL_UNSUPPORTED, BACKFILL_RANGE, BACKFILL_TOO_LARGE, PROFILE_UNSUPPORTED',
  })
  @ApiNotFoundResponse({ description: 'SOURCE_UNKNOWN' })
  async backfill(
    @Param('id') id: string,
    @Body() { from, to, mode, backwards, dryRun, profile, reason }: BackfillDto,
    @Req() request: Request,
  ): Promise<BackfillPlan> {
    const order = {
      from,
      to,
      mode: mode ?? 'missing',
      isBackwards: backwards ?? false,
      isDryRun: dryRun ?? false,
      letters: lettersOf(profile),
    };
    return this.backfills.order(id, order, byRequest(request, reason));
  }
}

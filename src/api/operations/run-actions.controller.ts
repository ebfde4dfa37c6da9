import { applyDecorators, Body, Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { Request } from 'express';
import { Needs } from '../../auth/needs.decorator.js';
import { Operator, type RunDecided } from '../../ingestion/operator.js';
import { RunPath } from '../runs/run.dto.js';
import { byRequest } from './by-request.js';
import { Reasoned, RunDecidedDto, WithReason } from './operation.dto.js';

/** What people do about a run. Done twice it changes nothing the second time, and the answer says so. */
@ApiTags('operations')
@Needs('operations:write')
@Controller('v1/runs')
export class RunActionsController {
  constructor(private readonly operator: Operator) {}

  @Post(':id/cancel')
  @Decision('End a run that waits or is at work; one that has ended stays as it is')
  async cancel(
    @Param() { id }: RunPath,
    @Body() { reason }: WithReason,
    @Req() request: Request,
  ): Promise<RunDecided> {
    return this.operator.cancel(Number(id), byRequest(request, reason));
  }

  @Post(':id/retry')
  @Decision('Let a run that failed, was refused, held or cancelled go on at the step that was not done')
  async retry(
    @Param() { id }: RunPath,
    @Body() { reason }: Reasoned,
    @Req() request: Request,
  ): Promise<RunDecided> {
    return this.operator.retry(Number(id), byRequest(request, reason));
  }

  @Post(':id/approve')
  @Needs('editions:decide')
  @Decision('Publish the very edition that this run holds: the answer names the run that does it')
  @ApiConflictResponse({ description: 'RUN_NOT_HELD, EDITION_FILES_GONE' })
  async approve(
    @Param() { id }: RunPath,
    @Body() { reason }: WithReason,
    @Req() request: Request,
  ): Promise<RunDecided> {
    return this.operator.approve(Number(id), 'api', byRequest(request, reason));
  }

  @Post(':id/reject')
  @Needs('editions:decide')
  @Decision('Leave the edition that this run holds aside, until its files change')
  @ApiConflictResponse({ description: 'RUN_NOT_HELD, RUN_IN_PROGRESS' })
  async reject(
    @Param() { id }: RunPath,
    @Body() { reason }: WithReason,
    @Req() request: Request,
  ): Promise<RunDecided> {
    return this.operator.reject(Number(id), byRequest(request, reason));
  }
}

function Decision(summary: string): MethodDecorator {
  return applyDecorators(
    HttpCode(200),
    ApiOperation({ summary }),
    ApiOkResponse({ type: RunDecidedDto }),
    ApiBadRequestResponse({ description: 'REQUEST_INVALID' }),
    ApiNotFoundResponse({ description: 'RUN_UNKNOWN' }),
  );
}

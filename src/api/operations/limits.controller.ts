import { Body, Controller, Delete, Get, Param, Put, Req } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { Request } from 'express';
import { Needs } from '../../auth/needs.decorator.js';
import {
  ConcurrencyLimits,
  type ConcurrencyLimit,
  type LimitDecided,
} from '../../ingestion/concurrency-limits.js';
import { byRequest } from './by-request.js';
import { LimitAnswer, LimitDto, LimitList } from './operation.dto.js';

const SOURCE_PARAM = { name: 'id', example: 'eu-esma-firds' };
const HOST_PARAM = { name: 'host', example: 'firds.esma.europa.eu' };

/** How many steps may be at work at once. */
@ApiTags('operations')
@Needs('limits:write')
@Controller('v1/limits')
export class LimitsController {
  constructor(private readonly limits: ConcurrencyLimits) {}

  @Get()
  @Needs('operations:read')
  @ApiOperation({
    summary: 'How many steps may be at work at once: overall, of a source, downloading from a host',
  })
  @ApiOkResponse({ type: LimitList })
  async list(): Promise<{ items: readonly ConcurrencyLimit[] }> {
    return { items: await this.limits.list() };
  }

  @Put('overall')
  @ApiOperation({ summary: 'Limit the steps of all sources together' })
  @ApiOkResponse({ type: LimitAnswer })
  @ApiBadRequestResponse({ description: 'REQUEST_INVALID' })
  async setOverall(@Body() { most, reason }: LimitDto, @Req() request: Request): Promise<LimitDecided> {
    return this.limits.set('overall', '', most, byRequest(request, reason));
  }

  @Delete('overall')
  @ApiOperation({ summary: 'Take the limit of all sources together away' })
  @ApiOkResponse({ type: LimitAnswer })
  async removeOverall(@Req() request: Request): Promise<LimitDecided> {
    return this.limits.set('overall', '', null, byRequest(request));
  }

  @Put('sources/:id')
  @ApiOperation({ summary: 'Limit the steps of a source' })
  @ApiParam(SOURCE_PARAM)
  @ApiOkResponse({ type: LimitAnswer })
  @ApiBadRequestResponse({ description: 'REQUEST_INVALID' })
  @ApiNotFoundResponse({ description: 'SOURCE_UNKNOWN' })
  async setOfSource(
    @Param('id') id: string,
    @Body() { most, reason }: LimitDto,
    @Req() request: Request,
  ): Promise<LimitDecided> {
    return this.limits.set('source', id, most, byRequest(request, reason));
  }

  @Delete('sources/:id')
  @ApiOperation({ summary: 'Take the limit of a source away' })
  @ApiParam(SOURCE_PARAM)
  @ApiOkResponse({ type: LimitAnswer })
  @ApiNotFoundResponse({ description: 'SOURCE_UNKNOWN' })
  async removeOfSource(@Param('id') id: string, @Req() request: Request): Promise<LimitDecided> {
    return this.limits.set('source', id, null, byRequest(request));
  }

  @Put('hosts/:host')
  @ApiOperation({ summary: 'Limit the downloads from a host' })
  @ApiParam(HOST_PARAM)
  @ApiOkResponse({ type: LimitAnswer })
  @ApiBadRequestResponse({ description: 'REQUEST_INVALID' })
  @ApiNotFoundResponse({ description: 'HOST_UNKNOWN' })
  async setOfHost(
    @Param('host') host: string,
    @Body() { most, reason }: LimitDto,
    @Req() request: Request,
  ): Promise<LimitDecided> {
    return this.limits.set('host', host, most, byRequest(request, reason));
  }

  @Delete('hosts/:host')
  @ApiOperation({ summary: 'Take the limit of a host away' })
  @ApiParam(HOST_PARAM)
  @ApiOkResponse({ type: LimitAnswer })
  @ApiNotFoundResponse({ description: 'HOST_UNKNOWN' })
  async removeOfHost(@Param('host') host: string, @Req() request: Request): Promise<LimitDecided> {
    return this.limits.set('host', host, null, byRequest(request));
  }
}

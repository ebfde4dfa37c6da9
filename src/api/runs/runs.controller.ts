import { Controller, Get, Param, Query } from '@nestjs/common';
import {
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiTags,
} from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { RunReader, type RunStory, type RunSummary } from '../../ingestion/run-reader.js';
import { RUN_STATES, type RunState } from '../../ingestion/run.js';

const DEFAULT_LIMIT = 50;

export class RunQuery {
  @ApiPropertyOptional({ example: 'xx-iso-mic' })
  @IsOptional()
  @Matches(/^[a-z0-9-]{1,64}$/)
  source?: string;

  @ApiPropertyOptional({ enum: RUN_STATES })
  @IsOptional()
  @IsIn(RUN_STATES)
  state?: RunState;

  @ApiPropertyOptional({ description: 'Only runs with a lower number' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  before?: number;

  @ApiPropertyOptional({ default: DEFAULT_LIMIT, minimum: 1, maximum: 500 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit?: number;
}

export class RunPath {
  @ApiProperty({ example: 17 })
  @Matches(/^[1-9]\d{0,14}$/, { message: 'a run has a number' })
  id: string;
}

@ApiTags('runs')
@Controller('v1/runs')
export class RunsController {
  constructor(private readonly runs: RunReader) {}

  @Get()
  @ApiOperation({ summary: 'Runs, the newest first' })
  @ApiOkResponse({ schema: { example: { items: [{ id: 17, source: 'xx-iso-mic', state: 'published' }] } } })
  async list(@Query() query: RunQuery): Promise<{ items: readonly RunSummary[] }> {
    return { items: await this.runs.list({ ...query, limit: query.limit ?? DEFAULT_LIMIT }) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One run: steps, findings, the first rejects, the last events' })
  @ApiOkResponse({ schema: { example: { id: 17, source: 'xx-iso-mic', state: 'published', steps: [] } } })
  @ApiNotFoundResponse({ description: 'RUN_UNKNOWN' })
  async get(@Param() { id }: RunPath): Promise<RunStory> {
    return this.runs.get(Number(id));
  }
}

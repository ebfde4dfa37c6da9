import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Matches, Max, MaxLength, Min } from 'class-validator';
import { LOG_LEVELS, type LogLevel } from '../../ingestion/run-log.js';
import { DRIFT_REASONS, type DriftReason } from '../../ingestion/run-reader.js';
import { RUN_STATES, TRIGGERS, type RunState } from '../../ingestion/run.js';

export const DEFAULT_LIMIT = 50;

/** What `GET /v1/runs` may be asked. */
export class RunQuery {
  @ApiPropertyOptional({ example: 'xx-iso-mic' })
  @IsOptional()
  @Matches(/^[a-z0-9-]{1,64}$/, { message: 'source must be the id of a source: GET /v1/sources lists them' })
  source?: string;

  @ApiPropertyOptional({ enum: RUN_STATES })
  @IsOptional()
  @IsIn(RUN_STATES)
  state?: RunState;

  @ApiPropertyOptional({ example: 17, description: 'Only runs with a lower number' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
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
  @ApiProperty({ type: Number, example: 17 })
  @Matches(/^[1-9]\d{0,14}$/, { message: 'a run has a number from 1 on' })
  id: string;
}

/** What `GET /v1/runs/{id}/drift` may be asked. */
export class DriftQuery {
  @ApiPropertyOptional({ enum: DRIFT_REASONS })
  @IsOptional()
  @IsIn(DRIFT_REASONS)
  reason?: DriftReason;

  @ApiPropertyOptional({ example: 'DE000A1R07V3/XETR', description: 'Only records after this one' })
  @IsOptional()
  @Matches(/^[A-Z0-9]{12}\/[A-Z0-9]{4}$/, { message: 'after must be an ISIN and a MIC: DE000A1R07V3/XETR' })
  after?: string;

  @ApiPropertyOptional({ default: DEFAULT_LIMIT, minimum: 1, maximum: 1000 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit?: number;
}

/** Which lines of a run's log are wanted. */
export class EventFilter {
  @ApiPropertyOptional({ enum: LOG_LEVELS, description: 'This level and those above it' })
  @IsOptional()
  @IsIn(LOG_LEVELS)
  level?: LogLevel;

  @ApiPropertyOptional({ example: 'load EQUITY_L' })
  @IsOptional()
  @MaxLength(200)
  @Matches(/^[^\0]*$/, { message: 'step must be the name of a step' })
  step?: string;
}

/** What `GET /v1/runs/{id}/events` may be asked. */
export class EventQuery extends EventFilter {
  @ApiPropertyOptional({ example: 4711, description: 'Only events with a higher number' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  after?: number;

  @ApiPropertyOptional({ default: DEFAULT_LIMIT, minimum: 1, maximum: 1000 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit?: number;
}

class DriftDto {
  @ApiProperty({ example: 'DE000A1R07V3' })
  isin: string;
  @ApiProperty({ example: 'XETR' })
  mic: string;
  @ApiProperty({ enum: DRIFT_REASONS })
  reason: DriftReason;
  @ApiProperty({ type: [String], example: ['name', 'details.debt'] })
  fields: readonly string[];
}

export class DriftPage {
  @ApiProperty({ type: [DriftDto] })
  items: readonly DriftDto[];
  @ApiProperty({ type: String, nullable: true, description: 'Where the next page is; null on the last one' })
  next: string | null;
}

class RecordCountsDto {
  @ApiProperty()
  new: number;
  @ApiProperty()
  changed: number;
  @ApiProperty()
  unchanged: number;
  @ApiProperty({ description: 'No longer on the list' })
  ended: number;
}

class InstrumentCountsDto {
  @ApiProperty()
  new: number;
  @ApiProperty()
  changed: number;
  @ApiProperty()
  ended: number;
}

class TotalsDto {
  @ApiProperty()
  files: number;
  @ApiProperty()
  rows: number;
  @ApiProperty({ description: 'Rows that could not become a record' })
  rejected: number;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'number' },
    example: { footnote: 1 },
    description: 'Rows that are no data by the publisher’s habit, by reason',
  })
  skipped: Record<string, number>;
  @ApiProperty({ description: 'Records that differ only in letter case or blanks' })
  cosmetic: number;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'number' },
    example: { vanished: 2 },
    description:
      'Differences between a full set and what the deltas had made of the one before, by reason; the full set healed them',
  })
  drift: Record<string, number>;
  @ApiProperty()
  records: RecordCountsDto;
  @ApiPropertyOptional({
    type: InstrumentCountsDto,
    description: 'Only for a key with all fields: the counts would tell what a restricted list has',
  })
  instruments?: InstrumentCountsDto;
}

class FailureDto {
  @ApiProperty({ example: 'EDITION_OLDER' })
  code: string;
  @ApiProperty()
  message: string;
  @ApiProperty()
  nextStep: string;
}

export class RunDto {
  @ApiProperty({ example: 17 })
  id: number;
  @ApiProperty({ example: 'xx-iso-mic' })
  source: string;
  @ApiProperty({ enum: TRIGGERS, description: 'Why there is a run' })
  trigger: string;
  @ApiProperty({ enum: RUN_STATES })
  state: RunState;
  @ApiProperty({
    type: String,
    nullable: true,
    example: '2026-11-09',
    description: 'Day of the edition it found',
  })
  edition: string | null;
  @ApiProperty({
    enum: ['full', 'delta', 'evidence'],
    nullable: true,
    description: 'What that edition is: a full set, a delta, or evidence that is only compared',
  })
  kind: string | null;
  @ApiProperty({ type: Number, nullable: true, example: 12, description: 'What it published, if it did' })
  publication: number | null;
  @ApiProperty({ type: TotalsDto, nullable: true })
  totals: TotalsDto | null;
  @ApiProperty({ type: FailureDto, nullable: true })
  error: FailureDto | null;
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'for run 16 of the same source',
    description: 'Of a queued run what it waits for, in words',
  })
  waits: string | null;
  @ApiProperty()
  createdAt: Date;
  @ApiProperty({ type: Date, nullable: true })
  startedAt: Date | null;
  @ApiProperty({ type: Date, nullable: true })
  endedAt: Date | null;
}

class StepDto {
  @ApiProperty({ example: 'load EQUITY_L' })
  name: string;
  @ApiProperty({ enum: ['waiting', 'running', 'done', 'failed'] })
  state: string;
  @ApiProperty({ example: 1, description: 'How often it was begun' })
  attempt: number;
  @ApiProperty({ type: FailureDto, nullable: true })
  error: FailureDto | null;
  @ApiProperty()
  startedAt: Date;
  @ApiProperty({ type: Date, nullable: true })
  endedAt: Date | null;
}

class FindingDto {
  @ApiProperty({ example: 'EDITION_SHRUNK' })
  code: string;
  @ApiProperty({ enum: ['note', 'warning', 'stop'], description: 'A stop holds the edition for a person' })
  severity: string;
  @ApiProperty()
  message: string;
}

class RejectReasonDto {
  @ApiProperty({ example: 'ISIN_CHECK_DIGIT' })
  code: string;
  @ApiProperty({ example: 'isin' })
  field: string;
  @ApiProperty()
  value: string;
  @ApiProperty()
  message: string;
}

class RejectDto {
  @ApiProperty({ example: 'EQUITY_L', description: 'Which of the edition’s files' })
  part: string;
  @ApiProperty({ example: 212, description: 'Physical line, counted from 1' })
  line: number;
  @ApiProperty({ type: [RejectReasonDto] })
  reasons: RejectReasonDto[];
  @ApiProperty({ description: 'As the publisher wrote it' })
  raw: string;
}

class EventDto {
  @ApiProperty({ example: 4711, description: 'Higher than that of every line written before it in this run' })
  id: number;
  @ApiProperty()
  at: Date;
  @ApiProperty({ enum: LOG_LEVELS })
  level: string;
  @ApiProperty({ type: String, nullable: true, example: 'locate' })
  step: string | null;
  @ApiProperty({ type: Number, nullable: true, example: 1, description: 'Which attempt at the step' })
  attempt: number | null;
  @ApiProperty({ example: 'edition of 2026-11-09' })
  message: string;
  @ApiProperty({ type: 'object', additionalProperties: true, example: { rows: 1936 } })
  fields: Record<string, unknown>;
}

export class EventPage {
  @ApiProperty({ type: [EventDto] })
  items: EventDto[];
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Where the next, newer page is; null when there is nothing more yet',
  })
  next: string | null;
}

export class RunPage {
  @ApiProperty({ type: [RunDto] })
  items: RunDto[];
  @ApiProperty({
    type: String,
    nullable: true,
    example: '/v1/runs?limit=50&before=17',
    description: 'Where the next, older page is; null on the last one',
  })
  next: string | null;
}

export class RunAnswer extends RunDto {
  @ApiProperty({ type: [StepDto] })
  steps: StepDto[];
  @ApiProperty({ type: [FindingDto] })
  findings: FindingDto[];
  @ApiProperty({ type: [RejectDto], description: 'The first 100' })
  rejects: RejectDto[];
  @ApiProperty({ type: [EventDto], description: 'The last 100' })
  events: EventDto[];
}

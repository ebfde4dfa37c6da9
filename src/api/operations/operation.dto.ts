import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { IsDayString } from '../../common/identifier.decorators.js';
import { BACKFILL_MODES, type BackfillMode } from '../../ingestion/backfill.js';
import { LIMIT_KINDS, MOST_STEPS, type LimitKind } from '../../ingestion/concurrency-limits.js';
import { RUN_STATES, type RunState } from '../../ingestion/run.js';
import { EDITION_KINDS, type EditionKind } from '../../sources/source.js';

export const DEFAULT_LOG_LIMIT = 50;

const SOURCE_ID = /^[a-z0-9-]{1,64}$/;
/** Control characters and halves of surrogate pairs have no place in a line of a log, and PostgreSQL refuses some. */
const ONE_LINE = /^[^\p{Cc}\p{Cs}]*$/u;
const PROFILE_EXAMPLE = 'shares,funds';

/** Words of a person: a line of text, blanks around it cut off. */
function Words(): PropertyDecorator {
  return (target, property) => {
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))(
      target,
      property,
    );
    IsString()(target, property);
    IsNotEmpty({ message: `${String(property)} must say why` })(target, property);
    MaxLength(500)(target, property);
    Matches(ONE_LINE, { message: `${String(property)} must be one line of text` })(target, property);
  };
}

/** An action that may say why. */
export class Reasoned {
  @ApiPropertyOptional({ example: 'the publisher announced maintenance', maxLength: 500 })
  @IsOptional()
  @Words()
  reason?: string;
}

/** An action that must say why. */
export class WithReason {
  @ApiProperty({ example: 'the exchange delisted 150 shares', maxLength: 500 })
  @Words()
  reason: string;
}

/** What may be asked of a run; all of it may be left out. */
export class RunOrderDto extends Reasoned {
  @ApiPropertyOptional({
    example: '2026-08-08',
    description: 'Only the edition of this day, out of the publisher’s archive',
  })
  @IsOptional()
  @IsDayString()
  date?: string;

  @ApiPropertyOptional({
    enum: EDITION_KINDS,
    description: 'With `date`; left out, the full set of that day, else its delta',
  })
  @IsOptional()
  @IsIn(EDITION_KINDS)
  kind?: EditionKind;

  @ApiPropertyOptional({
    example: PROFILE_EXAMPLE,
    description: 'What to take of lists of millions instead of what the settings say; `all` for all',
  })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  profile?: string;

  @ApiPropertyOptional({
    default: false,
    description: 'Download and apply it again even if it is what was published last',
  })
  @IsOptional()
  @IsBoolean()
  force?: boolean;

  @ApiPropertyOptional({
    example: 'ESMA says the file of the 7th is lost',
    description: 'Go on although deltas are missing, for this reason',
    maxLength: 500,
  })
  @IsOptional()
  @Words()
  acceptGap?: string;
}

/** Days of publication to bring, both included. */
export class BackfillDto extends Reasoned {
  @ApiProperty({ example: '2026-08-01' })
  @IsDayString()
  from: string;

  @ApiProperty({ example: '2026-08-08' })
  @IsDayString()
  to: string;

  @ApiPropertyOptional({
    enum: BACKFILL_MODES,
    default: 'missing',
    description: 'Editions that were never published, those whose last run did not succeed, or all',
  })
  @IsOptional()
  @IsIn(BACKFILL_MODES)
  mode?: BackfillMode;

  @ApiPropertyOptional({ default: false, description: 'The newest day first' })
  @IsOptional()
  @IsBoolean()
  backwards?: boolean;

  @ApiPropertyOptional({
    default: false,
    description: 'Only say which files and how many bytes that would be',
  })
  @IsOptional()
  @IsBoolean()
  dryRun?: boolean;

  @ApiPropertyOptional({ example: PROFILE_EXAMPLE })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  profile?: string;
}

export class LimitDto extends Reasoned {
  @ApiProperty({ example: 4, minimum: 1, maximum: MOST_STEPS })
  @IsInt()
  @Min(1)
  @Max(MOST_STEPS)
  most: number;
}

/** What `GET /v1/log` may be asked. */
export class LogQuery {
  @ApiPropertyOptional({ example: 'xx-iso-mic', description: 'What was decided on this source and its runs' })
  @IsOptional()
  @Matches(SOURCE_ID, { message: 'source must be the id of a source: GET /v1/sources lists them' })
  source?: string;

  @ApiPropertyOptional({ example: 17 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  run?: number;

  @ApiPropertyOptional({ example: 40, description: 'Only lines with a lower number' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  before?: number;

  @ApiPropertyOptional({ default: DEFAULT_LOG_LIMIT, minimum: 1, maximum: 500 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit?: number;
}

export class PauseDto {
  @ApiProperty({ example: 'xx-iso-mic', description: 'A source, or `all`' })
  source: string;
  @ApiProperty()
  pausedAt: Date;
  @ApiProperty({ example: 'api 127.0.0.1' })
  pausedBy: string;
  @ApiProperty({ description: 'Empty when nobody said why' })
  reason: string;
}

export class PauseList {
  @ApiProperty({ type: [PauseDto] })
  items: readonly PauseDto[];
}

const CHANGED = {
  description: 'False when it was so already: then nothing was done, and nothing was logged',
};

export class PauseAnswer {
  @ApiProperty({ example: 'xx-iso-mic' })
  source: string;
  @ApiProperty(CHANGED)
  changed: boolean;
  @ApiProperty({
    type: [PauseDto],
    description: 'What is in force for this source now: its own pause, and that of all',
  })
  pauses: readonly PauseDto[];
}

export class RunDecidedDto {
  @ApiProperty({
    example: 17,
    description: 'Its story: GET /v1/runs/17. After an approval the run that publishes',
  })
  run: number;
  @ApiProperty({ example: 'xx-iso-mic' })
  source: string;
  @ApiProperty({ enum: RUN_STATES })
  state: RunState;
  @ApiProperty(CHANGED)
  changed: boolean;
  @ApiProperty({ description: 'It waits until somebody resumes its source' })
  isPaused: boolean;
}

class BackfillEditionDto {
  @ApiProperty({ enum: EDITION_KINDS })
  kind: EditionKind;
  @ApiProperty({ example: '2026-08-08' })
  editionOn: string;
  @ApiProperty({ example: 2 })
  files: number;
  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Of a dry run, where the publisher says all sizes',
  })
  sizeBytes: number | null;
  @ApiProperty({ type: Number, nullable: true, description: 'The run that brings it' })
  run: number | null;
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'EDITION_OLDER',
    description: 'Why it is left out: with this code it would be refused',
  })
  leftOut: string | null;
}

class BackfillTotalsDto {
  @ApiProperty()
  editions: number;
  @ApiProperty()
  files: number;
  @ApiProperty({ description: 'Of a dry run, as far as it is known' })
  sizeBytes: number;
  @ApiProperty()
  filesOfUnknownSize: number;
  @ApiProperty()
  leftOut: number;
  @ApiProperty({ description: 'Runs that were made now' })
  queued: number;
}

export class BackfillAnswer {
  @ApiProperty({ example: 'eu-esma-firds' })
  source: string;
  @ApiProperty()
  isDryRun: boolean;
  @ApiProperty({ description: 'The runs wait until somebody resumes the source' })
  isPaused: boolean;
  @ApiProperty({ type: [BackfillEditionDto], description: 'In the order in which they are applied' })
  editions: readonly BackfillEditionDto[];
  @ApiProperty()
  totals: BackfillTotalsDto;
}

class ConcurrencyLimitDto {
  @ApiProperty({ enum: LIMIT_KINDS })
  kind: LimitKind;
  @ApiProperty({ example: 'eu-esma-firds', description: 'A source or a host; empty for `overall`' })
  name: string;
  @ApiProperty({ example: 2 })
  most: number;
}

export class LimitList {
  @ApiProperty({ type: [ConcurrencyLimitDto] })
  items: readonly ConcurrencyLimitDto[];
}

export class LimitAnswer {
  @ApiProperty({ enum: LIMIT_KINDS })
  kind: LimitKind;
  @ApiProperty()
  name: string;
  @ApiProperty({ type: Number, nullable: true, description: 'null: there is no limit' })
  most: number | null;
  @ApiProperty(CHANGED)
  changed: boolean;
}

class LogLineDto {
  @ApiProperty({ example: 41 })
  id: number;
  @ApiProperty()
  at: Date;
  @ApiProperty({ example: 'cli ann@desk', description: 'The door somebody came through, and from where' })
  actor: string;
  @ApiProperty({ example: 'approve' })
  action: string;
  @ApiProperty({ type: String, nullable: true, example: 'xx-iso-mic' })
  sourceId: string | null;
  @ApiProperty({ type: Number, nullable: true, example: 17 })
  runId: number | null;
  @ApiProperty({ type: Number, nullable: true })
  editionId: number | null;
  @ApiProperty({ type: String, nullable: true })
  reason: string | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'What else there is to say, by action',
  })
  details: Readonly<Record<string, unknown>>;
}

export class LogPage {
  @ApiProperty({ type: [LogLineDto] })
  items: readonly LogLineDto[];
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Where the next, older page is; null on the last one',
  })
  next: string | null;
}

import { ApiProperty } from '@nestjs/swagger';
import { RUN_STATES, type RunState } from '../../ingestion/run.js';
import { SLOT_STATES, type SlotState } from '../../ingestion/slot-rules.js';

class LicenceDto {
  @ApiProperty({ example: 'ISO 10383, free of charge' })
  name: string;
  @ApiProperty({ example: 'https://www.iso20022.org/market-identifier-codes' })
  url: string;
  @ApiProperty({
    example: 'ISO 10383 MIC, SWIFT as registration authority',
    description: 'Text to show with the data',
  })
  attribution: string;
  @ApiProperty()
  mayRedistribute: boolean;
}

class UntilDto {
  @ApiProperty({ example: 15, description: 'Minutes from one run to the next' })
  everyMinutes: number;
  @ApiProperty({ example: '14:00', description: 'Local time at which the edition of the day is given up' })
  giveUpAt: string;
  @ApiProperty({ example: 0, description: 'How many days the edition of a day is dated before it' })
  lagDays: number;
}

class ScheduleDto {
  @ApiProperty({ example: '0 6 * * *', description: 'Five-field cron expression, in `timeZone`' })
  cron: string;
  @ApiProperty({ example: 'Europe/Brussels' })
  timeZone: string;
  @ApiProperty({
    enum: ['latest', 'all', 'skip'],
    description: 'Due times nobody was there for: one run for the latest, a run for each, or none',
  })
  catchUp: 'latest' | 'all' | 'skip';
  @ApiProperty({
    type: Number,
    nullable: true,
    example: null,
    description: 'With `all`: how many of the latest due times get a run',
  })
  catchUpMost: number | null;
  @ApiProperty({
    type: [String],
    example: ['xx-iso-mic'],
    description:
      'Sources that come first: a slot waits until each was confirmed since its own latest due time',
  })
  after: string[];
  @ApiProperty({
    type: Number,
    nullable: true,
    example: 120,
    description: 'How many minutes they are waited for; then the run begins without them',
  })
  patienceMinutes: number | null;
  @ApiProperty({
    type: UntilDto,
    nullable: true,
    description: 'The publisher is asked again until the edition of the day was published',
  })
  until: UntilDto | null;
}

class LastRunDto {
  @ApiProperty({ example: 17 })
  id: number;
  @ApiProperty({ enum: RUN_STATES })
  state: RunState;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Why it failed or was refused' })
  code: string | null;
}

class SourceDto {
  @ApiProperty({ example: 'xx-iso-mic' })
  id: string;
  @ApiProperty({ example: 'ISO 10383 market identifier codes' })
  title: string;
  @ApiProperty({ example: 'SWIFT, registration authority of ISO 10383' })
  publisher: string;
  @ApiProperty()
  licence: LicenceDto;
  @ApiProperty()
  schedule: ScheduleDto;
  @ApiProperty({ description: 'Is it fetched on schedule? See ISINGLASS_SOURCES' })
  isOn: boolean;
  @ApiProperty({ type: [Date], description: 'The next due times; empty when the source is off' })
  nextDueAt: Date[];
  @ApiProperty({
    type: String,
    nullable: true,
    example: '2026-11-09',
    description: 'Day of the edition published last',
  })
  lastEdition: string | null;
  @ApiProperty({ type: Number, nullable: true, example: 12 })
  lastPublication: number | null;
  @ApiProperty({
    type: Date,
    nullable: true,
    description: 'When the publisher was last seen to hold what we hold',
  })
  lastConfirmedAt: Date | null;
  @ApiProperty({ type: LastRunDto, nullable: true })
  lastRun: LastRunDto | null;
}

export class SourceList {
  @ApiProperty({ type: [SourceDto] })
  items: SourceDto[];
}

class DueTimeDto {
  @ApiProperty({ example: '2027-03-28T05:00:00.000Z' })
  dueAt: Date;
  @ApiProperty({
    example: '2027-03-28T07:00:00+02:00',
    description: 'The same, as a clock in the zone of the schedule shows it',
  })
  local: string;
}

class SlotRunDto {
  @ApiProperty({ example: 17, description: 'Its story: GET /v1/runs/17' })
  id: number;
  @ApiProperty({ enum: RUN_STATES })
  state: RunState;
}

class SlotDto {
  @ApiProperty()
  dueAt: Date;
  @ApiProperty({
    enum: SLOT_STATES,
    description:
      '`waiting` for a source that comes first or for the edition of the day; `opened`: has its run; `skipped`: got none; `missed`: given up, with an alert',
  })
  state: SlotState;
  @ApiProperty({ type: String, nullable: true, example: 'the edition of 2027-03-28 is there' })
  reason: string | null;
  @ApiProperty({ description: 'When it was first seen to be due' })
  writtenAt: Date;
  @ApiProperty({ type: Date, nullable: true, description: 'Null while it waits' })
  endedAt: Date | null;
  @ApiProperty({
    type: [SlotRunDto],
    description: 'The runs it opened; one that somebody asked for is never among them',
  })
  runs: SlotRunDto[];
}

export class ScheduleAnswer {
  @ApiProperty({ example: 'eu-esma-firds' })
  id: string;
  @ApiProperty()
  title: string;
  @ApiProperty({ description: 'Is it fetched on schedule? See ISINGLASS_SOURCES' })
  isOn: boolean;
  @ApiProperty({ description: 'While it is paused no slot is opened' })
  isPaused: boolean;
  @ApiProperty()
  schedule: ScheduleDto;
  @ApiProperty({
    type: [DueTimeDto],
    description: 'The next ten due times; of a source that is off or paused, when it would be due',
  })
  next: DueTimeDto[];
  @ApiProperty({ type: [SlotDto], description: 'The last twenty slots, the newest first' })
  slots: SlotDto[];
}

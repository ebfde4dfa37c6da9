import { ApiProperty } from '@nestjs/swagger';
import { RUN_STATES, type RunState } from '../../ingestion/run.js';

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

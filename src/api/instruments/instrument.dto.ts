import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Matches, Max, MaxLength, Min } from 'class-validator';
import { IsCurrencyCode, IsLeiCode, IsMicCode } from '../../common/identifier.decorators.js';
import { ACTIONS, STATUSES, type Action, type Details, type Status } from '../../domain/record.js';
import { Freshness } from '../http/freshness.js';

const text = (example: string, description?: string) => ({
  type: String,
  nullable: true,
  example,
  description,
});

const upperCased = Transform(({ value }: { value: unknown }) =>
  typeof value === 'string' ? value.trim().toUpperCase() : value,
);

/** What `GET /v1/instruments` may be asked. */
export class InstrumentQuery {
  @ApiPropertyOptional({ example: 'INE00', description: 'Begins with' })
  @IsOptional()
  @upperCased
  @Matches(/^[A-Z]{1,2}[A-Z0-9]{0,10}$/, { message: 'isin must be the beginning of an ISIN' })
  isin?: string;

  @ApiPropertyOptional({
    example: 'steel',
    description:
      'Contains, whatever the case and the blanks; begins with, when it ends in *. At least 2 characters.',
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.replace(/\s+/g, ' ').trim() : value,
  )
  @MaxLength(200)
  @Matches(/^\P{Cc}+[^\p{Cc}*]\*?$/u, {
    message: 'name must be 2 characters or more, and then perhaps one *',
  })
  name?: string;

  @ApiPropertyOptional({ enum: STATUSES })
  @IsOptional()
  @IsIn(STATUSES)
  status?: Status;

  @ApiPropertyOptional({ example: 'ES', description: 'CFI (ISO 10962) begins with' })
  @IsOptional()
  @upperCased
  @Matches(/^[A-Z]{1,6}$/, { message: 'cfi must be 1 to 6 letters' })
  cfi?: string;

  @ApiPropertyOptional({ example: 'INR' })
  @IsOptional()
  @upperCased
  @IsCurrencyCode()
  currency?: string;

  @ApiPropertyOptional({ example: 'RELIANCE', description: 'Exactly' })
  @IsOptional()
  @Matches(/^\P{Cc}{1,50}$/u, { message: 'symbol must be 1 to 50 characters, without control characters' })
  symbol?: string;

  @ApiPropertyOptional({ example: '549300GDPG70E3MBBU98' })
  @IsOptional()
  @upperCased
  @IsLeiCode()
  issuerLei?: string;

  @ApiPropertyOptional({ example: 'XNSE', description: 'Has a listing on this venue' })
  @IsOptional()
  @upperCased
  @IsMicCode()
  mic?: string;

  @ApiPropertyOptional({ example: 'in-nse-equities', description: 'Is named by this source' })
  @IsOptional()
  @Matches(/^[a-z0-9-]{1,64}$/, { message: 'source must be the id of a source: GET /v1/sources lists them' })
  source?: string;

  @ApiPropertyOptional({ example: 'INE002A01018', description: 'Only ISINs after this one' })
  @IsOptional()
  @upperCased
  @Matches(/^[A-Z0-9]{1,12}$/, { message: 'after must be an ISIN, or its beginning' })
  after?: string;

  @ApiPropertyOptional({ default: 100, minimum: 1, maximum: 1000 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit?: number;
}

export class CfiAttributeDto {
  @ApiProperty({ type: String, nullable: true, example: 'Voting right' })
  name: string | null;
  @ApiProperty({ example: 'V' })
  code: string;
  @ApiProperty({ type: String, nullable: true, example: 'Voting' })
  value: string | null;
}

export class CfiDto {
  @ApiProperty({ example: 'ESVUFR' })
  code: string;
  @ApiProperty({ example: 'Equities, common/ordinary shares: voting, free, fully paid, registered' })
  words: string;
  @ApiProperty({ type: [CfiAttributeDto] })
  attributes: CfiAttributeDto[];
}

/** What golden records and listings both say, and on which two clocks. */
class DescriptionDto {
  @ApiProperty({ enum: STATUSES })
  status: Status;
  @ApiProperty(text('Reliance Industries Limited'))
  name: string | null;
  @ApiProperty(text('RELIANCE/SH', 'FISN (ISO 18774)'))
  shortName: string | null;
  @ApiProperty(text('INR'))
  currency: string | null;
  @ApiProperty(text('549300GDPG70E3MBBU98', 'LEI (ISO 17442)'))
  issuerLei: string | null;
  @ApiProperty(text('RELIANCE'))
  symbol: string | null;
  @ApiProperty(text('1995-11-29'))
  firstTradeOn: string | null;
  @ApiProperty(text('2030-01-15'))
  terminationOn: string | null;
  @ApiProperty({ example: '2026-11-20', description: 'The publishers’ clock: since when this holds' })
  validFrom: string;
  @ApiProperty({ description: 'Our clock: when we came to know it' })
  recordedAt: Date;
  @ApiProperty({ example: 12, description: 'The publication in which it last changed' })
  publication: number;
}

export class InstrumentDto extends DescriptionDto {
  @ApiProperty({ example: 'INE002A01018' })
  isin: string;
  @ApiProperty({ type: CfiDto, nullable: true })
  cfi: CfiDto | null;
}

export class FileDto {
  @ApiProperty({ example: 'EQUITY_L.csv' })
  name: string;
  @ApiProperty({ example: '153db8e940a615513151a7e2aed74eb9551f9529755861959a8c1f7f80ce914b' })
  sha256: string;
}

export class ListingDto extends DescriptionDto {
  @ApiProperty({ example: 'XNSE', description: 'MIC (ISO 10383); XXXX where the source names no market' })
  mic: string;
  @ApiProperty(text('NATIONAL STOCK EXCHANGE OF INDIA'))
  venue: string | null;
  @ApiProperty({ example: 'in-nse-equities' })
  source: string;
  @ApiProperty(text('ESXXXX'))
  cfi: string | null;
  @ApiProperty(
    text('XETR', 'The venue whose record speaks for the instrument, where the publisher names one'),
  )
  relevantMic: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true, example: { series: 'EQ', faceValue: '10' } })
  details: Details;
  @ApiProperty({
    enum: ACTIONS,
    description: 'The event by which it became as it is; a list states all anew',
  })
  action: Action;
  @ApiProperty({ description: 'False once the publisher terminated or cancelled it' })
  isOpen: boolean;
  @ApiProperty({ example: '2026-11-20', description: 'Day of the edition by which it became as it is' })
  statedOn: string;
  @ApiProperty(text('2026-11-19', 'Last day of a version that the publisher ended'))
  validTo: string | null;
  @ApiProperty({ example: '2026-11-20', description: 'Day of the edition that said so' })
  edition: string;
  @ApiProperty({ type: FileDto, nullable: true })
  file: FileDto | null;
}

export class LosingValueDto {
  @ApiProperty({ example: 'in-nse-equities' })
  source: string;
  @ApiProperty({ example: 'XNSE' })
  mic: string;
  @ApiProperty()
  value: string;
}

export class ProvenanceDto {
  @ApiProperty({ example: 'in-nse-equities' })
  source: string;
  @ApiProperty({ example: 'XNSE' })
  mic: string;
  @ApiProperty(text('2026-11-20'))
  edition: string | null;
  @ApiProperty({ type: FileDto, nullable: true })
  file: FileDto | null;
  @ApiProperty({ type: [LosingValueDto], description: 'What other records say instead' })
  losing: LosingValueDto[];
}

export class UnderlyingDto {
  @ApiProperty({ example: 'DE0007164600' })
  isin: string;
  @ApiProperty(text('SAP SE', 'Null where no source we read has it'))
  name: string | null;
  @ApiProperty({ enum: STATUSES, nullable: true })
  status: Status | null;
  @ApiProperty({ example: '/v1/instruments/DE0007164600' })
  href: string;
}

export class InstrumentAnswer extends InstrumentDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { debt: { maturityDate: '2031-01-15', fixedRate: '1.625' } },
    description: 'What the record that speaks for the instrument says beyond the golden fields',
  })
  attributes: Details;
  @ApiProperty({ type: [UnderlyingDto], description: 'What it is derived from' })
  underlyings: UnderlyingDto[];
  @ApiProperty({ type: [ListingDto] })
  listings: ListingDto[];
  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: '#/components/schemas/ProvenanceDto' },
    description: 'Golden field → where its value comes from',
  })
  provenance: Record<string, ProvenanceDto>;
  @ApiProperty()
  freshness: Freshness;
}

export class InstrumentPage {
  @ApiProperty({ type: [InstrumentDto] })
  items: InstrumentDto[];
  @ApiProperty(
    text('/v1/instruments?limit=100&after=INE002A01018', 'Where the next page is; null on the last one'),
  )
  next: string | null;
  @ApiProperty()
  freshness: Freshness;
}

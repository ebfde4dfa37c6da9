import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** What is wrong with one field of a request. */
export class FieldError {
  @ApiProperty({ example: 'limit' })
  readonly field: string;

  @ApiProperty({ example: 'limit must not be greater than 1000' })
  readonly message: string;
}

/** The body of every error: problem+json (RFC 9457), with our stable `code` and `nextStep`. */
export class Problem {
  @ApiProperty({ example: 'urn:isinglass:error:INSTRUMENT_UNKNOWN' })
  readonly type: string;

  @ApiProperty({ example: 'Instrument unknown' })
  readonly title: string;

  @ApiProperty({ example: 404 })
  readonly status: number;

  @ApiProperty({ example: 'US0378331005 is a valid ISIN, and no source we read has it' })
  readonly detail: string;

  @ApiProperty({ example: '/v1/instruments/US0378331005', description: 'What was asked' })
  readonly instance: string;

  @ApiProperty({ example: 'INSTRUMENT_UNKNOWN', description: 'Stable: for programs' })
  readonly code: string;

  @ApiProperty({
    example: 'See which sources are on and how fresh they are: GET /v1/sources',
    description: 'For people: what to do now',
  })
  readonly nextStep: string;

  @ApiPropertyOptional({
    type: [FieldError],
    description: 'With REQUEST_INVALID: what is wrong, field by field',
  })
  readonly errors?: readonly FieldError[];
}

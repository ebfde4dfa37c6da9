import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiOkResponse,
  ApiOperation,
  ApiPayloadTooLargeResponse,
  ApiProperty,
  ApiTags,
} from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsString, MaxLength } from 'class-validator';
import { NeedsUnlessPublic } from '../../auth/needs.decorator.js';
import { explainIsin, type IsinVerdict } from '../../domain/isin.js';

const MOST_ISINS = 1_000;

export class ValidateRequest {
  @ApiProperty({ type: [String], maxItems: MOST_ISINS, example: ['INE002A01018', 'US0378331003'] })
  @IsArray()
  @ArrayMaxSize(MOST_ISINS)
  @IsString({ each: true })
  @MaxLength(200, { each: true })
  isins: string[];
}

class ReasonDto {
  @ApiProperty({ example: 'ISIN_CHECK_DIGIT' })
  code: string;
  @ApiProperty({ example: 'The check digit should be 5, not 3; one of the characters is probably mistyped.' })
  message: string;
}

class PrefixDto {
  @ApiProperty({ example: 'US' })
  code: string;
  @ApiProperty({ enum: ['country', 'special', 'historic', 'unknown'] })
  kind: string;
  @ApiProperty({ example: 'United States' })
  name: string;
  @ApiProperty({ description: 'For internal use, and so perhaps not unique' })
  isQuarantined: boolean;
}

class VerdictDto {
  @ApiProperty({ example: 'US0378331003', description: 'As it was asked' })
  input: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'In normal form; null when it is invalid',
  })
  isin: string | null;
  @ApiProperty()
  isValid: boolean;
  @ApiProperty({ type: [ReasonDto], description: 'Why it is invalid' })
  reasons: ReasonDto[];
  @ApiProperty({ type: [ReasonDto], example: [], description: 'What is odd about it all the same' })
  warnings: ReasonDto[];
  @ApiProperty({ type: PrefixDto, nullable: true })
  prefix: PrefixDto | null;
  @ApiProperty({ type: [String], example: ['US0378331005'], description: 'What may have been meant' })
  suggestions: string[];
}

class ValidateAnswer {
  @ApiProperty({ type: [VerdictDto], description: 'In the order of the questions' })
  items: VerdictDto[];
}

@ApiTags('isins')
@NeedsUnlessPublic('instruments:read')
@Controller('v1/isins')
export class IsinsController {
  @Post('validate')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Are these ISINs (ISO 6166), why not, and what may have been meant? Asks no source.',
  })
  @ApiOkResponse({ type: ValidateAnswer })
  @ApiBadRequestResponse({ description: 'REQUEST_INVALID' })
  @ApiPayloadTooLargeResponse({ description: 'BODY_TOO_LARGE: more than 256 kB' })
  validate(@Body() request: ValidateRequest): { items: IsinVerdict[] } {
    return { items: request.isins.map((text) => explainIsin(text)) };
  }
}

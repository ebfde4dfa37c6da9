import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiExtraModels,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { Request } from 'express';
import { NeedsUnlessPublic } from '../../auth/needs.decorator.js';
import { BadRequestError } from '../../common/errors.js';
import { decodeCfi } from '../../domain/cfi.js';
import { explainIsin, isIsin, normaliseIsin } from '../../domain/isin.js';
import { InstrumentReader, type Instrument } from '../../instruments/instrument-reader.js';
import { SourceOverview } from '../../operations/source-overview.js';
import { freshnessOf } from '../http/freshness.js';
import { hiddenFrom } from '../http/hidden-sources.js';
import { principalOf } from '../http/principal-of.js';
import { nextPage } from '../http/next-page.js';
import { ReadPlaces } from '../http/read-places.js';
import {
  InstrumentAnswer,
  InstrumentPage,
  InstrumentQuery,
  ProvenanceDto,
  type CfiDto,
  type InstrumentDto,
} from './instrument.dto.js';

const DEFAULT_LIMIT = 100;

@ApiTags('instruments')
@NeedsUnlessPublic('instruments:read')
@ApiExtraModels(ProvenanceDto)
@Controller('v1/instruments')
export class InstrumentsController {
  constructor(
    private readonly places: ReadPlaces,
    private readonly reader: InstrumentReader,
    private readonly overview: SourceOverview,
  ) {}

  @Get(':isin')
  @ApiOperation({ summary: 'The golden record of one ISIN, its listings, and where each value comes from' })
  @ApiParam({ name: 'isin', example: 'INE002A01018' })
  @ApiOkResponse({ type: InstrumentAnswer })
  @ApiBadRequestResponse({ description: 'ISIN_INVALID, with the reasons and what may have been meant' })
  @ApiNotFoundResponse({ description: 'INSTRUMENT_UNKNOWN' })
  async get(@Param('isin') text: string, @Req() request: Request): Promise<InstrumentAnswer> {
    const isin = validIsin(text);
    const hidden = hiddenFrom(principalOf(request));
    return this.places.read(request, async (db) => {
      const { listings, provenance, attributes, underlyings, ...golden } = await this.reader.get(
        isin,
        db,
        hidden,
      );
      const sources = listings.map(({ source }) => source);
      return {
        ...shown(golden),
        attributes,
        underlyings: underlyings.map((underlying) => ({
          ...underlying,
          href: `/v1/instruments/${underlying.isin}`,
        })),
        listings: [...listings],
        provenance: Object.fromEntries(
          Object.entries(provenance).map(([field, value]) => [
            field,
            { ...value, losing: [...value.losing] },
          ]),
        ),
        freshness: await freshnessOf(this.reader, this.overview, db, { sources }),
      };
    });
  }

  @Get()
  @ApiOperation({ summary: 'Golden records by filter, in the order of their ISINs' })
  @ApiOkResponse({ type: InstrumentPage })
  @ApiBadRequestResponse({ description: 'REQUEST_INVALID' })
  async list(@Query() query: InstrumentQuery, @Req() request: Request): Promise<InstrumentPage> {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const hidden = hiddenFrom(principalOf(request));
    return this.places.read(request, async (db) => {
      const found = await this.reader.list({ ...query, hidden, limit: limit + 1 }, db);
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(shown),
        next: found.length > limit && last !== undefined ? nextPage(request, 'after', last.isin) : null,
        freshness: await freshnessOf(this.reader, this.overview, db, { hidden }),
      };
    });
  }
}

function validIsin(text: string): string {
  // Sources know ISINs whose prefix nobody allocates: a right check digit is enough to ask.
  const isin = normaliseIsin(text);
  if (isIsin(isin)) return isin;
  const { reasons, suggestions } = explainIsin(text);
  const shownText = text.slice(0, 40);
  throw new BadRequestError(
    'ISIN_INVALID',
    `"${shownText}" is no ISIN: ${reasons.map(({ message }) => message).join(' ')}`,
    suggestions.length > 0
      ? `Did you mean ${suggestions.join(' or ')}?`
      : 'POST /v1/isins/validate explains more.',
  );
}

function shown(instrument: Instrument): InstrumentDto {
  return { ...instrument, cfi: instrument.cfi === null ? null : cfiInWords(instrument.cfi) };
}

function cfiInWords(code: string): CfiDto {
  const decoded = decodeCfi(code);
  return {
    code,
    words: decoded?.words ?? code,
    attributes: (decoded?.attributes ?? []).map(({ name, code: letter, value }) => ({
      name,
      code: letter,
      value,
    })),
  };
}

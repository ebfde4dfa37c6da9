import { ApiProperty } from '@nestjs/swagger';
import type { Queries } from '../../database/database.js';
import type { InstrumentReader } from '../../instruments/instrument-reader.js';
import type { SourceOverview } from '../../operations/source-overview.js';

/** How fresh one source is, and whose data it is. */
export class SourceFreshness {
  @ApiProperty({ example: 'in-nse-equities' })
  id: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: '2026-11-20',
    description: 'Day of the edition published last',
  })
  edition: string | null;

  @ApiProperty({
    type: Date,
    nullable: true,
    description: 'When the publisher was last seen to hold what we hold',
  })
  confirmedAt: Date | null;

  @ApiProperty({ description: 'Text to show with the data' })
  attribution: string;
}

/** Which state of the house an answer is from. */
export class Freshness {
  @ApiProperty({ example: 12, description: 'Number of the newest publication; 0 before the first' })
  publication: number;

  @ApiProperty({ type: Date, nullable: true })
  publishedAt: Date | null;

  @ApiProperty({ type: [SourceFreshness] })
  sources: SourceFreshness[];
}

/**
 * @param db the moment that the rest of the answer is of
 * @param of the sources of the answer; or all that ever published, without the hidden ones
 */
export async function freshnessOf(
  reader: InstrumentReader,
  overview: SourceOverview,
  db: Queries,
  of: { readonly sources: readonly string[] } | { readonly hidden: readonly string[] },
): Promise<Freshness> {
  const newest = await reader.newestPublication(db);
  const sources = await overview.list(db);
  const isAsked = (id: string, hasPublished: boolean): boolean =>
    'sources' in of ? of.sources.includes(id) : hasPublished && !of.hidden.includes(id);
  return {
    publication: newest?.number ?? 0,
    publishedAt: newest?.publishedAt ?? null,
    sources: sources
      .filter(({ id, lastPublication }) => isAsked(id, lastPublication !== null))
      .map(({ id, lastEdition, lastConfirmedAt, licence }) => ({
        id,
        edition: lastEdition,
        confirmedAt: lastConfirmedAt,
        attribution: licence.attribution,
      })),
  };
}

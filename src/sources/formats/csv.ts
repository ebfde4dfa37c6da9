import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse, type Options } from 'csv-parse';
import { EditionRefusedError } from '../../common/errors.js';
import { surveyText, type TextEncoding } from './text-survey.js';

/** One record of a CSV file. */
export interface CsvRecord {
  /** First physical line, counted from 1; a quoted cell may spread the record over several. */
  readonly line: number;
  readonly cells: readonly string[];
  /** As the publisher wrote it, without its line end. */
  readonly raw: string;
  /** False only for the last record of a file that does not end in a line end: its last cell may have been cut. */
  readonly isTerminated: boolean;
}

/** Far above any honest record; an unclosed quote would otherwise swallow the rest of the file. */
const MAX_RECORD_BYTES = 65_536;

/** CRLF first, or it would be read as two ends. */
const LINE_ENDS = ['\r\n', '\n', '\r'];

/**
 * The records of a CSV file (RFC 4180, any of the three line ends), in file order and in constant memory. The header is
 * a record like any other; records of different lengths are legal here, {@link Header} judges them.
 * @param label What the file is, for messages: `in-nse-equities: EQUITY_L of 2026-08-08`.
 * @throws PublisherChangedError FILE_IS_* when the file is something else; EditionRefusedError CSV_NUL_BYTE,
 * CSV_ENCODING, CSV_BROKEN (quotes) or CSV_RECORD_TOO_LONG (64 kB).
 */
export async function* csvRecords(path: string, label: string): AsyncGenerator<CsvRecord> {
  const encoding = await surveyText(path, label);
  let line = 1;
  const options: Options<CsvRecord, { record: string[]; raw: string }> = {
    record_delimiter: LINE_ENDS,
    relax_column_count: true,
    max_record_size: MAX_RECORD_BYTES,
    raw: true,
    // Lines are counted here and not by the parser, which counts a CRLF within quotes as two lines (csv-parse 7.0.3);
    // and as soon as a record ends, so that an error knows where the record after it began.
    on_record: ({ record, raw }) => {
      const withoutEnd = raw.replace(/(?:\r\n|\n|\r)$/, '');
      const isTerminated = withoutEnd.length < raw.length;
      const csvRecord = { line, cells: record, raw: withoutEnd, isTerminated };
      line += lineEndsIn(withoutEnd) + 1;
      return csvRecord;
    },
  };
  // Its declared type does not know that with `raw` a record is more than its cells.
  const parser = parse(options as unknown as Options);
  // Errors of either side reach the loop below; leaving the loop early closes the file.
  pipeline(Readable.from(decodedText(path, encoding)), parser, () => undefined);
  try {
    for await (const record of parser as AsyncIterable<CsvRecord>) yield record;
  } catch (error) {
    if (error instanceof CsvError) throw refusal(error, line, label);
    throw error;
  }
}

async function* decodedText(path: string, encoding: TextEncoding): AsyncGenerator<string> {
  // Takes a byte order mark away, and keeps characters whole that lie across two chunks.
  const decoder = new TextDecoder(encoding);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== '') yield text;
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}

function lineEndsIn(text: string): number {
  return text.match(/\r\n|\n|\r/g)?.length ?? 0;
}

function refusal(cause: CsvError, line: number, label: string): EditionRefusedError {
  if (cause.code === 'CSV_MAX_RECORD_SIZE') {
    return new EditionRefusedError(
      'CSV_RECORD_TOO_LONG',
      `${label}: the record that begins on line ${line} is longer than ${MAX_RECORD_BYTES} bytes; most likely a quote in it is never closed.`,
      `Look at line ${line} of the file and fetch the edition again; if the publisher wrote it so, tell them.`,
      { cause },
    );
  }
  return new EditionRefusedError(
    'CSV_BROKEN',
    `${label}: the record that begins on line ${line} has a quote where none may stand, or one that is never closed: ${cause.message}.`,
    `Look at line ${line} of the file; a download that broke off ends so. Fetch the edition again.`,
    { cause },
  );
}

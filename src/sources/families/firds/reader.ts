import { EditionRefusedError } from '../../../common/errors.js';
import type { BulkBlock, BulkFile, BulkReader } from '../../source.js';
import { XmlError, XmlScanner } from '../../formats/xml/xml-scanner.js';
import { BlockBuilder } from './block-builder.js';
import { openXml } from './open-xml.js';
import { RecordSink } from './record-sink.js';
import { fileStem } from './stem.js';

/**
 * Reads a file of FIRDS, zipped or not, into lines of COPY text: bytes in, bytes out, without a string or an object for
 * a record. While one piece of the archive is read, the next is inflated in another thread.
 */
export const firdsReader: BulkReader = { readBlocks };

/**
 * @throws PublisherChangedError FIRDS_KIND_MISMATCH, FIRDS_HEADER_MISMATCH, FILE_IS_*; EditionRefusedError ZIP_*, XML_*,
 * FIRDS_RECORD_TOO_LONG, REJECTS_TOO_MANY
 */
async function* readBlocks(file: BulkFile): AsyncGenerator<BulkBlock> {
  const stem = fileStem(file.part.name, file.editionOn);
  const label = stem ?? `${file.part.name} of ${file.editionOn}`;
  const xml = await openXml(file.path, label, stem);
  const builder = new BlockBuilder(label);
  const sink = new RecordSink(file, label, builder);
  const scanner = new XmlScanner(sink);
  try {
    for await (const chunk of xml.chunks()) {
      scanner.write(chunk);
      yield* builder.takeFull(xml.share());
    }
    scanner.end();
  } catch (error) {
    if (error instanceof XmlError) throw refusal(error, label);
    throw error;
  }
  sink.header.confirmReport();
  yield* builder.takeFull(1);
  yield builder.takeRest();
}

function refusal(cause: XmlError, label: string): EditionRefusedError {
  return new EditionRefusedError(
    cause.code,
    `${label}: the XML is broken at byte ${cause.byteOffset}: ${cause.message}`,
    'Fetch the edition again: a file that broke off or was changed on its way looks like this. If it stays so, tell the publisher.',
    { cause },
  );
}

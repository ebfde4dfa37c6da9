import {
  XmlError,
  XmlScanner,
  type XmlAttribute,
  type XmlNode,
  type XmlSink,
} from '../../formats/xml/xml-scanner.js';
import { listingUnknown, textOf, type ListedDocument, type ListingPage } from './family-listing.js';

/** Reads Solr's answer in XML. @throws PublisherChangedError LISTING_UNKNOWN */
export function readXmlAnswer(text: string, sourceId: string): ListingPage {
  const sink = new SolrXmlSink();
  try {
    const scanner = new XmlScanner(sink);
    scanner.write(Buffer.from(text));
    scanner.end();
  } catch (error) {
    if (error instanceof XmlError)
      throw listingUnknown(sourceId, `no sound XML, ${error.message}`, text, error);
    throw error;
  }
  const { total, documents, isPartial } = sink;
  if (total === undefined) throw listingUnknown(sourceId, 'no XML of Solr with "numFound"', text);
  return { total, documents, isPartial };
}

/** `<response><result numFound="4"><doc><str name="file_name">…</str>…</doc></result></response>` */
class SolrXmlSink implements XmlSink {
  total: number | undefined;
  isPartial = false;
  readonly documents: ListedDocument[] = [];

  private fields = new Map<string, string>();
  private name = '';
  private value = '';

  open(node: XmlNode): void {
    this.name = '';
    this.value = '';
    if (node.path === 'response/result/doc') this.fields = new Map();
  }

  attribute(attribute: XmlAttribute, bytes: Uint8Array, start: number, end: number): void {
    const value = textIn(bytes, start, end);
    if (attribute.localName === 'name') this.name = value;
    if (
      attribute.node.path === 'response/result' &&
      attribute.localName === 'numFound' &&
      /^[0-9]{1,15}$/.test(value)
    ) {
      this.total = Number(value);
    }
  }

  text(_node: XmlNode, bytes: Uint8Array, start: number, end: number): void {
    this.value += textIn(bytes, start, end);
  }

  close(node: XmlNode): void {
    if (node.path === 'response/result/doc') this.documents.push(documentOf(this.fields));
    else if (node.parent?.path === 'response/result/doc') this.fields.set(this.name, this.value);
    else if (node.path === 'response/lst/bool' && this.name === 'partialResults') {
      this.isPartial = this.value.trim() === 'true';
    }
  }
}

function documentOf(fields: ReadonlyMap<string, string>): ListedDocument {
  return {
    fileName: textOf(fields.get('file_name')),
    link: textOf(fields.get('download_link')),
    checksum: textOf(fields.get('checksum')),
    id: textOf(fields.get('id')),
  };
}

function textIn(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
}

import type { BulkFile } from '../../source.js';
import type { XmlAttribute, XmlNode } from '../../formats/xml/xml-scanner.js';
import type { XmlSink } from '../../formats/xml/xml-sink.js';
import { AsideValues } from './aside-values.js';
import type { BlockBuilder } from './block-builder.js';
import {
  EVENT,
  IGNORED,
  MESSAGE_ID,
  pathInRecord,
  pathOfAttribute,
  recordAction,
  REPORT_DAY,
  reportKind,
  roleOf,
  roleOfAttribute,
  STRANGE,
  STRANGE_RECORD,
  UNKNOWN,
} from './node-roles.js';
import { RecordNotes } from './record-notes.js';
import { RecordValues } from './record-values.js';
import { RecordWriter } from './record-writer.js';
import { ReportHeader } from './report-header.js';
import { FIELD_COUNT, IS_LIST, SLOT_COUNT } from './slots.js';

const ELEMENT_UNKNOWN = 'ELEMENT_UNKNOWN';

/** Collects the values of each record, and hands it on when it is complete. */
export class RecordSink implements XmlSink {
  readonly header: ReportHeader;
  private readonly values: RecordValues;
  private readonly aside: AsideValues;
  private readonly notes = new RecordNotes();
  private readonly writer: RecordWriter;
  /** Depth of the element below which values have no place of their own; 0 for none. */
  private asideDepth = 0;
  /** Why: `ELEMENT_REPEATED Issr`; '' where the elements are unknown. */
  private asideOddity = '';
  /** Has the element around the record a record? */
  private isEventEmpty = true;

  /** @param label What the file is, for messages. */
  constructor(
    file: BulkFile,
    label: string,
    private readonly builder: BlockBuilder,
  ) {
    this.header = new ReportHeader(file, label);
    this.values = new RecordValues(label);
    this.aside = new AsideValues(label);
    this.writer = new RecordWriter(file, this.values, this.aside, this.notes, builder);
  }

  open(node: XmlNode): void {
    if (node.slot < 0) this.meet(node);
    const { slot } = node;
    const { values } = this;
    if (this.asideDepth !== 0) {
      this.aside.open(pathInRecord(node));
    } else if (slot >= SLOT_COUNT) {
      this.openOther(node, slot);
    } else if (slot < FIELD_COUNT && IS_LIST[slot] === 1) {
      values.openItem(slot, node);
    } else if (values.stamps[slot] === values.stamp) {
      const code = node.localName === 'TradgVnRltdAttrbts' ? 'VENUE_REPEATED' : 'ELEMENT_REPEATED';
      this.setAside(node, `${code} ${pathInRecord(node)}`);
    } else if (slot < FIELD_COUNT) {
      values.open(slot, node);
    } else {
      values.stamps[slot] = values.stamp;
    }
  }

  attribute(attribute: XmlAttribute, bytes: Uint8Array, start: number, end: number): void {
    if (attribute.slot < 0) attribute.slot = roleOfAttribute(attribute);
    const { slot } = attribute;
    if (slot === IGNORED) return;
    if (slot < FIELD_COUNT && this.asideDepth === 0) {
      this.values.open(slot, attribute);
      this.values.append(slot, bytes, start, end);
      this.values.restart(attribute.node.slot);
      return;
    }
    const path = pathOfAttribute(attribute);
    this.aside.add(path, textOf(bytes, start, end));
    if (slot === UNKNOWN) this.notes.addOddity(`${ELEMENT_UNKNOWN} ${path}`);
  }

  text(node: XmlNode, bytes: Uint8Array, start: number, end: number): void {
    const { slot } = node;
    if (this.asideDepth !== 0) {
      this.aside.text(textOf(bytes, start, end));
    } else if (slot < FIELD_COUNT) {
      this.values.append(slot, bytes, start, end);
      if (IS_LIST[slot] === 1) this.values.extendItem();
    } else {
      this.textElsewhere(node, bytes, start, end);
    }
  }

  close(node: XmlNode): void {
    if (this.asideDepth !== 0) this.closeAside(node);
    else if (node.slot >= SLOT_COUNT) this.closeOther(node.slot);
  }

  /** The first element of its path. */
  private meet(node: XmlNode): void {
    node.slot = roleOf(node);
    if (node.depth === 1) this.header.rootName = node.name;
    if (node.slot === STRANGE && node.parent?.slot !== STRANGE) {
      this.builder.addOddity(`${ELEMENT_UNKNOWN} ${node.path}`);
    }
  }

  private openOther(node: XmlNode, role: number): void {
    if (role === EVENT) {
      this.isEventEmpty = true;
      return;
    }
    if (role === STRANGE_RECORD || recordAction(role) !== undefined) {
      this.header.confirm();
      this.isEventEmpty = false;
      this.values.begin();
      this.aside.begin();
      this.notes.begin();
      if (role === STRANGE_RECORD) this.setAside(node, '');
      return;
    }
    if (role === UNKNOWN) {
      this.setAside(node, '');
      return;
    }
    const kind = reportKind(role);
    if (kind !== undefined) this.header.confirmKind(kind);
  }

  private closeOther(role: number): void {
    const action = recordAction(role);
    if (action !== undefined) {
      this.writer.take(action);
    } else if (role === EVENT && this.isEventEmpty) {
      this.values.begin();
      this.aside.begin();
      this.writer.takeStrange('');
    } else if (reportKind(role) !== undefined) {
      this.header.confirm();
    }
  }

  /** What is in this element has no place of its own. */
  private setAside(node: XmlNode, oddity: string): void {
    this.asideDepth = node.depth;
    this.asideOddity = oddity;
    this.aside.open(pathInRecord(node));
  }

  private closeAside(node: XmlNode): void {
    const path = this.aside.close();
    if (this.asideOddity === '' && path !== undefined) this.notes.addOddity(`${ELEMENT_UNKNOWN} ${path}`);
    if (node.depth > this.asideDepth) return;
    this.asideDepth = 0;
    if (this.asideOddity !== '') this.notes.addOddity(this.asideOddity);
    if (node.slot === STRANGE_RECORD) this.writer.takeStrange(node.localName);
  }

  /** Text of the header, and text where only elements should be. */
  private textElsewhere(node: XmlNode, bytes: Uint8Array, start: number, end: number): void {
    const { slot } = node;
    if (slot === MESSAGE_ID) {
      this.header.messageId += textOf(bytes, start, end);
    } else if (slot === REPORT_DAY) {
      this.header.day += textOf(bytes, start, end);
    } else if (slot < SLOT_COUNT || recordAction(slot) !== undefined) {
      const text = textOf(bytes, start, end);
      if (text.trim() === '') return;
      const path = `${pathInRecord(node)}/#text`;
      this.aside.add(path, text);
      this.notes.addOddity(`${ELEMENT_UNKNOWN} ${path}`);
    }
  }
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}

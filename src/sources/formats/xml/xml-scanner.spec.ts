import { scanChunks, type XmlEventLine } from '../../../../test/support/xml-events.js';
import { XmlError, XmlScanner, type XmlAttribute, type XmlLimits, type XmlNode } from './xml-scanner.js';

type Document = string | readonly (string | number)[];

/** Strings are UTF-8, numbers are bytes. */
function bytesOf(document: Document): Buffer {
  const parts = typeof document === 'string' ? [document] : document;
  return Buffer.concat(parts.map((part) => Buffer.from(typeof part === 'string' ? part : [part])));
}

const byteByByte = (bytes: Buffer) => Array.from(bytes, (byte) => Uint8Array.of(byte));

/** The events of a document, which must be the same in one chunk and byte by byte. */
function linesOf(document: Document, limits?: Partial<XmlLimits>): readonly XmlEventLine[] {
  const bytes = bytesOf(document);
  const { lines, error } = scanChunks([bytes], limits);
  expect(error?.message).toBeUndefined();
  expect(scanChunks(byteByByte(bytes), limits)).toEqual({ lines });
  return lines;
}

/** Code and place of the fault, which must be the same in one chunk and byte by byte. */
function faultOf(document: Document, limits?: Partial<XmlLimits>): string | undefined {
  const bytes = bytesOf(document);
  const { error } = scanChunks([bytes], limits);
  expect(scanChunks(byteByByte(bytes), limits).error?.message).toBe(error?.message);
  return error && `${error.code} ${error.byteOffset}`;
}

/** A sink that remembers nodes and where the scanner was. */
class Recorder {
  readonly nodes: XmlNode[] = [];
  readonly attributes: XmlAttribute[] = [];
  readonly places: [string, number][] = [];
  readonly scanner = new XmlScanner(this);

  open(node: XmlNode): void {
    this.nodes.push(node);
    this.places.push([`<${node.name}`, this.scanner.byteOffset]);
  }
  attribute(attribute: XmlAttribute): void {
    this.attributes.push(attribute);
  }
  text(): void {}
  close(node: XmlNode): void {
    this.places.push([`>${node.name}`, this.scanner.byteOffset]);
  }

  read(document: string): this {
    this.scanner.write(Buffer.from(document));
    this.scanner.end();
    return this;
  }
}

describe('events', () => {
  it.each<[string, Document, XmlEventLine[]]>([
    [
      'elements, attributes and text',
      `<a x="1" y='2'>t<b>u</b>v</a>`,
      '<a|@x=1|@y=2|"t|<b|"u|>b|"v|>a'.split('|'),
    ],
    ['an empty element', '<a><b/><c x="1"/></a>', '<a|<b|>b|<c|@x=1|>c|>a'.split('|')],
    ['white space in tags', '<a\n x\t=\r"1" ><b /></a\r\n>', '<a|@x=1|<b|>b|>a'.split('|')],
    ['white space between tags', '<a> <b>\n</b>\t</a>', ['<a', '" ', '<b', '"\n', '>b', '"\t', '>a']],
    [
      'declarations of namespaces',
      '<x:a xmlns:x="u" xmlns="v"/>',
      '<x:a|@xmlns:x=u|@xmlns=v|>x:a'.split('|'),
    ],
    ['references', '<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;&#x00041;</a>', ['<a', '"<>&"\'A😀A', '>a']],
    ['a reference only once', '<a x="&#38;lt;">&#38;lt;</a>', ['<a', '@x=&lt;', '"&lt;', '>a']],
    ['CDATA as it stands', '<a>1<![CDATA[<b>&amp;]]]]>2</a>', ['<a', '"1<b>&amp;]]2', '>a']],
    ['nothing of an empty CDATA section', '<a><![CDATA[]]></a>', ['<a', '>a']],
    ['text around comments as one', '<a>1<!-- <b> & - -->2<?p ?>3</a>', ['<a', '"123', '>a']],
    ['brackets that end nothing', '<a>]]]</a>', ['<a', '"]]]', '>a']],
    [
      'line ends as line feeds',
      '<a>1\r\n2\r3\n4\r\r\n<![CDATA[\r\n\r]]></a>',
      ['<a', '"1\n2\n3\n4\n\n\n\n', '>a'],
    ],
    ['line ends that are referred to', '<a x="&#13;&#10;&#9;">&#13;</a>', ['<a', '@x=\r\n\t', '"\r', '>a']],
    ['white space in values as blanks', '<a x="1\t2\n3\r\n4\r5"/>', ['<a', '@x=1 2 3 4 5', '>a']],
    ['the other quote in a value', `<a x='"' y="'"/>`, ['<a', '@x="', "@y='", '>a']],
    [
      'the borders of what is allowed',
      '<a>\u007f\u0080\ud7ff\ue000\ufffd𐀀\u{10ffff}</a>',
      ['<a', '"\u007f\u0080\ud7ff\ue000\ufffd𐀀\u{10ffff}', '>a'],
    ],
    ['names beyond ASCII', '<é 名="1"><𐀀/></é>', ['<é', '@名=1', '<𐀀', '>𐀀', '>é']],
    ['names with colons', '<:><a:b:c/></:>', ['<:', '<a:b:c', '>a:b:c', '>:']],
    [
      'children that come in another order',
      '<a><b/><c/><b/><c/><c/><b/></a>',
      '<a|<b|>b|<c|>c|<b|>b|<c|>c|<c|>c|<b|>b|>a'.split('|'),
    ],
    [
      'children of similar names',
      '<a><bcdefghij/><bcdefghik/><bcdefghi/></a>',
      '<a|<bcdefghij|>bcdefghij|<bcdefghik|>bcdefghik|<bcdefghi|>bcdefghi|>a'.split('|'),
    ],
  ])('give %s', (_what, document, lines) => {
    expect(linesOf(document)).toEqual(lines);
  });

  it('are the same for many children, of names of every length', () => {
    const names = Array.from({ length: 40 }, (_, index) => 'n'.repeat(index + 1));
    const inside = [...names, ...names, ...names.toReversed()];
    const document = `<r>${inside.map((name) => `<${name}>x</${name}>`).join('')}</r>`;
    expect(linesOf(document)).toEqual([
      '<r',
      ...inside.flatMap((name) => [`<${name}`, '"x', `>${name}`]),
      '>r',
    ]);
  });
});

describe('around the root element', () => {
  it.each<[string, Document]>([
    ['a byte order mark', '\ufeff<a/>'],
    ['an XML declaration', '<?xml version="1.0" encoding="utf-8" standalone=\'yes\' ?><a/>'],
    ['a declaration of ASCII', "<?xml version='1.0' encoding='us-ascii'?><a/>"],
    ['a mark and a declaration', '\ufeff<?xml version = "1.0"?>\r\n<a/>'],
    ['XML that calls itself 1.1', '<?xml version="1.1"?><a/>'],
    [
      'comments, instructions and white space',
      '<!--c--> <?p?>\n<?xml-stylesheet x?><a/>\r\n<!----><?p ??>\t',
    ],
  ])('there may be %s', (_what, document) => {
    expect(linesOf(document)).toEqual(['<a', '>a']);
  });

  it.each<[string, Document, string]>([
    ['nothing', '', 'XML_NOT_WELL_FORMED 0'],
    ['only a mark', '\ufeff', 'XML_NOT_WELL_FORMED 3'],
    ['only a comment', '<!--c-->', 'XML_NOT_WELL_FORMED 8'],
    ['text before', ' x<a/>', 'XML_NOT_WELL_FORMED 1'],
    ['text after', '<a/> x', 'XML_NOT_WELL_FORMED 5'],
    ['a reference after', '<a/>&#32;', 'XML_NOT_WELL_FORMED 4'],
    ['CDATA after', '<a/><![CDATA[]]>', 'XML_NOT_WELL_FORMED 4'],
    ['a second root', '<a></a><b/>', 'XML_NOT_WELL_FORMED 7'],
    ['an end tag before', '</a>', 'XML_NOT_WELL_FORMED 0'],
    ['an end tag after', '<a/></a>', 'XML_NOT_WELL_FORMED 4'],
    ['a mark in the middle', '<a/>\ufeff', 'XML_NOT_WELL_FORMED 4'],
    ['a DOCTYPE', '<?xml version="1.0"?><!DOCTYPE a><a/>', 'XML_DOCTYPE 21'],
    ['a DOCTYPE with a subset', '<!DOCTYPE a [<!ENTITY b "c">]><a/>', 'XML_DOCTYPE 0'],
    ['a DOCTYPE in lower case', '<!doctype a><a/>', 'XML_NOT_WELL_FORMED 0'],
    ['a late XML declaration', '\n<?xml version="1.0"?><a/>', 'XML_NOT_WELL_FORMED 1'],
    ['an XML declaration in capitals', '<?XML version="1.0"?><a/>', 'XML_NOT_WELL_FORMED 0'],
    ['a declaration without a version', '<?xml encoding="UTF-8"?><a/>', 'XML_NOT_WELL_FORMED 0'],
    ['a declaration of version 2.0', '<?xml version="2.0"?><a/>', 'XML_NOT_WELL_FORMED 0'],
    [
      'a declaration in a wrong order',
      '<?xml version="1.0" standalone="no" encoding="UTF-8"?><a/>',
      'XML_NOT_WELL_FORMED 0',
    ],
    [
      'a declaration that may be',
      '\ufeff<?xml version="1.0" standalone="maybe"?><a/>',
      'XML_NOT_WELL_FORMED 3',
    ],
    ['a declaration without an end', '<?xml version="1.0"><a/>', 'XML_NOT_WELL_FORMED 24'],
  ])('there may not be %s', (_what, document, fault) => {
    expect(faultOf(document)).toBe(fault);
  });
});

describe('encodings other than UTF-8 are refused', () => {
  it.each<[string, Document, string]>([
    ['a declared one', '<?xml version="1.0" encoding="ISO-8859-1"?><a/>', 'XML_ENCODING 0'],
    ['UTF-16 by its mark', [0xff, 0xfe, '<', 0, 'a', 0], 'XML_ENCODING 0'],
    ['UTF-16 by its mark, the other way', [0xfe, 0xff, 0, '<'], 'XML_ENCODING 0'],
    ['UTF-16 without a mark', ['<', 0, 'a', 0], 'XML_ENCODING 0'],
    ['UTF-16 without a mark, the other way', [0, '<', 0, 'a'], 'XML_ENCODING 0'],
    ['a stray continuation', ['<a>x', 0x80, '</a>'], 'XML_ENCODING 4'],
    ['Latin-1', ['<a>x', 0xe9, 't</a>'], 'XML_ENCODING 4'],
    ['Latin-1 in a value', ['<a x="', 0xe9, '"/>'], 'XML_ENCODING 6'],
    ['Latin-1 in a name', ['<a', 0xe9, '/>'], 'XML_ENCODING 2'],
    ['Latin-1 in a comment', ['<!--', 0xe9, '--><a/>'], 'XML_ENCODING 4'],
    ['Latin-1 in an instruction', ['<?p ', 0xe9, '?><a/>'], 'XML_ENCODING 4'],
    ['Latin-1 in CDATA', ['<a><![CDATA[', 0xe9, ']]></a>'], 'XML_ENCODING 12'],
    ['an overlong slash', ['<a>', 0xc0, 0xaf, '</a>'], 'XML_ENCODING 3'],
    ['three bytes for two', ['<a>', 0xe0, 0x9f, 0xbf, '</a>'], 'XML_ENCODING 3'],
    ['four bytes for three', ['<a>', 0xf0, 0x8f, 0xbf, 0xbf, '</a>'], 'XML_ENCODING 3'],
    ['a surrogate', ['<a>', 0xed, 0xa0, 0x80, '</a>'], 'XML_ENCODING 3'],
    ['beyond Unicode', ['<a>', 0xf4, 0x90, 0x80, 0x80, '</a>'], 'XML_ENCODING 3'],
    ['a sequence that stops early', ['<a>', 0xe2, 0x82, '</a>'], 'XML_ENCODING 3'],
    ['a sequence at the end', ['<a>', 0xe2, 0x82], 'XML_NOT_WELL_FORMED 5'],
  ])('%s', (_what, document, fault) => {
    expect(faultOf(document)).toBe(fault);
  });
});

describe('what is not well-formed is refused', () => {
  it.each<[string, Document, string]>([
    ['an element that is not closed', '<a><b></b>', 'XML_NOT_WELL_FORMED 10'],
    ['a cut tag', '<a><b', 'XML_NOT_WELL_FORMED 5'],
    ['a cut text', '<a>b', 'XML_NOT_WELL_FORMED 4'],
    ['a cut reference', '<a>b&am', 'XML_NOT_WELL_FORMED 7'],
    ['a cut CDATA section', '<a><![CDATA[ ]]', 'XML_NOT_WELL_FORMED 15'],
    ['a cut comment', '<a/><!-- --', 'XML_NOT_WELL_FORMED 11'],
    ['another end tag', '<a><b></a></b>', 'XML_NOT_WELL_FORMED 6'],
    ['an end tag that says more', '<a><b></bc></a>', 'XML_NOT_WELL_FORMED 6'],
    ['an end tag that says less', '<a><bc></b></a>', 'XML_NOT_WELL_FORMED 7'],
    ['an end tag with an attribute', '<a></a x="1">', 'XML_NOT_WELL_FORMED 7'],
    ['an end tag with white space first', '<a></ a>', 'XML_NOT_WELL_FORMED 3'],
    ['"<" before white space', '<a>1 < 2</a>', 'XML_NOT_WELL_FORMED 5'],
    ['"<" in a tag', '<a <b/>', 'XML_NOT_WELL_FORMED 3'],
    ['a name that begins with a digit', '<a><1/></a>', 'XML_NOT_WELL_FORMED 4'],
    ['a name with a character of no name', '<a><b×/></a>', 'XML_NOT_WELL_FORMED 4'],
    ['an attribute that begins with a dot', '<a .b="1"/>', 'XML_NOT_WELL_FORMED 3'],
    ['a slash within a tag', '<a / >', 'XML_NOT_WELL_FORMED 3'],
    ['an attribute without a value', '<a b></a>', 'XML_NOT_WELL_FORMED 4'],
    ['a value without quotes', '<a b=1></a>', 'XML_NOT_WELL_FORMED 5'],
    ['attributes without a blank between', '<a b="1"c="2"/>', 'XML_NOT_WELL_FORMED 8'],
    ['an attribute twice', '<a b="1" c="2" b="1"/>', 'XML_NOT_WELL_FORMED 15'],
    ['"<" in a value', '<a b="<"/>', 'XML_NOT_WELL_FORMED 6'],
    ['"&" in a value', '<a b="&"/>', 'XML_NOT_WELL_FORMED 6'],
    ['a control character in a value', '<a b="\u0001"/>', 'XML_NOT_WELL_FORMED 6'],
    ['an entity nobody declared', '<a>1&nbsp;2</a>', 'XML_NOT_WELL_FORMED 4'],
    ['an entity without a name', '<a>&;</a>', 'XML_NOT_WELL_FORMED 3'],
    ['an entity without a semicolon', '<a>&amp 1</a>', 'XML_NOT_WELL_FORMED 3'],
    ['a reference without digits', '<a>&#;</a>', 'XML_NOT_WELL_FORMED 3'],
    ['a reference without hexadecimal digits', '<a>&#x;</a>', 'XML_NOT_WELL_FORMED 3'],
    ['a reference with a capital X', '<a>&#X41;</a>', 'XML_NOT_WELL_FORMED 3'],
    ['a decimal reference with letters', '<a>&#4A;</a>', 'XML_NOT_WELL_FORMED 3'],
    ['a reference to a zero', '<a>&#0;</a>', 'XML_NOT_WELL_FORMED 3'],
    ['a reference to a surrogate', '<a>&#xD800;</a>', 'XML_NOT_WELL_FORMED 3'],
    ['a reference to U+FFFE', '<a>&#xFFFE;</a>', 'XML_NOT_WELL_FORMED 3'],
    ['a reference beyond Unicode', '<a>&#x110000;</a>', 'XML_NOT_WELL_FORMED 3'],
    ['a reference beyond all numbers', `<a>&#${'9'.repeat(400)};</a>`, 'XML_NOT_WELL_FORMED 3'],
    ['a control character', '<a>x\u000b</a>', 'XML_NOT_WELL_FORMED 4'],
    ['a zero', '<a>x\u0000</a>', 'XML_NOT_WELL_FORMED 4'],
    ['U+FFFE', '<a>x\ufffe</a>', 'XML_NOT_WELL_FORMED 4'],
    ['U+FFFF in a comment', '<!--\uffff--><a/>', 'XML_NOT_WELL_FORMED 4'],
    ['the end of CDATA in text', '<a>x]]]></a>', 'XML_NOT_WELL_FORMED 5'],
    ['two hyphens in a comment', '<a><!-- -- --></a>', 'XML_NOT_WELL_FORMED 8'],
    ['three hyphens at the end of a comment', '<a><!-- ---></a>', 'XML_NOT_WELL_FORMED 8'],
    ['an instruction without a name', '<a><? p?></a>', 'XML_NOT_WELL_FORMED 3'],
    ['an instruction that goes on without a blank', '<a><?p?q?></a>', 'XML_NOT_WELL_FORMED 6'],
    ['an XML declaration within', '<a><?xml version="1.0"?></a>', 'XML_NOT_WELL_FORMED 3'],
    ['an unknown declaration', '<a><!ELEMENT b></a>', 'XML_NOT_WELL_FORMED 3'],
    ['CDATA in lower case', '<a><![cdata[]]></a>', 'XML_NOT_WELL_FORMED 3'],
  ])('%s', (_what, document, fault) => {
    expect(faultOf(document)).toBe(fault);
  });

  it('says what and where', () => {
    expect(scanChunks([Buffer.from('<a><b></a>')]).error).toMatchObject({
      name: 'XmlError',
      message: 'end tag that does not close <b> at byte 6',
    });
  });

  it('knows the place in files of any length', () => {
    const record = Buffer.from('<b>x</b>'.repeat(50_000));
    const chunks = [Buffer.from('<a>'), record, record, Buffer.from('<b>x&</b>')];
    expect(scanChunks(chunks).error).toMatchObject({ byteOffset: 3 + 2 * record.length + 4 });
  });
});

describe('bounds', () => {
  it.each<[string, Partial<XmlLimits>, string, string, string]>([
    ['depth', { maxDepth: 2 }, '<a><b/></a>', '<a><b><c/></b></a>', 'XML_LIMIT 7'],
    ['text', { maxTextBytes: 4 }, '<a>1234<b>1234</b>1234</a>', '<a>12345</a>', 'XML_LIMIT 7'],
    [
      'text in pieces',
      { maxTextBytes: 4 },
      '<a>1<!---->2&#51;4</a>',
      '<a>1<!---->2&#51;45</a>',
      'XML_LIMIT 18',
    ],
    ['CDATA', { maxTextBytes: 4 }, '<a><![CDATA[1234]]></a>', '<a>1<![CDATA[2345]]></a>', 'XML_LIMIT 16'],
    ['text of many bytes', { maxTextBytes: 4 }, '<a>éé</a>', '<a>ééé</a>', 'XML_LIMIT 7'],
    ['a tag', { maxTokenBytes: 16 }, '<a bcdefgh="1"/>', '<a bcdefgh="12"/>', 'XML_LIMIT 0'],
    ['a tag without an end', { maxTokenBytes: 16 }, '<a bcdefgh="1"/>', '<a bcdefghijklmnopq', 'XML_LIMIT 0'],
    ['a name', { maxTokenBytes: 16 }, '<abcdefghijklm/>', '<abcdefghijklmn/>', 'XML_LIMIT 1'],
    [
      'a comment',
      { maxTokenBytes: 16 },
      '<a><!--123456789--></a>',
      '<a><!--1234567890--></a>',
      'XML_LIMIT 3',
    ],
    [
      'an instruction',
      { maxTokenBytes: 16 },
      '<a><?p 1234567890?></a>',
      '<a><?p 12345678901?></a>',
      'XML_LIMIT 3',
    ],
    [
      'a reference',
      { maxTokenBytes: 16 },
      '<a>&#0000000000065;</a>',
      `<a>&#${'0'.repeat(20)}65;</a>`,
      'XML_LIMIT 3',
    ],
    [
      'a declaration',
      { maxTokenBytes: 21 },
      '<?xml version="1.0"?><a/>',
      '<?xml version="1.0" ?><a/>',
      'XML_LIMIT 0',
    ],
    ['names', { maxNames: 3 }, '<a x="1"><b/><b/></a>', '<a x="1"><b/><c/></a>', 'XML_LIMIT 14'],
  ])('are kept for %s', (_what, limits, allowed, refused, fault) => {
    expect(faultOf(allowed, limits)).toBeUndefined();
    expect(faultOf(refused, limits)).toBe(fault);
  });

  it.each<[string, string, string, number]>([
    ['depth', '<a>'.repeat(64), '<a>', 64 * 3 + 1],
    ['text', `<a>${'x'.repeat(65_536)}`, 'x', 3 + 65_536],
    ['names', `<a>${Array.from({ length: 4_095 }, (_, index) => `<n${index}/>`).join('')}`, '<m/>', 0],
    ['a tag', `<a b="${'x'.repeat(65_536 - 8)}">`, `<b b="${'x'.repeat(65_536 - 7)}">`, 65_536],
  ])('of %s have a default', (_what, allowed, more, offset) => {
    const fault = (text: string) => scanChunks([Buffer.from(text)]).error?.code;
    expect(fault(allowed)).toBe('XML_NOT_WELL_FORMED');
    expect(scanChunks([Buffer.from(allowed + more)]).error).toMatchObject({
      code: 'XML_LIMIT',
      byteOffset: offset === 0 ? allowed.length + 1 : offset,
    });
  });

  it('refuse names that are few, but long', () => {
    const name = (index: number) => `n${index}${'x'.repeat(60_000)}`;
    const document = Array.from({ length: 100 }, (_, index) => `<${name(index)}/>`).join('');
    expect(scanChunks([Buffer.from(`<a>${document}`)]).error?.code).toBe('XML_LIMIT');
  });
});

describe('nodes', () => {
  it('are shared by all elements of one path, and by no others', () => {
    const { nodes } = new Recorder().read('<a><b/><b></b><c><b/></c><x:b/><b/></a>');
    expect(new Set(nodes).size).toBe(5);
    expect(nodes[1]).toBe(nodes[2]);
    expect(nodes[6]).toBe(nodes[1]);
  });

  it('know their names and their place', () => {
    const { nodes, attributes } = new Recorder().read('<a><x:b x:c="1" d="2"/></a>');
    const [a, b] = nodes;
    expect(a).toMatchObject({ name: 'a', localName: 'a', path: 'a', depth: 1, slot: -1 });
    expect(a?.parent).toMatchObject({ name: '', path: '', depth: 0, parent: null });
    expect(b).toMatchObject({ name: 'x:b', localName: 'b', path: 'a/b', depth: 2, slot: -1 });
    expect(b?.parent).toBe(a);
    expect(attributes).toMatchObject([
      { name: 'x:c', localName: 'c', slot: -1 },
      { name: 'd', localName: 'd', slot: -1 },
    ]);
    expect(attributes[0]?.node).toBe(b);
  });
});

describe('the scanner', () => {
  it('knows where an element begins and ends', () => {
    const { places } = new Recorder().read('\ufeff<a> <b>x</b><b>y</b><c d="1"/><b >&amp;</b ></a>');
    expect(places).toEqual([
      ['<a', 3],
      ['<b', 7],
      ['>b', 15],
      ['<b', 15],
      ['>b', 23],
      ['<c', 23],
      ['>c', 33],
      ['<b', 33],
      ['>b', 47],
      ['>a', 51],
    ]);
  });

  it('refuses to go on after a fault, with the same error', () => {
    const { scanner } = new Recorder();
    const errors = [
      () => scanner.write(Buffer.from('<a></b>')),
      () => scanner.write(Buffer.from('</a>')),
      () => scanner.end(),
    ].map((action) => {
      try {
        action();
      } catch (error) {
        return error;
      }
    });
    expect(errors[0]).toBeInstanceOf(XmlError);
    expect(errors[1]).toBe(errors[0]);
    expect(errors[2]).toBe(errors[0]);
  });

  it('refuses to go on after the sink has thrown', () => {
    const recorder = new Recorder();
    recorder.close = () => {
      throw new RangeError('full');
    };
    expect(() => recorder.scanner.write(Buffer.from('<a><b/></a>'))).toThrow(RangeError);
    expect(() => recorder.scanner.end()).toThrow('full');
  });

  it('takes no more once the document was ended', () => {
    const { scanner } = new Recorder().read('<a/>');
    scanner.end();
    expect(() => scanner.write(Buffer.from(' '))).toThrow('was ended');
  });

  it('leaves the chunks it is given as they are', () => {
    const chunk = Buffer.from('<a x="&amp;\r\n">&lt;\r\n</a>');
    const before = Buffer.from(chunk);
    linesOf(['<r>', ...chunk, '</r>']);
    expect(scanChunks([chunk]).error).toBeUndefined();
    expect(chunk).toEqual(before);
  });

  it('reads tags, texts and values across the borders of its window', () => {
    const text = 'é'.repeat(30_000);
    const document = `<a>${`<b c="${text}">${text}</b>`.repeat(5)}</a>`;
    const { lines, error } = scanChunks([Buffer.from(document)]);
    expect(error).toBeUndefined();
    expect(lines).toEqual([
      '<a',
      ...Array.from({ length: 5 }, () => ['<b', `@c=${text}`, `"${text}`, '>b']).flat(),
      '>a',
    ]);
  });
});

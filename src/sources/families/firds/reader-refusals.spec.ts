import { EditionRefusedError, PublisherChangedError } from '../../../common/errors.js';
import { CORE, eventXml, fileXml, recordXml } from '../../../../test/support/firds-xml.js';
import {
  DELTA,
  DELTA_HEAD,
  EVIDENCE,
  FULL,
  FULL_HEAD,
  readContent,
} from '../../../../test/support/firds-reading.js';
import { zipBytes } from '../../../../test/support/zip-bytes.js';

const GOOD = fileXml(DELTA_HEAD, [eventXml('NewRcrd', CORE)]);

describe('a file that is not what its name says', () => {
  it.each([
    [
      'another name',
      { ...DELTA_HEAD, stem: 'DLTINS_20260807_02of02' },
      'BizMsgIdr',
      'DLTINS_20260807_01of01',
    ],
    ['another day', { ...DELTA_HEAD, day: '2026-08-06' }, 'RptgPrd/Dt', '2026-08-07'],
    ['no name', { ...DELTA_HEAD, stem: '' }, 'BizMsgIdr in the file’s header is absent', '01of01'],
  ])('is refused when its header has %s', async (_name, head, element, expected) => {
    for (const records of [[], [eventXml('NewRcrd', CORE)]]) {
      const reading = readContent(fileXml({ ...head, type: 'DLTINS' }, records), DELTA);
      await expect(reading).rejects.toBeInstanceOf(PublisherChangedError);
      await expect(reading).rejects.toMatchObject({ code: 'FIRDS_HEADER_MISMATCH' });
      const message = await reading.catch((error: Error) => error.message);
      expect(message).toContain(element.replace('’', "'"));
      expect(message).toContain(expected);
    }
  });

  it('is read when its part has a name of its own, if the day is right', async () => {
    const file = { ...DELTA, part: { name: 'by-hand', scope: '*' } };
    expect((await readContent(GOOD, file)).items).toBe(1);
    const other = fileXml({ ...DELTA_HEAD, day: '2026-08-06' }, []);
    await expect(readContent(other, file)).rejects.toMatchObject({ code: 'FIRDS_HEADER_MISMATCH' });
  });

  it('may have a day with a Z', async () => {
    expect((await readContent(GOOD.replace('<Dt>2026-08-07<', '<Dt>2026-08-07Z<'), DELTA)).items).toBe(1);
  });

  it.each([
    [
      'a delta named as a full set',
      fileXml({ ...FULL_HEAD, type: 'DLTINS' }, [eventXml('NewRcrd', CORE)]),
      FULL,
    ],
    [
      'a full set named as a delta',
      fileXml({ ...DELTA_HEAD, type: 'FULINS' }, [recordXml('RefData', CORE)]),
      DELTA,
    ],
    ['a delta named as what was cancelled', GOOD, EVIDENCE],
    ['another XML file', '<Listing><Row/></Listing>', DELTA],
  ])('is refused when it is of another kind: %s', async (_name, xml, file) => {
    const reading = readContent(xml, file);
    await expect(reading).rejects.toBeInstanceOf(PublisherChangedError);
    await expect(reading).rejects.toMatchObject({ code: 'FIRDS_KIND_MISMATCH' });
  });

  it.each([
    ['FILE_IS_EMPTY', ''],
    ['FILE_IS_HTML', '<!DOCTYPE html><html><head><title>Access Denied</title>'],
    ['FILE_IS_HTML', '\n<html lang="en">'],
    ['FILE_IS_HTML', '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">'],
    ['FILE_IS_JSON', '{"status":"error"}'],
    ['FILE_IS_GZIP', Buffer.from([0x1f, 0x8b, 8, 0])],
    ['FILE_IS_LFS_POINTER', 'version https://git-lfs.github.com/spec/v1\n'],
    [
      'FILE_IS_ZIP',
      zipBytes([
        {
          name: 'DLTINS_20260807_01of01.xml',
          content: zipBytes([{ name: 'a', content: Buffer.from(GOOD) }]),
        },
      ]),
    ],
  ])('is refused when it is something else: %s', async (code, content) => {
    const reading = readContent(content, DELTA);
    await expect(reading).rejects.toBeInstanceOf(PublisherChangedError);
    await expect(reading).rejects.toMatchObject({ code });
  });
});

describe('a file whose XML is broken', () => {
  it.each([
    ['XML_NOT_WELL_FORMED', GOOD.replace('</Issr>', '</Isr>')],
    ['XML_NOT_WELL_FORMED', GOOD.slice(0, -1)],
    ['XML_NOT_WELL_FORMED', GOOD.slice(0, GOOD.indexOf('<FullNm>') + 12)],
    ['XML_DOCTYPE', GOOD.replace('<BizData', '<!DOCTYPE BizData [<!ENTITY a "b">]><BizData')],
    ['XML_ENCODING', Buffer.from(GOOD.replace('Test plc', 'Söhne'), 'latin1')],
    ['XML_LIMIT', GOOD.replace('Test plc', 'x'.repeat(70_000))],
  ])('is refused, and says where: %s', async (code, content) => {
    const reading = readContent(content, DELTA);
    await expect(reading).rejects.toBeInstanceOf(EditionRefusedError);
    await expect(reading).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/^DLTINS_20260807_01of01: .*byte [0-9]+/) as string,
      nextStep: expect.stringMatching(/\S/) as string,
    });
  });
});

describe('a zipped file', () => {
  it('is told by its bytes, and is the same as the plain one', async () => {
    const zip = zipBytes([{ name: 'DLTINS_20260807_01of01.xml', content: Buffer.from(GOOD) }]);
    const plain = await readContent(GOOD, DELTA);
    expect(plain.items).toBe(1);
    expect(await readContent(zip, DELTA)).toEqual(plain);
  });

  it('must have the name of its archive', async () => {
    const zip = zipBytes([{ name: 'DLTINS_20260806_01of01.xml', content: Buffer.from(GOOD) }]);
    await expect(readContent(zip, DELTA)).rejects.toMatchObject({ code: 'ZIP_ENTRY_NAME' });
  });
});

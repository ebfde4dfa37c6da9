import { crc32, deflateRawSync } from 'node:zlib';

/** A file of an archive, and where the archive does not say the truth about it. */
export interface ZipFileSpec {
  readonly name: string;
  readonly content: Buffer;
  /** 0: stored, 8: deflated; any other is only said. Default: 8. */
  readonly method?: number;
  readonly flags?: number;
  readonly saysSizeBytes?: number;
  readonly saysCrc32?: number;
  /** Sizes and checksum behind the data instead of before it, as ESMA's archives have them. */
  readonly hasDescriptor?: boolean;
}

/** An archive, byte by byte, sound or not. */
export function zipBytes(files: readonly ZipFileSpec[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const method = file.method ?? 8;
    const data = method === 8 ? deflateRawSync(file.content) : file.content;
    const sum = file.saysCrc32 ?? crc32(file.content);
    const size = file.saysSizeBytes ?? file.content.length;
    const flags = (file.flags ?? 0) | (file.hasDescriptor ? 0x0808 : 0);
    const name = Buffer.from(file.name, 'utf8');
    const hidden = file.hasDescriptor ? 0 : 1;

    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    writeFacts(local, 4, {
      flags,
      method,
      sum: sum * hidden,
      packed: data.length * hidden,
      size: size * hidden,
    });
    local.writeUInt16LE(name.length, 26);
    const descriptor = Buffer.alloc(file.hasDescriptor ? 16 : 0);
    if (file.hasDescriptor) {
      descriptor.writeUInt32LE(0x08074b50, 0);
      descriptor.writeUInt32LE(sum, 4);
      descriptor.writeUInt32LE(data.length, 8);
      descriptor.writeUInt32LE(size, 12);
    }
    parts.push(local, name, data, descriptor);

    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(20, 4);
    writeFacts(central, 6, { flags, method, sum, packed: data.length, size });
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(offset, 42);
    directory.push(central, name);
    offset += local.length + name.length + data.length + descriptor.length;
  }
  const directoryBytes = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directoryBytes.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directoryBytes, end]);
}

interface Facts {
  readonly flags: number;
  readonly method: number;
  readonly sum: number;
  readonly packed: number;
  readonly size: number;
}

/** What both headers of a file say in the same order. */
function writeFacts(header: Buffer, at: number, { flags, method, sum, packed, size }: Facts): void {
  header.writeUInt16LE(20, at);
  header.writeUInt16LE(flags, at + 2);
  header.writeUInt16LE(method, at + 4);
  header.writeUInt32LE(sum, at + 10);
  header.writeUInt32LE(packed, at + 14);
  header.writeUInt32LE(size, at + 18);
}

/**
 * One time for all entries of a zip archive. An xlsx carries the moment at which each part was packed; with the instant
 * of the figures in its place, the same summary gives the same bytes, so files can be compared and hashed.
 * Field offsets: PKWARE APPNOTE 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end).
 */
const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_LENGTH = 22;
const CENTRAL_LENGTH = 46;

/** Sets the time of every entry, in place. @param archive an ordinary zip, not zip64 @throws RangeError for anything else */
export function stampEntries(archive: Buffer, instant: Date): void {
  const stamp = dosTime(instant);
  let end = archive.length - END_LENGTH;
  while (end >= 0 && archive.readUInt32LE(end) !== END) end -= 1;
  if (end < 0) throw new RangeError('Not a zip archive: its end record is missing');
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const local = archive.readUInt32LE(at + 42);
    if (archive.readUInt32LE(at) !== CENTRAL || archive.readUInt32LE(local) !== LOCAL)
      throw new RangeError('Not a plain zip archive: an entry is not where the directory says');
    archive.writeUInt32LE(stamp, at + 12);
    archive.writeUInt32LE(stamp, local + 10);
    at +=
      CENTRAL_LENGTH + archive.readUInt16LE(at + 28) + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
}

/** Date and time as zip stores them: two seconds' steps, in UTC so that the machine's zone does not matter. */
function dosTime(instant: Date): number {
  const date = ((instant.getUTCFullYear() - 1980) << 9) | ((instant.getUTCMonth() + 1) << 5) | instant.getUTCDate();
  const time = (instant.getUTCHours() << 11) | (instant.getUTCMinutes() << 5) | (instant.getUTCSeconds() >> 1);
  return ((date << 16) | time) >>> 0;
}

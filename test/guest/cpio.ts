/** A file, or a directory when there is no content. */
interface Entry {
  readonly name: string
  readonly content: Buffer | null
}

/** An archive in the form that the kernel takes as an initramfs (cpio(5), "newc"); every file may be executed. */
export function cpio(entries: readonly Entry[]): Buffer {
  return Buffer.concat([...entries.map(archived), archived({ name: 'TRAILER!!!', content: Buffer.alloc(0) }, -1)])
}

function archived({ name, content }: Entry, index: number): Buffer {
  const mode = content === null ? 0o40755 : 0o100755
  const size = content?.length ?? 0
  // inode, mode, owner, group, links, time, size, device and special device, length of the name, checksum
  const fields = [index + 1, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name.length + 1, 0]
  const header = `070701${fields.map(field => field.toString(16).padStart(8, '0')).join('')}${name}\0`
  return Buffer.concat([padded(Buffer.from(header)), padded(content ?? Buffer.alloc(0))])
}

function padded(part: Buffer): Buffer {
  return Buffer.concat([part, Buffer.alloc(-part.length & 3)])
}

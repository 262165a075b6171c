/**
 * A disk behind a block device server. A server that dies is started again by init on the same endpoint: the request is
 * repeated once, since reading and writing sectors may be repeated.
 */
import {
  BLKDEV_FLUSH,
  BLKDEV_INFO,
  BLKDEV_READ,
  BLKDEV_WRITE,
  EIO,
  EOWNERDEAD,
} from '../libkenix/generated/abi'
import { close } from '../libkenix/handle'
import { call, callLending, LEND_READ, LEND_WRITE, replyWord } from '../libkenix/ipc'
import { BlockDevice, SECTOR_BYTES } from './fat32/block-device'

/** Sectors in one message. */
const MOST_SECTORS: u32 = 128

const INFO_READ_ONLY: i64 = 1

export class BlockClient extends BlockDevice {
  private count: u64 = 0
  private readOnly: bool = false

  /** @param owned the handle is closed with the disk */
  constructor(
    private readonly endpoint: i32,
    private readonly owned: bool,
  ) {
    super()
  }

  /** Asks about the disk. @returns 0 or a negative errno */
  open(): i32 {
    let answer = call(this.endpoint, BLKDEV_INFO)
    if (answer === -EOWNERDEAD) answer = call(this.endpoint, BLKDEV_INFO)
    if (answer !== 0) return answer < 0 ? (answer as i32) : -EIO
    this.count = replyWord(0)
    this.readOnly = (replyWord(2) & INFO_READ_ONLY) !== 0
    return replyWord(1) === SECTOR_BYTES ? 0 : -EIO
  }

  override sectors(): u64 {
    return this.count
  }

  override isReadOnly(): bool {
    return this.readOnly
  }

  override read(sector: u64, count: u32, buffer: usize): i32 {
    return this.transfer(BLKDEV_READ, LEND_WRITE, sector, count, buffer)
  }

  override write(sector: u64, count: u32, buffer: usize): i32 {
    return this.transfer(BLKDEV_WRITE, LEND_READ, sector, count, buffer)
  }

  override flush(): i32 {
    let answer = call(this.endpoint, BLKDEV_FLUSH)
    if (answer === -EOWNERDEAD) answer = call(this.endpoint, BLKDEV_FLUSH)
    return answer < 0 ? -EIO : 0
  }

  override dispose(): void {
    if (this.owned) close(this.endpoint)
  }

  private transfer(tag: i32, access: i32, sector: u64, count: u32, buffer: usize): i32 {
    while (count > 0) {
      const part = min(count, MOST_SECTORS)
      const bytes = (part * SECTOR_BYTES) as i32
      const answer = callLending(this.endpoint, tag, buffer, bytes, access, sector, part)
      if (answer !== (bytes as i64)) return -EIO
      sector += part
      count -= part
      buffer += bytes
    }
    return 0
  }
}

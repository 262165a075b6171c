/** A file or directory of a FAT32 volume in use: its chain, and where its directory entry is. */
import { TYPE_DIRECTORY } from '../../libkenix/generated/abi'
import { Node } from '../filesystem'
import { Chain } from './chain'
import { FatVolume } from './volume'

export class FatNode extends Node {
  readonly chain: Chain

  /** @param place where its short entry is (Directory.place), 0 for the root */
  constructor(
    volume: FatVolume,
    first: u32,
    public place: u64,
  ) {
    super(volume)
    this.chain = new Chain(volume.table, first)
    if (place === 0) this.type = TYPE_DIRECTORY
  }
}

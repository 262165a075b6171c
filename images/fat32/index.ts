/**
 * FAT32 volumes, written and read.
 */
export { readFat32 } from './reader.ts'
export { type FileTree, treeOf, treeOfFolder } from './tree.ts'
export { type Fat32Options, makeFat32 } from './writer.ts'

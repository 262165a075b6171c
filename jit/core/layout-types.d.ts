/** The integer types that assembly/layout.ts names, for the host that reads it as well: all are numbers there. */
declare type u8 = number
declare type u32 = number

/** Barriers: each call becomes the instruction of its name (DDI 0487 C6). */
export declare function dmb_sy(): void

/** The disk of the tests, given by the host. */
export declare function disk_sectors(): u32
export declare function disk_read(sector: f64, count: u32, buffer: usize): i32
export declare function disk_write(sector: f64, count: u32, buffer: usize): i32
export declare function disk_flush(): i32

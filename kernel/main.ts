/**
 * The Kenix kernel. This file names what assembly calls; `arch/boot.ts` is the first of it that runs, `start.ts` the second,
 * `arch/exceptions.ts` everything afterwards.
 */
export { early_boot } from './arch/boot'
export { crash, kernel_interrupt, system_call, user_fault, user_interrupt } from './arch/exceptions'
export { kernel_main } from './start'

/**
 * Messages on the firmware's console, until ExitBootServices: its texts are UTF-16 and end with a zero, as literals here
 * must.
 */
import { call2 } from './imports/fn64'
import { addressOf, conOut, method, OUTPUT_STRING } from './uefi'

/** Up to 20 digits, and the end. */
const digits: usize = memory.data(2 * 21, 2)

/** Prints a text that ends with \0. */
export function print(text: string): void {
  output(changetype<usize>(text))
}

/** Prints a number in decimal. */
export function printNumber(value: u64): void {
  let at: usize = digits + 2 * 20
  store<u16>(at, 0)
  do {
    at -= 2
    store<u16>(at, (48 + (value % 10)) as u16)
    value /= 10
  } while (value !== 0)
  output(at)
}

/** Prints a number in hexadecimal. */
export function printHex(value: u64): void {
  let at: usize = digits + 2 * 20
  store<u16>(at, 0)
  do {
    const digit = (value & 15) as u16
    at -= 2
    store<u16>(at, digit < 10 ? 48 + digit : 87 + digit)
    value >>= 4
  } while (value !== 0)
  print('0x\0')
  output(at)
}

function output(text: usize): void {
  const console = conOut()
  call2(method(console, OUTPUT_STRING), console, addressOf(text))
}
